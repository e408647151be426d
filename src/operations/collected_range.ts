import type { ChunkReader } from "./range_reader.ts";

/** A range that arrives in memory until it is read. */
export interface CollectedRange extends ChunkReader {
  /** Whether its first bytes have arrived; `false` if it failed before. Never rejects. */
  readonly hasBegun: Promise<boolean>;
}

/** Begins to read a range. If that fails, the failure is thrown after the bytes that had arrived. */
export function collectRange(reader: ChunkReader): CollectedRange {
  const first = reader.next();
  const blocks: Uint8Array<ArrayBuffer>[] = [];
  let block = new Uint8Array();
  let filled = 0;
  let hasEnded = false;
  let passOn: ((chunk: Uint8Array<ArrayBuffer> | undefined) => void) | undefined;
  const collected = collect();
  collected.catch(() => {});

  async function collect(): Promise<void> {
    try {
      for (let chunk = await first; chunk !== undefined; chunk = await reader.next()) {
        if (passOn === undefined) keep(chunk);
        else passOn(chunk);
        passOn = undefined;
      }
    } finally {
      hasEnded = true;
      passOn?.(undefined);
    }
  }

  /** Copies the bytes: the chunk can be a view of a buffer that is far larger. */
  function keep(chunk: Uint8Array<ArrayBuffer>): void {
    for (let rest = chunk; rest.byteLength > 0;) {
      if (filled === block.byteLength) {
        if (filled > 0) blocks.push(block);
        block = new Uint8Array(BLOCK_BYTES);
        filled = 0;
      }
      const piece = rest.subarray(0, block.byteLength - filled);
      block.set(piece, filled);
      filled += piece.byteLength;
      rest = rest.subarray(piece.byteLength);
    }
  }

  function takeKept(): Uint8Array<ArrayBuffer> | undefined {
    if (blocks.length > 0 || filled === 0) return blocks.shift();
    const last = block.subarray(0, filled);
    block = new Uint8Array();
    filled = 0;
    return last;
  }

  return {
    hasBegun: first.then(() => true, () => false),
    async next() {
      const kept = takeKept();
      if (kept !== undefined) return kept;
      if (!hasEnded) {
        const chunk = await new Promise<Uint8Array<ArrayBuffer> | undefined>((resolve) => passOn = resolve);
        if (chunk !== undefined) return chunk;
      }
      await collected;
      return undefined;
    },
    cancel: () => reader.cancel(),
  };
}

const BLOCK_BYTES = 256 * 1024;
