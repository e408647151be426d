import { IntegrityError } from "../errors.ts";
import { untilAborted } from "../async/abort.ts";
import { loadHash, sha256 } from "../hash/hash.ts";
import type { UploadBody } from "../types/files.ts";
import { bodyProblem, type BodyUse } from "./body_mistakes.ts";
import { type BodySource, releaseBuffer } from "./body_source.ts";
import { bytesOf, isBytes } from "./chunk_bytes.ts";
import { refusal } from "./file_purpose.ts";
import { chunks, iteratorOf, readerOf } from "./streamed_body.ts";

/**
 * Prepares a body. Does not touch a stream before the first `take`.
 *
 * @throws {InvalidArgumentError} If the body has another type, its bytes have been transferred, or it is a stream that
 * is locked to another reader or has already been read.
 */
export function openBody(body: UploadBody, use: BodyUse): BodySource {
  if (typeof body === "string") return sliceable(new Blob([body]), use);
  if (body instanceof Blob) return sliceable(body, use);
  if (isBytes(body)) {
    const bytes = bytesOf(body, use);
    return subarrays(hasArrayBuffer(bytes) ? bytes : new Uint8Array(bytes), use);
  }
  if (body instanceof ReadableStream) {
    if (body.locked) throw refusal(use, "the stream is locked to another reader");
    return chunks(() => readerOf(body), use);
  }
  if (typeof body === "object" && body !== null && typeof body[Symbol.asyncIterator] === "function") {
    // A stream of Node's would look like an empty one.
    if (Reflect.get(body, "readableEnded") === true) throw refusal(use, "the stream has already been read");
    return chunks(() => iteratorOf(body, use), use);
  }
  throw refusal(use, bodyProblem(body));
}

function sliceable(blob: Blob, use: BodyUse): BodySource {
  const { size } = blob;
  // As of a pipe in Bun.
  if (!Number.isSafeInteger(size)) throw refusal(use, "the size of the Blob is unknown; pass its stream()");
  let offset = 0;

  /** Checks the length: in Bun, a slice of a file that is missing or was truncated is empty. */
  async function read(from: number, to: number, signal: AbortSignal | undefined): Promise<Uint8Array<ArrayBuffer>> {
    // That a file of 0 bytes is missing shows only without `slice`.
    const part = size === 0 ? blob : blob.slice(from, to);
    const bytes = new Uint8Array(await untilAborted(part.arrayBuffer(), signal).catch(explain));
    const expectedBytes = Math.min(to, size) - from;
    if (bytes.byteLength === expectedBytes) return bytes;
    throw new IntegrityError(
      `Cannot ${use.action}: the body has ${size} bytes, but of ${expectedBytes} bytes at offset ${from}, only ${bytes.byteLength} can be read`,
      { code: "SizeMismatch", path: use.path },
    );
  }

  function explain(error: unknown): never {
    if (Reflect.get(Object(error), "code") !== "ENOENT") throw error;
    throw refusal(use, "the body is a file that does not exist");
  }

  async function digest(signal: AbortSignal | undefined): Promise<Uint8Array> {
    const hash = (await loadHash("sha256"))();
    for (let at = 0; at < size; at += SLICE_BYTES) hash.update(await read(at, at + SLICE_BYTES, signal));
    return hash.digest();
  }

  return {
    size,
    release: releaseBuffer,
    async take(length, signal) {
      const bytes = await read(offset, offset + length, signal);
      offset += bytes.byteLength;
      return { bytes, isLast: offset >= size };
    },
    digest,
    cancel: () => Promise.resolve(),
  };
}

const SLICE_BYTES = 1024 * 1024;

function subarrays(whole: Uint8Array<ArrayBuffer>, use: BodyUse): BodySource {
  const attached = () => {
    bytesOf(whole, use);
    return whole;
  };
  let offset = 0;
  const size = whole.byteLength;
  return {
    size,
    // Asynchronous, so that it rejects if the bytes have been transferred meanwhile.
    async take(length) {
      const bytes = attached().subarray(offset, offset += length);
      return await Promise.resolve({ bytes, isLast: offset >= size });
    },
    digest: async () => await sha256(attached()),
    cancel: () => Promise.resolve(),
  };
}

function hasArrayBuffer(bytes: Uint8Array): bytes is Uint8Array<ArrayBuffer> {
  return bytes.buffer instanceof ArrayBuffer;
}
