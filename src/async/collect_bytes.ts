/** How bytes are collected. */
export interface CollectOptions {
  /** Stop as soon as there are more than these. Default: no limit. */
  readonly maxBytes?: number;
  /** Bytes to make room for at once, where their number is known; it may be wrong. Default 0. */
  readonly expectedBytes?: number;
}

/**
 * Puts chunks together in a buffer of our own, which grows. Chunks are never kept: each is a view into a buffer that may be far larger,
 * such as 64 KiB behind a single byte.
 *
 * @param next The next chunk; `undefined` after the last.
 * @returns All bytes; of more than `maxBytes`, one beyond the limit.
 */
export async function collectBytes(
  next: () => Promise<Uint8Array<ArrayBuffer> | undefined>,
  { maxBytes = Infinity, expectedBytes = 0 }: CollectOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  let buffer = new Uint8Array(expectedBytes);
  let length = 0;
  for (let chunk = await next(); chunk !== undefined; chunk = await next()) {
    const wanted = chunk.subarray(0, Math.min(chunk.byteLength, maxBytes + 1 - length));
    const needed = length + wanted.byteLength;
    if (needed > buffer.byteLength) {
      buffer = resized(buffer, Math.max(needed, buffer.byteLength * 2, SMALLEST_BUFFER_BYTES));
    }
    buffer.set(wanted, length);
    length = needed;
    if (length > maxBytes) break;
  }
  return length === buffer.byteLength ? buffer : resized(buffer, length);
}

/** Reads a body chunk by chunk. */
export interface ChunkReader {
  /** The next chunk, in a buffer that is not much larger; `undefined` after the last. */
  next(): Promise<Uint8Array<ArrayBuffer> | undefined>;
  /** Tells the sender that the rest is not wanted. Never fails. */
  cancel(reason?: unknown): Promise<void>;
}

/**
 * Opens a body whose sender is not to be trusted: one of many small chunks costs little memory, and holds up nobody else. Where the runtime
 * can, all reads of small chunks share one buffer; a new one for each costs ten times the memory.
 *
 * @param bufferBytes Size of that buffer, which is allocated for as long as the sender keeps the reader waiting. Default 64 KiB.
 */
export function openChunks(
  body: ReadableStream<Uint8Array<ArrayBuffer>> | null,
  bufferBytes: number = BUFFER_BYTES,
): ChunkReader {
  if (body === null) return { next: () => Promise.resolve(undefined), cancel: () => Promise.resolve() };
  const { read, cancel } = openReads(body, bufferBytes);
  const isTurnDue = createTurnCounter();
  return {
    async next() {
      const chunk = await read();
      // A `fetch` of somebody's own may make a stream of anything.
      if (chunk !== undefined && !ArrayBuffer.isView(chunk)) throw new TypeError("a chunk of the body is not bytes");
      if (chunk !== undefined && isTurnDue(chunk.byteLength)) await letOthersRun();
      return chunk;
    },
    cancel: (reason) => cancel(reason).catch(() => {}),
  };
}

function openReads(body: ReadableStream<Uint8Array<ArrayBuffer>>, bufferBytes: number): {
  read: () => Promise<Uint8Array<ArrayBuffer> | undefined>;
  cancel: (reason: unknown) => Promise<void>;
} {
  const shared = sharedReader(body);
  if (shared === undefined) {
    const reader = body.getReader();
    return { read: async () => (await reader.read()).value, cancel: (reason) => reader.cancel(reason) };
  }
  let buffer = new Uint8Array(bufferBytes);
  return {
    async read() {
      const { value, done } = await shared.read(buffer);
      if (done) return undefined;
      const isLarge = value.byteLength > bufferBytes / 4;
      buffer = isLarge ? new Uint8Array(bufferBytes) : new Uint8Array(value.buffer);
      return isLarge ? value : value.slice();
    },
    cancel: (reason) => shared.cancel(reason),
  };
}

/** Only streams of bytes can read into a buffer of the reader's; not all runtimes make bodies such streams. */
function sharedReader(body: ReadableStream<Uint8Array<ArrayBuffer>>): ReadableStreamBYOBReader | undefined {
  try {
    return body.getReader({ mode: "byob" });
  } catch {
    return undefined;
  }
}

/** The same bytes in a buffer of another size; the former one is given back at once where the runtime can. */
export function resized(bytes: Uint8Array<ArrayBuffer>, byteLength: number): Uint8Array<ArrayBuffer> {
  // Node has it from 21 on.
  if ("transfer" in bytes.buffer) return new Uint8Array(bytes.buffer.transfer(byteLength));
  const copy = new Uint8Array(byteLength);
  copy.set(bytes.subarray(0, byteLength));
  return copy;
}

const BUFFER_BYTES = 64 * 1024;
const SMALLEST_BUFFER_BYTES = 1024;
const SMALL_BYTES = 1024;
const CHUNKS_AT_ONCE = 128;

/** Makes a function that is told the size of each chunk, in bytes, and returns `true` after every 128th below 1 KiB: {@link letOthersRun} then. */
export function createTurnCounter(): (byteLength: number) => boolean {
  let smallChunks = 0;
  return (byteLength) => byteLength < SMALL_BYTES && ++smallChunks % CHUNKS_AT_ONCE === 0;
}

/** Waits for a turn of the event loop: chunks that are there already, for one, are read without any between them. */
export function letOthersRun(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}
