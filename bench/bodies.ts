/** The chunk size in which runtimes return the bytes of a file or a request. */
const CHUNK_BYTES = 64 * 1024;

/**
 * Generates bytes on demand. All chunks share one buffer, so that any growth of memory is the client's.
 */
export function generateBody(sizeBytes: number): ReadableStream<Uint8Array<ArrayBuffer>> {
  const chunk = randomBytes(CHUNK_BYTES);
  let left = sizeBytes;
  return new ReadableStream({
    pull(controller) {
      if (left === 0) return controller.close();
      const length = Math.min(left, CHUNK_BYTES);
      controller.enqueue(length === CHUNK_BYTES ? chunk : chunk.subarray(0, length));
      left -= length;
    },
  }, { highWaterMark: 0 });
}

/** A part of a body. */
export interface BodyPart {
  /** 1 for the first. */
  readonly number: number;
  /** The last part may be shorter. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Cuts a body into equal parts. Several loops can share it; each part goes to one of them. */
export function collectParts(body: ReadableStream<Uint8Array>, partSizeBytes: number): AsyncIterable<BodyPart> {
  const reader = body.getReader();
  let rest: Uint8Array = new Uint8Array();
  let number = 0;
  let turn: Promise<unknown> = Promise.resolve();

  async function take(): Promise<IteratorResult<BodyPart>> {
    const bytes = new Uint8Array(partSizeBytes);
    let length = 0;
    while (length < partSizeBytes) {
      if (rest.byteLength === 0) {
        const { done, value } = await reader.read();
        if (done) break;
        rest = value;
      }
      const taken = rest.subarray(0, partSizeBytes - length);
      bytes.set(taken, length);
      rest = rest.subarray(taken.byteLength);
      length += taken.byteLength;
    }
    if (length === 0) return { done: true, value: undefined };
    return { done: false, value: { number: ++number, bytes: bytes.subarray(0, length) } };
  }

  return {
    [Symbol.asyncIterator]: () => ({
      next() {
        const part = turn.then(take);
        turn = part.catch(() => {});
        return part;
      },
    }),
  };
}

/** Bytes that do not compress. */
export function randomBytes(length: number): Uint8Array<ArrayBuffer> {
  return crypto.getRandomValues(new Uint8Array(length));
}
