import { untilAborted } from "../async/abort.ts";
import { createTurnCounter, letOthersRun, resized } from "../async/collect_bytes.ts";
import type { UploadChunk } from "../types/files.ts";
import { type BodyUse, chunkProblem } from "./body_mistakes.ts";
import { type BodySource, releaseBuffer } from "./body_source.ts";
import { createChunkEncoder } from "./chunk_bytes.ts";
import { refusal, tooLarge } from "./file_purpose.ts";

/** A body that arrives in chunks. */
export function chunks(open: () => AsyncIterator<UploadChunk>, use: BodyUse): BodySource {
  const { maxBytes = Infinity } = use;
  const encoder = createChunkEncoder(use);
  let iterator: AsyncIterator<UploadChunk> | undefined;
  let totalBytes = 0;
  let pending: Uint8Array = new Uint8Array();
  let isDone = false;
  let wasFilled = false;
  /** Buffers whose parts have been sent. */
  const spare: Uint8Array<ArrayBuffer>[] = [];
  const isTurnDue = createTurnCounter();

  /** Waits until bytes are pending or the body has ended. */
  async function fill(signal: AbortSignal | undefined): Promise<void> {
    while (!isDone && pending.byteLength === 0) {
      iterator ??= open();
      const result = await untilAborted(Promise.resolve(iterator.next()), signal);
      if (typeof result !== "object" || result === null) throw notIterable(use);
      if (result.done) isDone = true;
      const bytes = result.done ? encoder.end() : encoder.encode(result.value);
      if (bytes === undefined) throw refusal(use, chunkProblem(result.value));
      pending = bytes;
      totalBytes += bytes.byteLength;
      if (totalBytes > maxBytes) throw tooLarge(use, maxBytes);
      if (isTurnDue(pending.byteLength)) await letOthersRun();
      signal?.throwIfAborted();
    }
  }

  /** A used buffer if there is one: the runtime would have to clear a new one, and to find memory for it. */
  function takeBuffer(length: number): Uint8Array<ArrayBuffer> {
    const used = spare.pop();
    if (used?.byteLength === length) return used;
    if (used !== undefined) releaseBuffer(used);
    return new Uint8Array(wasFilled ? length : Math.min(length, FIRST_BUFFER_BYTES));
  }

  return {
    size: undefined,
    async take(length, signal) {
      // A body that filled one buffer will probably fill the next; before that, the buffer grows as needed.
      let buffer = takeBuffer(length);
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
      if (isDone) spare.splice(0).forEach(releaseBuffer);
      return { bytes: buffer.subarray(0, filled), isLast: isDone };
    },
    release(bytes) {
      if (isDone) releaseBuffer(bytes);
      else spare.push(bytes);
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

/** @throws {InvalidArgumentError} If it is not an iterable. */
export function iteratorOf(body: AsyncIterable<UploadChunk>, use: BodyUse): AsyncIterator<UploadChunk> {
  const iterator = body[Symbol.asyncIterator]();
  if (typeof Object(iterator).next !== "function") throw notIterable(use);
  return iterator;
}

function notIterable(use: BodyUse): Error {
  return refusal(use, "the body is not an AsyncIterable: its iterator must have next(), which returns objects");
}

/** Not every runtime's streams are iterable. */
export function readerOf(stream: ReadableStream<UploadChunk>): AsyncIterator<UploadChunk> {
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
