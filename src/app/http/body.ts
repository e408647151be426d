import { type ChunkReader, collectBytes, openChunks } from "../../async/collect_bytes.ts";
import { TimeoutError } from "../../errors.ts";
import { isMapping } from "../../options/mapping.ts";
import { createStepGuard } from "../../s3/step_guard.ts";
import type { AppContext, AppRequest } from "../context.ts";
import { RequestRefusal } from "../failure.ts";
import { readPairs } from "../urls.ts";

/**
 * The body of a request as a stream, which fails as soon as it is known to be too large, and when its sender stalls. It
 * counts as held with the parts that an upload keeps in memory.
 */
export function readBody(c: AppRequest, context: BodyContext): ReadableStream<Uint8Array> {
  context.held.reserve(c.req.raw, Math.min(declaredBytes(c) ?? STREAMED_BYTES, STREAMED_BYTES));
  const { next, cancel } = openBody(c, context, STREAMED_BYTES);
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const chunk = await next();
      if (chunk === undefined) controller.close();
      else controller.enqueue(chunk);
    },
    cancel,
  }, { highWaterMark: 0 });
}

/** The whole body of a request, up to a limit that takes the place of {@link UploadLimits.maxBytes}. */
export async function readBytes(
  c: AppRequest,
  { limits, held }: BodyContext,
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer>> {
  held.reserve(c.req.raw, 0);
  const { next } = openBody(c, { limits: { ...limits, maxBytes }, held }, maxBytes);
  // A buffer that grows takes half as much again.
  return await collectBytes(next, { expectedBytes: Math.min(declaredBytes(c) ?? 0, maxBytes) });
}

/** The part of {@link AppContext} that reading a body needs. */
export type BodyContext = Pick<AppContext, "limits" | "held">;

/** Four parts of 8 MiB that are being sent, and one that is being filled. */
const STREAMED_BYTES = 40 * 1024 * 1024;

function declaredBytes(c: AppRequest): number | undefined {
  const declared = c.req.header("content-length") ?? "";
  return /^\d+$/.test(declared) ? Number(declared) : undefined;
}

/** @param maxHeldBytes How much of it is in memory at most. */
function openBody(c: AppRequest, { limits, held }: BodyContext, maxHeldBytes: number): ChunkReader {
  const { maxBytes, idleMs, totalMs } = limits;
  const tooLarge = () => new RequestRefusal(413, `This has more than ${maxBytes} bytes, and was not stored.`);
  if ((declaredBytes(c) ?? 0) > maxBytes) throw tooLarge();
  const chunks = openChunks(c.req.raw.body);
  const guard = createStepGuard(c.req.raw.signal);
  const endMs = Date.now() + totalMs;
  let receivedBytes = 0;

  function cancel(reason?: unknown): Promise<void> {
    guard.release();
    return chunks.cancel(reason);
  }

  async function next(): Promise<Uint8Array<ArrayBuffer> | undefined> {
    try {
      const stepMs = Math.max(0, Math.min(idleMs, endMs - Date.now()));
      const chunk = await guard.wait(chunks.next, stepMs, "the body stalled");
      if (chunk === undefined) guard.release();
      receivedBytes += chunk?.byteLength ?? 0;
      if (receivedBytes > maxBytes) throw tooLarge();
      held.receive(c.req.raw, Math.min(receivedBytes, maxHeldBytes));
      return chunk;
    } catch (error) {
      void cancel();
      if (error instanceof RequestRefusal) throw error;
      if (error instanceof TimeoutError) {
        throw new RequestRefusal(408, "The upload stalled, and this file was not stored. Send it again.");
      }
      throw new RequestRefusal(400, "The upload broke off, and this file was not stored.");
    }
  }

  return { next, cancel };
}

/**
 * The JSON object in the body of a request.
 *
 * @throws {RequestRefusal} If the body is anything else.
 */
export async function readJson(c: AppRequest, context: AppContext): Promise<Readonly<Record<string, unknown>>> {
  const bytes = await readBytes(c, context, MAX_JSON_BYTES);
  try {
    const value: unknown = JSON.parse(decoder.decode(bytes));
    if (isMapping(value)) return value;
  } catch {
    // It is not UTF-8, or not JSON.
  }
  throw new RequestRefusal(400, "The body of this request must be a JSON object.");
}

/** Enough for 1,000 of the longest paths, with every character escaped. */
const MAX_JSON_BYTES = 8 * 1024 * 1024;
const decoder = new TextDecoder("utf-8", { fatal: true });

/** The fields of a URL-encoded form. */
export interface FormFields {
  /** The first value of a field, if it has any. */
  get(name: string): string | undefined;
  /** All values of a field. */
  all(name: string): string[];
}

/**
 * Reads a URL-encoded form.
 *
 * @throws {RequestRefusal} If the form is larger than any of the app, has too many fields, or the sender stalls.
 */
export async function readForm(c: AppRequest, context: BodyContext): Promise<FormFields> {
  const bytes = await readBytes(c, context, MAX_FORM_BYTES);
  const values = new Map<string, string[]>();
  for (const [name, value] of readPairs(new TextDecoder().decode(bytes))) {
    const known = values.get(name);
    if (known === undefined) values.set(name, [value]);
    else if (known.push(value) > MAX_VALUES) throw tooMany(name);
  }
  return { get: (name) => values.get(name)?.[0], all: (name) => values.get(name) ?? [] };
}

/** How many values a form field, or a list in JSON, may have, such as the paths of one action. */
export const MAX_VALUES = 1_000;

/** Refuses more than {@link MAX_VALUES}. */
export function tooMany(name: string): RequestRefusal {
  return new RequestRefusal(413, `“${name}” occurs more than ${MAX_VALUES} times. Do it in several steps.`);
}

/** A text of 1 MiB, encoded as three characters a byte and six a line end, and a few fields. */
const MAX_FORM_BYTES = 7 * 1024 ** 2;
