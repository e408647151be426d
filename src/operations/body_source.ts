import { createByteBuffer } from "../collect_bytes.ts";
import { InvalidArgumentError } from "../errors.ts";
import { untilAborted } from "../s3/abort.ts";
import { loadHash, sha256 } from "../s3/hash.ts";
import type { UploadBody } from "../types.ts";

/** An upload's body, taken piece by piece from its beginning to its end. */
export interface BodySource {
  /** Bytes in all, where the body itself tells. */
  readonly size: number | undefined;
  /** Media type, where the body itself tells. */
  readonly contentType: string | undefined;
  /** Whether `take` makes new buffers, which are then nobody else's. */
  readonly makesBuffers: boolean;
  /** The next `length` bytes; fewer only at the end. `isLast` tells that nothing follows. */
  take(length: number, signal?: AbortSignal): Promise<{ bytes: Uint8Array<ArrayBuffer>; isLast: boolean }>;
  /** The SHA-256 of all of it, where it can be read more than once. */
  readonly digest?: (signal: AbortSignal | undefined) => Promise<Uint8Array>;
  /** Tells a stream that the rest is not wanted. Never fails; may never end, where the stream hangs. */
  cancel(): Promise<void>;
}

/**
 * Prepares a body; a stream is left alone until something is taken.
 *
 * @throws {InvalidArgumentError} If the body is none of the types, or a stream that somebody else reads.
 */
export function openBody(body: UploadBody): BodySource {
  if (typeof body === "string") return sliceable(new Blob([body]));
  if (body instanceof Blob) return sliceable(body);
  if (body instanceof ArrayBuffer) return subarrays(new Uint8Array(body));
  if (body instanceof Uint8Array) return subarrays(hasArrayBuffer(body) ? body : new Uint8Array(body));
  if (body instanceof ReadableStream) {
    if (body.locked) throw new InvalidArgumentError("Cannot upload: somebody else reads the stream (it is locked)");
    return chunks(() => readerOf(body));
  }
  if (typeof body === "object" && body !== null && Symbol.asyncIterator in body) {
    return chunks(() => body[Symbol.asyncIterator]());
  }
  throw new InvalidArgumentError(
    "Cannot upload: the body must be a Blob, Uint8Array, ArrayBuffer, string, ReadableStream or AsyncIterable of Uint8Array",
  );
}

function sliceable(blob: Blob): BodySource {
  let offset = 0;

  async function digest(signal: AbortSignal | undefined): Promise<Uint8Array> {
    const hash = (await loadHash("sha256"))();
    for (let at = 0; at < blob.size; at += SLICE_BYTES) {
      const bytes = await untilAborted(blob.slice(at, at + SLICE_BYTES).bytes(), signal);
      hash.update(bytes);
    }
    return hash.digest();
  }

  return {
    size: blob.size,
    contentType: blob.type || undefined,
    makesBuffers: true,
    async take(length, signal) {
      const bytes = await untilAborted(blob.slice(offset, offset + length).arrayBuffer(), signal);
      offset += bytes.byteLength;
      return { bytes: new Uint8Array(bytes), isLast: offset >= blob.size };
    },
    digest,
    cancel: () => Promise.resolve(),
  };
}

const SLICE_BYTES = 1024 * 1024;

function subarrays(whole: Uint8Array<ArrayBuffer>): BodySource {
  let offset = 0;
  return {
    size: whole.byteLength,
    contentType: undefined,
    makesBuffers: false,
    take(length) {
      const bytes = whole.subarray(offset, offset += length);
      return Promise.resolve({ bytes, isLast: offset >= whole.byteLength });
    },
    digest: () => sha256(whole),
    cancel: () => Promise.resolve(),
  };
}

function chunks(open: () => AsyncIterator<Uint8Array>): BodySource {
  let iterator: AsyncIterator<Uint8Array> | undefined;
  let pending: Uint8Array = new Uint8Array();
  let isDone = false;
  let wasFilled = false;

  /** Sees to it that something is pending, unless the body has ended. */
  async function fill(signal: AbortSignal | undefined): Promise<void> {
    while (!isDone && pending.byteLength === 0) {
      iterator ??= open();
      const result = await untilAborted(iterator.next(), signal);
      if (result.done) isDone = true;
      else if (result.value instanceof Uint8Array) pending = result.value;
      else throw new InvalidArgumentError("Cannot upload: a chunk of the body is not a Uint8Array");
    }
  }

  return {
    size: undefined,
    contentType: undefined,
    makesBuffers: true,
    async take(length, signal) {
      // A body that filled one buffer will mostly fill the next; one that may be small gets room as it needs it.
      const buffer = createByteBuffer({ limitBytes: length, expectedBytes: wasFilled ? length : undefined });
      await fill(signal);
      while (!buffer.isFull() && pending.byteLength > 0) {
        pending = pending.subarray(buffer.append(pending));
        await fill(signal);
      }
      wasFilled = buffer.isFull();
      return { bytes: buffer.bytes(), isLast: isDone && pending.byteLength === 0 };
    },
    async cancel() {
      try {
        iterator ??= open();
        await iterator.return?.();
      } catch {
        // The source has failed already, or fails while it is told to stop; the first error is the one that counts.
      }
    },
  };
}

/** A stream as an iterator; not every runtime's streams are iterable. */
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

/** Gives memory back now, not when the collector gets to it: large buffers pile up otherwise. */
export function releaseBuffer(bytes: Uint8Array<ArrayBuffer>): void {
  // Not in every runtime yet: Node has it from 21 on.
  bytes.buffer.transfer?.(0);
}

function hasArrayBuffer(bytes: Uint8Array): bytes is Uint8Array<ArrayBuffer> {
  return bytes.buffer instanceof ArrayBuffer;
}
