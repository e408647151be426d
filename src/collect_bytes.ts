import { FileTooLargeError } from "./errors.ts";

/** How much is collected. */
export interface CollectOptions {
  /** How many bytes are taken at most; the rest is left unread. */
  readonly limitBytes: number;
  /** How many bytes are expected, where that is known: the buffer then grows no larger while that holds. */
  readonly expectedBytes?: number | undefined;
}

/**
 * Collects the bytes of a body. A chunk may be a view into a buffer that is far larger, in Deno 64 KiB behind a single
 * byte, so none is kept: each is copied into one buffer, which grows.
 *
 * @param next The next chunk; `undefined` after the last.
 * @returns All bytes, or the first `limitBytes` of them.
 * @throws {FileTooLargeError} If they are more than memory can hold.
 */
export async function collectBytes(
  next: () => Promise<Uint8Array | undefined>,
  options: CollectOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  const buffer = createByteBuffer(options);
  const pause = createPauses();
  while (!buffer.isFull()) {
    const chunk = await next();
    if (chunk === undefined) break;
    buffer.append(chunk);
    await pause(chunk);
  }
  return buffer.bytes();
}

/** Reads a stream chunk by chunk. */
export type ChunkReader = Pick<ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>, "read" | "cancel">;

/**
 * Reads a stream whose chunks are copied at once: each is only valid until the next is read. Where the runtime can, all
 * come in the same buffer, which is far cheaper than one of 64 KiB for each chunk of a few bytes.
 */
export function openChunks(stream: ReadableStream<Uint8Array<ArrayBuffer>>): ChunkReader {
  let reader: ReadableStreamBYOBReader;
  try {
    reader = stream.getReader({ mode: "byob" });
  } catch {
    return stream.getReader();
  }
  let buffer = new ArrayBuffer(CHUNK_BYTES);
  return {
    async read() {
      const { done, value } = await reader.read(new Uint8Array(buffer));
      // A stream that was cancelled keeps the buffer.
      if (done || value === undefined) return { done: true };
      buffer = value.buffer;
      return { done: false, value };
    },
    cancel: (reason) => reader.cancel(reason),
  };
}

const CHUNK_BYTES = 64 * 1024;

/**
 * Makes what a loop over chunks awaits after each. Chunks that are there already come without a turn of the event loop
 * between them, so that nothing else is done meanwhile: after many small ones, others have their turn.
 */
export function createPauses(): (chunk: Uint8Array) => Promise<void> | undefined {
  let smallChunks = 0;
  return ({ byteLength }) => {
    if (byteLength >= SMALL_BYTES || ++smallChunks % CHUNKS_PER_TURN > 0) return undefined;
    return new Promise((resolve) => setTimeout(resolve));
  };
}

const SMALL_BYTES = 1_024;
const CHUNKS_PER_TURN = 128;

/** A buffer that grows as bytes are copied into it. */
export interface ByteBuffer {
  /** Copies the bytes in, as far as there is room below the limit. Returns how many those were. */
  append(chunk: Uint8Array): number;
  /** Whether the limit is reached. */
  isFull(): boolean;
  /** What has been appended. The buffer is not to be used afterwards. */
  bytes(): Uint8Array<ArrayBuffer>;
}

/** Makes an empty buffer. */
export function createByteBuffer({ limitBytes, expectedBytes = 0 }: CollectOptions): ByteBuffer {
  const expected = Math.min(expectedBytes, limitBytes);
  let held = allocate(Math.min(Math.max(expected, FIRST_BYTES), limitBytes, MAX_AHEAD_BYTES));
  let filled = 0;

  function reserve(length: number): void {
    if (length <= held.byteLength) return;
    const doubled = Math.max(length, 2 * held.byteLength);
    held = enlarged(held, length <= expected ? Math.min(doubled, expected) : Math.min(doubled, limitBytes));
  }

  return {
    append(chunk) {
      const piece = chunk.byteLength > limitBytes - filled ? chunk.subarray(0, limitBytes - filled) : chunk;
      reserve(filled + piece.byteLength);
      held.set(piece, filled);
      filled += piece.byteLength;
      return piece.byteLength;
    },
    isFull: () => filled >= limitBytes,
    bytes() {
      // Whoever keeps the bytes keeps the whole buffer.
      return filled > held.byteLength / 2 ? held.subarray(0, filled) : held.slice(0, filled);
    },
  };
}

const FIRST_BYTES = 4 * 1024;
/** An expected length may be wrong: more than this is reserved only as bytes arrive. */
const MAX_AHEAD_BYTES = 16 * 1024 ** 2;

function allocate(length: number): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(length);
  } catch {
    throw new FileTooLargeError(`${length} bytes are more than memory can hold`);
  }
}

/** The same bytes with room after them; the former buffer is given back at once where the runtime can. */
function enlarged(bytes: Uint8Array<ArrayBuffer>, length: number): Uint8Array<ArrayBuffer> {
  try {
    if ("transfer" in bytes.buffer) return new Uint8Array(bytes.buffer.transfer(length));
  } catch {
    throw new FileTooLargeError(`${length} bytes are more than memory can hold`);
  }
  const larger = allocate(length);
  larger.set(bytes);
  return larger;
}
