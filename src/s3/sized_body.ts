/** What `fetch` needs to send bytes. */
export interface SizedBody {
  /** The bytes, or what gives them out piece by piece. */
  readonly body: BodyInit;
  /** Headers that have to go with it. */
  readonly headers: Readonly<Record<string, string>>;
  /** Required beside a stream. */
  readonly duplex?: "half";
}

/**
 * Bytes as the body of a request that has their length, and that a runtime takes piece by piece as the network takes them: that tells how
 * far it is, and spares the copy of all of it that Deno would make. `fetch` itself has no way to tell the length of a stream
 * (https://github.com/whatwg/fetch/issues/95), so this depends on the runtime; where none is known, the bytes go as they are.
 *
 * @param onTaken Told how many bytes have been taken so far; never, where the runtime takes them whole.
 */
export function toSizedBody(bytes: Uint8Array<ArrayBuffer>, onTaken: (byteLength: number) => void): SizedBody {
  if (bytes.byteLength <= PIECE_BYTES || WAY === "whole") return { body: bytes, headers: {} };
  const stream = () => toPieces(bytes, onTaken);
  if (WAY === "blob") return { body: new StreamedBlob(bytes.byteLength, stream), headers: {} };
  return { body: stream(), headers: { "content-length": String(bytes.byteLength) }, duplex: "half" };
}

/** Small enough to show progress, large enough to cost nothing beside sending. */
const PIECE_BYTES = 256 * 1024;

function toPieces(
  bytes: Uint8Array<ArrayBuffer>,
  onTaken: (byteLength: number) => void,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  let offset = 0;
  return new ReadableStream({
    pull(controller) {
      onTaken(Math.min(offset, bytes.byteLength));
      if (offset >= bytes.byteLength) return controller.close();
      controller.enqueue(bytes.subarray(offset, offset += PIECE_BYTES));
    },
  }, { highWaterMark: 0 });
}

/** A blob whose bytes come from a stream of ours. */
class StreamedBlob extends Blob {
  readonly #size: number;
  readonly #stream: () => ReadableStream<Uint8Array<ArrayBuffer>>;

  constructor(size: number, stream: () => ReadableStream<Uint8Array<ArrayBuffer>>) {
    super();
    this.#size = size;
    this.#stream = stream;
  }

  override get size(): number {
    return this.#size;
  }

  override stream(): ReadableStream<Uint8Array<ArrayBuffer>> {
    return this.#stream();
  }
}

/**
 * Deno sends the `size` of a blob and then what its `stream()` gives, but takes the `Content-Length` off a stream
 * (https://github.com/denoland/deno/issues/20274). Node and Bun keep that header. Elsewhere neither is known to work.
 */
const WAY: "blob" | "stream" | "whole" = (() => {
  const runtime: Partial<Record<"Deno" | "process" | "navigator", RuntimeMarks>> = globalThis;
  if (runtime.Deno?.version !== undefined) return "blob";
  const isNodeOrBun = runtime.process?.versions?.node !== undefined;
  return isNodeOrBun && runtime.navigator?.userAgent !== "Cloudflare-Workers" ? "stream" : "whole";
})();

interface RuntimeMarks {
  version?: unknown;
  versions?: { node?: string };
  userAgent?: string;
}
