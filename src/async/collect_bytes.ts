/** Options of {@link collectBytes}. */
export interface CollectOptions {
  /** Stops as soon as there are more bytes. Default: no limit. */
  readonly maxBytes?: number;
  /** Initial size of the buffer; it may be wrong. Default 0. */
  readonly expectedBytes?: number;
}

/**
 * Copies chunks into one growing buffer. Chunks are never kept, as each may be a view into a far larger buffer, such as
 * a single byte of 64 KiB.
 *
 * @param next Returns the next chunk; `undefined` after the last.
 * @returns All bytes, or the first `maxBytes + 1` of more than `maxBytes`.
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
  /** The next chunk, in a buffer not much larger; `undefined` after the last. */
  next(): Promise<Uint8Array<ArrayBuffer> | undefined>;
  /** Discards the rest. Never rejects. */
  cancel(reason?: unknown): Promise<void>;
}

/**
 * Opens a body of an untrusted sender. Many small chunks take little memory and do not block the event loop. Small
 * chunks are read into one shared buffer if the runtime can; a new buffer for each takes ten times the memory.
 *
 * @param bufferBytes Size of that buffer, which stays allocated while the reader waits for the sender; eight times that
 * for a sender that fills it, as each chunk has a cost. Default 64 KiB.
 */
export function openChunks(
  body: ReadableStream<Uint8Array<ArrayBuffer>> | null,
  bufferBytes: number = BUFFER_BYTES,
): ChunkReader {
  if (body === null) return { next: () => Promise.resolve(undefined), cancel: () => Promise.resolve() };
  const { read, own, cancel } = openReads(body, bufferBytes);
  const isTurnDue = createTurnCounter();
  return {
    async next() {
      const { value, done } = await read();
      if (done) return undefined;
      // A custom `fetch` may return a stream of anything.
      if (!ArrayBuffer.isView(value)) throw new TypeError("a chunk of the body is not bytes");
      if (isTurnDue(value.byteLength)) await letOthersRun();
      return own(value);
    },
    cancel: (reason) => cancel(reason).catch(() => {}),
  };
}

type Bytes = Uint8Array<ArrayBuffer>;

function openReads(body: ReadableStream<Bytes>, bufferBytes: number): {
  read: () => Promise<ReadableStreamReadResult<Bytes>>;
  /** The chunk that was read, in a buffer that no other chunk will use. */
  own: (chunk: Bytes) => Bytes;
  cancel: (reason: unknown) => Promise<void>;
} {
  const shared = sharedReader(body);
  if (shared === undefined) {
    const reader = body.getReader();
    return { read: () => reader.read(), own: (chunk) => chunk, cancel: (reason) => reader.cancel(reason) };
  }
  let capacity = bufferBytes;
  let buffer: Bytes | undefined;
  return {
    read: () => shared.read(buffer ?? new Uint8Array(capacity)),
    own(chunk) {
      if (chunk.byteLength === capacity) capacity = 8 * bufferBytes;
      const isSmall = chunk.byteLength <= chunk.buffer.byteLength / 4;
      buffer = isSmall ? new Uint8Array(chunk.buffer) : undefined;
      return isSmall ? chunk.slice() : chunk;
    },
    cancel: (reason) => shared.cancel(reason),
  };
}

/** Only byte streams can read into a given buffer, and not all runtimes make bodies byte streams. */
function sharedReader(body: ReadableStream<Uint8Array<ArrayBuffer>>): ReadableStreamBYOBReader | undefined {
  try {
    return body.getReader({ mode: "byob" });
  } catch {
    return undefined;
  }
}

/** Moves bytes to a buffer of another size, and frees the old one at once if the runtime can. */
export function resized(bytes: Uint8Array<ArrayBuffer>, byteLength: number): Uint8Array<ArrayBuffer> {
  // In Node since 21.
  if ("transfer" in bytes.buffer) return new Uint8Array(bytes.buffer.transfer(byteLength));
  const copy = new Uint8Array(byteLength);
  copy.set(bytes.subarray(0, byteLength));
  return copy;
}

const BUFFER_BYTES = 64 * 1024;
const SMALLEST_BUFFER_BYTES = 1024;
const SMALL_BYTES = 1024;
const CHUNKS_AT_ONCE = 128;

/**
 * Creates a function to call with the size of each chunk. It returns `true` for every 128th chunk below 1 KiB: time for
 * {@link letOthersRun}.
 */
export function createTurnCounter(): (byteLength: number) => boolean {
  let smallChunks = 0;
  return (byteLength) => byteLength < SMALL_BYTES && ++smallChunks % CHUNKS_AT_ONCE === 0;
}

/** Waits for a turn of the event loop, which reads of buffered chunks do not do. */
export function letOthersRun(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}
