import { FileTooLargeError, IntegrityError } from "../errors.ts";
import { sleep, untilAborted } from "../async/abort.ts";
import { readEtag } from "../s3/headers.ts";
import { withPurpose } from "../s3/failure.ts";
import { isTransient, retryDelayMs } from "../s3/retry.ts";
import { type OperationContext, quote } from "./operation_context.ts";
import { getMore, readPurpose, shortBody, type SizedRead } from "./get_object.ts";
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
  const { path, range: { offset } } = open;
  const etag = readEtag(open.exchange.headers.get("etag")) ?? "";
  const { partSizeBytes } = context.download;
  const verification = beginVerification(context, open, pool.signal);
  const filled = new Set<number>();
  let verified = 0;

  async function readSlice(start: number): Promise<void> {
    const slice = bytes.subarray(start, start + partSizeBytes);
    if (start > 0 || exchange === undefined || !await readFirst(slice, exchange)) {
      const range = { offset: offset + start, length: slice.byteLength };
      await getMore(context, open, {
        range,
        etag,
        signal: pool.signal,
        receive: async (exchange) => {
          let received = await readInto(slice, exchange);
          while (received <= slice.byteLength) {
            const more = await exchange.next();
            if (more === undefined) return;
            received += more.byteLength;
          }
          throw shortBody(path, received, slice.byteLength);
        },
      });
    }
    filled.add(start);
    const begin = verified;
    while (filled.delete(verified)) verified = Math.min(verified + partSizeBytes, bytes.byteLength);
    await verification?.update(bytes.subarray(begin, verified));
  }

  /** Reads the first slice from the open response. Returns `false` if the connection breaks. */
  async function readFirst(slice: Uint8Array<ArrayBuffer>, exchange: SizedRead["exchange"]): Promise<boolean> {
    try {
      await untilAborted(readInto(slice, exchange), pool.signal);
      return true;
    } catch (error) {
      pool.signal.throwIfAborted();
      if (!isTransient(error)) throw withPurpose(error, readPurpose(path));
      return false;
    } finally {
      await exchange.cancel();
    }
  }

  /** Fills the slice. Returns how many bytes arrived: the last chunk may have too many. */
  async function readInto(slice: Uint8Array<ArrayBuffer>, exchange: SizedRead["exchange"]): Promise<number> {
    let received = 0;
    while (received < slice.byteLength) {
      const chunk = await exchange.next();
      if (chunk === undefined) throw shortBody(path, received, slice.byteLength);
      slice.set(chunk.subarray(0, slice.byteLength - received), received);
      received += chunk.byteLength;
    }
    return received;
  }

  try {
    for (let start = 0; start < bytes.byteLength; start += partSizeBytes) await pool.add(() => readSlice(start));
    await pool.finish();
    await verification?.finish();
  } finally {
    verification?.stop();
  }
}

function allocate(path: string, length: number): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(length);
  } catch {
    throw new FileTooLargeError(`Cannot read ${quote(path)}: ${length} bytes do not fit into memory`, { path });
  }
}
