/** Part of the options of `fetch`. */
export interface SizedBody {
  /** The bytes, or a source of them. */
  readonly body: BodyInit;
  /** Headers that the body needs, if any. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Required for a stream. */
  readonly duplex?: "half";
}

/**
 * Bytes as a request body with a Content-Length that the runtime reads in pieces: this shows progress, and avoids the
 * copy that Deno would make. `fetch` has no standard way to declare the length of a stream
 * (https://github.com/whatwg/fetch/issues/95), so the way depends on the runtime; in unknown runtimes the bytes are
 * passed whole, as in Bun, which does not copy them, if nobody watches.
 *
 * @param onTaken Called with the number of bytes read so far; never called if the bytes are passed whole.
 */
export function toSizedBody(bytes: Uint8Array<ArrayBuffer>, onTaken?: (byteLength: number) => void): SizedBody {
  if (bytes.byteLength <= PIECE_BYTES || WAY === "whole" || IS_BUN && onTaken === undefined) return { body: bytes };
  const stream = () => toPieces(bytes, onTaken);
  if (WAY === "blob") {
    const properties = { size: { value: bytes.byteLength }, stream: { value: stream } };
    return { body: Object.defineProperties(new Blob(), properties) };
  }
  return { body: stream(), headers: { "content-length": String(bytes.byteLength) }, duplex: "half" };
}

/** Small enough to show progress, large enough to cost little. */
const PIECE_BYTES = 256 * 1024;

function toPieces(
  bytes: Uint8Array<ArrayBuffer>,
  onTaken: ((byteLength: number) => void) | undefined,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  let offset = 0;
  return new ReadableStream({
    pull(controller) {
      onTaken?.(Math.min(offset, bytes.byteLength));
      if (offset >= bytes.byteLength) return controller.close();
      controller.enqueue(bytes.subarray(offset, offset += PIECE_BYTES));
    },
  }, { highWaterMark: 0 });
}

/**
 * Deno sends the `size` of a blob as Content-Length and then the bytes of its `stream()`, but removes the
 * Content-Length of a stream (https://github.com/denoland/deno/issues/20274). Node and Bun keep that header. Other
 * runtimes are unknown.
 */
const WAY: "blob" | "stream" | "whole" = (() => {
  const runtime: Partial<Record<"Deno" | "process" | "navigator", RuntimeMarks>> = globalThis;
  if (runtime.Deno?.version !== undefined) return "blob";
  const isNodeOrBun = runtime.process?.versions?.node !== undefined;
  return isNodeOrBun && runtime.navigator?.userAgent !== "Cloudflare-Workers" ? "stream" : "whole";
})();

const IS_BUN = "Bun" in globalThis;

interface RuntimeMarks {
  version?: unknown;
  versions?: { node?: string };
  userAgent?: string;
}
