import { FileTooLargeError, IntegrityError } from "../errors.ts";
import { sleep, untilAborted } from "../async/abort.ts";
import { retryDelayMs } from "../s3/retry.ts";
import { type OperationContext, quote } from "./operation_context.ts";
import type { SizedRead } from "./get_object.ts";
import { type ChunkReader, createRangeReader } from "./range_reader.ts";
import { type TaskPool, withTaskPool } from "../async/task_pool.ts";
import { beginVerification, createDamageCheck } from "./verification.ts";

/**
 * Reads a large body in slices of the same content, several at a time. The first slice comes from the open response. If
 * the result does not match the stored checksum, all of it is read again, in at most `retry.maxAttempts` attempts,
 * until the same bytes arrive twice.
 */
export async function readSlices(
  context: OperationContext,
  open: SizedRead,
  signal: AbortSignal | undefined,
): Promise<Uint8Array<ArrayBuffer>> {
  const { exchange, path, range: { length } } = open;
  const isSameDamage = createDamageCheck();
  try {
    const bytes = allocate(path, length);
    for (let attempt = 1;; attempt++) {
      try {
        const first = attempt === 1 ? exchange : undefined;
        await withTaskPool(
          context.download.concurrency,
          signal,
          (pool) => fill(context, open, { bytes, exchange: first, pool }),
        );
        return bytes;
      } catch (error) {
        const isAltered = error instanceof IntegrityError && error.code === "BadDigest";
        if (!isAltered || isSameDamage(error) || attempt >= context.retry.maxAttempts) throw error;
        const delayMs = retryDelayMs(attempt, context.retry);
        context.emit?.({ type: "retry", operation: "GetObject", path, attempt, delayMs, code: error.code });
        await sleep(delayMs, signal);
      }
    }
  } finally {
    await exchange.cancel();
  }
}

async function fill(
  context: OperationContext,
  open: SizedRead,
  { bytes, exchange, pool }: {
    bytes: Uint8Array<ArrayBuffer>;
    exchange: SizedRead["exchange"] | undefined;
    pool: TaskPool;
  },
): Promise<void> {
  const { offset } = open.range;
  const { partSizeBytes } = context.download;
  const verification = beginVerification(context, open, pool.signal);
  const filled = new Set<number>();
  let verified = 0;

  async function readSlice(start: number): Promise<void> {
    const slice = bytes.subarray(start, start + partSizeBytes);
    const reader = createRangeReader(context, open, {
      offset: offset + start,
      length: slice.byteLength,
      exchange: start === 0 ? exchange : undefined,
      signal: pool.signal,
    });
    try {
      await untilAborted(readInto(slice, reader), pool.signal);
    } finally {
      await reader.cancel();
    }
    filled.add(start);
    const begin = verified;
    while (filled.delete(verified)) verified = Math.min(verified + partSizeBytes, bytes.byteLength);
    await verification?.update(bytes.subarray(begin, verified));
  }

  try {
    for (let start = 0; start < bytes.byteLength; start += partSizeBytes) await pool.add(() => readSlice(start));
    await pool.finish();
    await verification?.finish();
  } finally {
    verification?.stop();
  }
}

async function readInto(bytes: Uint8Array<ArrayBuffer>, reader: ChunkReader): Promise<void> {
  let received = 0;
  for (let chunk = await reader.next(); chunk !== undefined; chunk = await reader.next()) {
    bytes.set(chunk, received);
    received += chunk.byteLength;
  }
}

function allocate(path: string, length: number): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(length);
  } catch {
    throw new FileTooLargeError(`Cannot read ${quote(path)}: ${length} bytes do not fit into memory`, { path });
  }
}
