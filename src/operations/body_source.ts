import { IntegrityError, InvalidArgumentError } from "../errors.ts";
import { untilAborted } from "../async/abort.ts";
import { createTurnCounter, letOthersRun, resized } from "../async/collect_bytes.ts";
import { loadHash, sha256 } from "../hash/hash.ts";
import type { UploadBody } from "../types/files.ts";

/** The body of an upload, read in pieces from start to end. */
export interface BodySource {
  /** Bytes in total; `undefined` for a stream. */
  readonly size: number | undefined;
  /** Whether `take` returns buffers of its own, which nothing else uses. */
  readonly makesBuffers: boolean;
  /** The next `length` bytes; fewer only at the end. `isLast`: nothing follows. */
  take(length: number, signal?: AbortSignal): Promise<{ bytes: Uint8Array<ArrayBuffer>; isLast: boolean }>;
  /** The SHA-256 of the whole body; absent if it can be read only once. */
  readonly digest?: (signal: AbortSignal | undefined) => Promise<Uint8Array>;
  /** Cancels a stream. Never rejects; may never resolve if the stream hangs. */
  cancel(): Promise<void>;
}

/**
 * Prepares a body. Does not touch a stream before the first `take`.
 *
 * @throws {InvalidArgumentError} If the body has another type, its bytes have been transferred, or it is a stream that
 * is locked to another reader.
 */
export function openBody(body: UploadBody): BodySource {
  if (typeof body === "string") return sliceable(new Blob([body]));
  if (body instanceof Blob) return sliceable(body);
  if (body instanceof ArrayBuffer) return subarrays(viewOf(body));
  if (body instanceof Uint8Array) {
    return subarrays(hasArrayBuffer(body) ? attached(body) : new Uint8Array(attached(body)));
  }
  if (body instanceof ReadableStream) {
    if (body.locked) throw new InvalidArgumentError("Cannot upload: the stream is locked to another reader");
    return chunks(() => readerOf(body));
  }
  if (typeof body === "object" && body !== null && typeof body[Symbol.asyncIterator] === "function") {
    return chunks(() => iteratorOf(body));
  }
  throw new InvalidArgumentError(
    "Cannot upload: the body must be a Blob, Uint8Array, ArrayBuffer, string, ReadableStream or AsyncIterable of Uint8Array",
  );
}

function sliceable(blob: Blob): BodySource {
  const { size } = blob;
  let offset = 0;

  /** Checks the length: in Bun, a slice of a file that is missing or was truncated is empty. */
  async function read(from: number, to: number, signal: AbortSignal | undefined): Promise<Uint8Array<ArrayBuffer>> {
    // That a file of 0 bytes is missing shows only without `slice`.
    const part = size === 0 ? blob : blob.slice(from, to);
    const bytes = new Uint8Array(await untilAborted(part.arrayBuffer(), signal));
    const expectedBytes = Math.min(to, size) - from;
    if (bytes.byteLength === expectedBytes) return bytes;
    throw new IntegrityError(
      `Cannot upload: the body has ${size} bytes, but of ${expectedBytes} bytes at offset ${from}, only ${bytes.byteLength} can be read`,
      { code: "SizeMismatch" },
    );
  }

  async function digest(signal: AbortSignal | undefined): Promise<Uint8Array> {
    const hash = (await loadHash("sha256"))();
    for (let at = 0; at < size; at += SLICE_BYTES) hash.update(await read(at, at + SLICE_BYTES, signal));
    return hash.digest();
  }

  return {
    size,
    makesBuffers: true,
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

function subarrays(whole: Uint8Array<ArrayBuffer>): BodySource {
  let offset = 0;
  const size = whole.byteLength;
  return {
    size,
    makesBuffers: false,
    // Asynchronous, so that it rejects if the bytes have been transferred meanwhile.
    async take(length) {
      const bytes = attached(whole).subarray(offset, offset += length);
      return await Promise.resolve({ bytes, isLast: offset >= size });
    },
    digest: async () => await sha256(attached(whole)),
    cancel: () => Promise.resolve(),
  };
}

function chunks(open: () => AsyncIterator<Uint8Array>): BodySource {
  let iterator: AsyncIterator<Uint8Array> | undefined;
  let pending: Uint8Array = new Uint8Array();
  let isDone = false;
  let wasFilled = false;
  const isTurnDue = createTurnCounter();

  /** Waits until bytes are pending or the body has ended. */
  async function fill(signal: AbortSignal | undefined): Promise<void> {
    while (!isDone && pending.byteLength === 0) {
      iterator ??= open();
      const result = await untilAborted(Promise.resolve(iterator.next()), signal);
      if (typeof result !== "object" || result === null) throw notIterable();
      if (result.done) isDone = true;
      else if (result.value instanceof Uint8Array) pending = attached(result.value);
      else throw new InvalidArgumentError("Cannot upload: a chunk of the body is not a Uint8Array");
      if (isTurnDue(pending.byteLength)) await letOthersRun();
      signal?.throwIfAborted();
    }
  }

  return {
    size: undefined,
    makesBuffers: true,
    async take(length, signal) {
      // A body that filled one buffer will probably fill the next; before that, the buffer grows as needed.
      let buffer = new Uint8Array(wasFilled ? length : Math.min(length, FIRST_BUFFER_BYTES));
      let filled = 0;
      await fill(signal);
      while (filled < length && pending.byteLength > 0) {
        const piece = pending.subarray(0, length - filled);
        if (filled + piece.byteLength > buffer.byteLength) {
          buffer = resized(buffer, Math.min(length, Math.max(filled + piece.byteLength, buffer.byteLength * 2)));
        }
        buffer.set(piece, filled);
        filled += piece.byteLength;
        pending = pending.subarray(piece.byteLength);
        await fill(signal);
      }
      wasFilled = filled === length;
      return { bytes: buffer.subarray(0, filled), isLast: isDone };
    },
    async cancel() {
      try {
        iterator ??= open();
        await iterator.return?.();
      } catch {
        // The upload has already failed, and its first error is the one that counts.
      }
    },
  };
}

function iteratorOf(body: AsyncIterable<Uint8Array>): AsyncIterator<Uint8Array> {
  const iterator = body[Symbol.asyncIterator]();
  if (typeof Object(iterator).next !== "function") throw notIterable();
  return iterator;
}

function notIterable(): InvalidArgumentError {
  return new InvalidArgumentError(
    "Cannot upload: the body is not an AsyncIterable: its iterator must have next(), which returns objects",
  );
}

/** Not every runtime's streams are iterable. */
function readerOf(stream: ReadableStream<Uint8Array>): AsyncIterator<Uint8Array> {
  const reader = stream.getReader();
  return {
    async next() {
      const { done, value } = await reader.read();
      return done ? { done, value: undefined } : { done: false, value };
    },
    async return() {
      await reader.cancel();
      return { done: true, value: undefined };
    },
  };
}

const FIRST_BUFFER_BYTES = 64 * 1024;

/** Frees the memory at once: until the garbage collector runs, large buffers would pile up. */
export function releaseBuffer(bytes: Uint8Array<ArrayBuffer>): void {
  // Node has it since version 21.
  bytes.buffer.transfer?.(0);
}

/**
 * @throws {InvalidArgumentError} If the bytes have been transferred or their buffer has shrunk; they would look like an
 * empty file.
 */
function attached<Bytes extends Uint8Array>(bytes: Bytes): Bytes {
  try {
    // Reads nothing, but throws in these cases. https://tc39.es/ecma262/#sec-validatetypedarray
    bytes.values();
    return bytes;
  } catch {
    throw detached();
  }
}

function viewOf(buffer: ArrayBuffer): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(buffer);
  } catch {
    throw detached();
  }
}

function detached(): InvalidArgumentError {
  return new InvalidArgumentError(
    "Cannot upload: the body's buffer has been transferred (it is detached) or has shrunk",
  );
}

function hasArrayBuffer(bytes: Uint8Array): bytes is Uint8Array<ArrayBuffer> {
  return bytes.buffer instanceof ArrayBuffer;
}
