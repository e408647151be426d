import { eitherSignal, withTimeLimit } from "../async/abort.ts";
import { TimeoutError } from "../errors.ts";
import type { OperationContext } from "./operation_context.ts";
import type { SizedRead } from "./get_object.ts";
import { type CollectedRange, collectRange } from "./collected_range.ts";
import { type ChunkReader, createRangeReader } from "./range_reader.ts";

/**
 * Continues a large body over several connections: while one slice is passed on, the next ones arrive in memory. If the
 * store does not begin to send the second slice, everything comes from the open response.
 *
 * @param options `first`: reads the open response. `begin`: how many of its bytes have been read.
 */
export function readAhead(
  context: OperationContext,
  open: SizedRead,
  { first, begin, signal: callers }: { first: ChunkReader; begin: number; signal: AbortSignal },
): ChunkReader {
  const { offset, length } = open.range;
  const { sliceBytes, concurrency } = planSlices(context);
  const stopped = new AbortController();
  const signal = eitherSignal(callers, stopped.signal);
  const ahead: CollectedRange[] = [];
  let requested = begin + sliceBytes;
  let current = first;
  let leftOfSlice = sliceBytes;
  /** Bytes of the open response that also belong to the second slice. */
  let excess: Uint8Array<ArrayBuffer> | undefined;

  function request(): void {
    while (ahead.length < concurrency - 1 && requested < length) {
      const size = Math.min(sliceBytes, length - requested);
      ahead.push(collectRange(createRangeReader(context, open, { offset: offset + requested, length: size, signal })));
      requested += size;
    }
  }

  async function beginSlice(): Promise<void> {
    const next = ahead[0];
    if (next === undefined) return;
    const hasBegun = current !== first ||
      await withTimeLimit(BEGIN_MS, () => new TimeoutError("too late"), () => next.hasBegun).catch(() => false);
    if (!hasBegun) {
      await stop();
      leftOfSlice = Infinity;
      return;
    }
    excess = undefined;
    await current.cancel();
    ahead.shift();
    current = next;
    leftOfSlice = sliceBytes;
    request();
  }

  async function stop(): Promise<void> {
    stopped.abort(new DOMException("The other connections are not needed", "AbortError"));
    await Promise.all(ahead.splice(0).map((slice) => slice.cancel()));
  }

  request();
  return {
    async next() {
      if (leftOfSlice === 0) await beginSlice();
      const chunk = excess ?? await current.next();
      excess = undefined;
      if (chunk === undefined || chunk.byteLength <= leftOfSlice) {
        leftOfSlice -= chunk?.byteLength ?? 0;
        return chunk;
      }
      const kept = chunk.subarray(0, leftOfSlice);
      // A copy: the caller may transfer the buffer.
      excess = chunk.slice(leftOfSlice);
      leftOfSlice = 0;
      return kept;
    },
    async cancel() {
      await stop();
      await current.cancel();
    },
  };
}

/** How large slices are and how many there are at the same time, so that they fit into {@link MEMORY_BYTES}. */
function planSlices({ download }: OperationContext): { sliceBytes: number; concurrency: number } {
  const concurrency = Math.min(download.concurrency, MEMORY_BYTES / LEAST_SLICE_BYTES);
  return { sliceBytes: Math.min(download.partSizeBytes, Math.floor(MEMORY_BYTES / concurrency)), concurrency };
}

/** With what the runtime has received and nobody has read yet, a slow reader holds at most 32 MiB. */
const MEMORY_BYTES = 24 * 1024 * 1024;
/** Memory is allocated in blocks of this size. */
const LEAST_SLICE_BYTES = 256 * 1024;
/** How long the open response may wait for the second slice. */
const BEGIN_MS = 2000;
