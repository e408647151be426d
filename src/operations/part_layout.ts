import { withTaskPool } from "../async/task_pool.ts";
import { readEtag } from "../s3/headers.ts";
import type { SizedRead } from "./get_object.ts";
import { readContentRange } from "./byte_range.ts";
import { continueWithGrant, type OperationContext } from "./operation_context.ts";
import { MAX_PARTS, type PartPlan, planParts } from "./part_plan.ts";

/** How a stored object was cut into parts. */
export interface PartLayout extends PartPlan {
  /** Whether every part has its planned size; parts of other sizes may have the same count and first size. */
  isConfirmed(): Promise<boolean>;
}

/**
 * Finds out how an object was cut: into equal parts, or as our own uploads of unknown size are.
 *
 * @returns `undefined` if it was cut in another way, or the store does not say.
 */
export async function findPartLayout(
  context: OperationContext,
  open: SizedRead,
  { partCount, signal }: { partCount: number; signal: AbortSignal },
): Promise<PartLayout | undefined> {
  const first = await askPartSize(context, open, { partNumber: 1, signal });
  const plan = first === undefined ? undefined : inferPartPlan({
    size: open.range.size,
    first,
    partCount,
    maxParts: context.traits.maxParts,
  });
  if (plan === undefined) return undefined;
  return { ...plan, isConfirmed };

  async function isConfirmed(): Promise<boolean> {
    let isAsPlanned = true;
    try {
      await withTaskPool(CONCURRENCY, signal, async (pool) => {
        // The last part has the bytes that are left.
        for (let partNumber = 2; partNumber < partCount && isAsPlanned; partNumber++) {
          await pool.add(async () => {
            const actual = await askPartSize(context, open, { partNumber, signal: pool.signal });
            if (actual !== plan?.sizeOf(partNumber)) isAsPlanned = false;
          });
        }
      });
      return isAsPlanned;
    } catch {
      signal.throwIfAborted();
      return false;
    }
  }
}

/** The plan by which a file of this size has this many parts, and a first part of this size. */
export function inferPartPlan(
  { size, first, partCount, maxParts = MAX_PARTS }: {
    size: number;
    first: number;
    partCount: number;
    maxParts?: number;
  },
): PartPlan | undefined {
  if (Math.ceil(size / first) === partCount) return { sizeOf: () => first };
  const plan = planParts(undefined, { partSizeBytes: first, equalParts: false, maxParts });
  let end = 0;
  for (let partNumber = 1; partNumber < partCount; partNumber++) end += plan.sizeOf(partNumber);
  return end < size && size <= end + plan.sizeOf(partCount) ? plan : undefined;
}

/**
 * HeadObject of one part; it needs the same permission as reading.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
 */
async function askPartSize(
  context: OperationContext,
  { request, exchange: { headers }, range: { size } }: SizedRead,
  { partNumber, signal }: { partNumber: number; signal: AbortSignal },
): Promise<number | undefined> {
  const etag = readEtag(headers.get("etag"));
  if (etag === null) return undefined;
  return await continueWithGrant(context, request.grant, (grant) =>
    context.client.send({
      ...request,
      operation: "HeadObject",
      method: "HEAD",
      grant,
      query: { partNumber: String(partNumber) },
      headers: { "if-match": etag },
      signal,
    }, async (exchange) => {
      await exchange.drain();
      const { status, headers } = exchange;
      const part = readContentRange(headers);
      const isThisContent = readEtag(headers.get("etag")) === etag && part?.size === size;
      return status === 206 && isThisContent ? part?.length : undefined;
    }), signal);
}

const CONCURRENCY = 4;
