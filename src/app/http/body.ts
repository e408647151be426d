import { type ChunkReader, collectBytes, openChunks } from "../../async/collect_bytes.ts";
import { FileTooLargeError, TimeoutError } from "../../errors.ts";
import { isMapping } from "../../options/mapping.ts";
import { createStepGuard } from "../../s3/step_guard.ts";
import type { AppContext, AppRequest } from "../context.ts";
import { RequestRefusal } from "../failure.ts";
import { readPairs } from "../urls.ts";

/**
 * The body of a request, which fails as soon as it is known to be larger than allowed, and when its sender stalls. While it is stored, a few
 * parts of it are in memory.
 */
export function readBody(c: AppRequest, context: BodyContext): ReadableStream<Uint8Array> {
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

/** The whole body of a request, of at most so many bytes. */
export async function readBytes(
  c: AppRequest,
  { limits, held }: BodyContext,
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const strict = { ...limits, maxBytes: Math.min(maxBytes, limits.maxBytes) };
  const { next } = openBody(c, { limits: strict, held }, maxBytes);
  // Room for all of it at once: a buffer that grows takes half as much again.
  return await collectBytes(next, { expectedBytes: Math.min(declaredBytes(c) ?? 0, maxBytes) });
}

/** What a body is read with. */
export type BodyContext = Pick<AppContext, "limits" | "held">;

/** Four parts of 8 MiB that are sent, and one that is filled meanwhile. */
const STREAMED_BYTES = 40 * 1024 * 1024;

function declaredBytes(c: AppRequest): number | undefined {
  const declared = c.req.header("content-length");
  // What is no number would be none to add up either.
  return /^\d+$/.test(declared ?? "") ? Number(declared) : undefined;
}

/** @param maxHeldBytes How much of it is in memory at most. */
function openBody(c: AppRequest, { limits, held }: BodyContext, maxHeldBytes: number): ChunkReader {
  const { maxBytes, idleMs, totalMs } = limits;
  const tooLarge = () => new FileTooLargeError(`Cannot upload: more than ${maxBytes} bytes are not allowed`);
  if ((declaredBytes(c) ?? 0) > maxBytes) throw tooLarge();
  const chunks = openChunks(c.req.raw.body);
  const guard = createStepGuard(c.req.raw.signal);
  const endMs = Date.now() + totalMs;
  let receivedBytes = 0;
  let heldBytes = 0;

  // Counted as they arrive: a length that is only announced would shut others out.
  function hold(): void {
    const newBytes = Math.min(receivedBytes, maxHeldBytes) - heldBytes;
    heldBytes += newBytes;
    held.hold(c.req.raw, newBytes);
  }

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
      hold();
      return chunk;
    } catch (error) {
      void cancel();
      if (error instanceof FileTooLargeError || error instanceof RequestRefusal) throw error;
      if (error instanceof TimeoutError) {
        throw new RequestRefusal(408, "The upload stalled, and nothing of that file was stored. Send it again.");
      }
      throw new RequestRefusal(400, "The upload broke off. Nothing of that file was stored.");
    }
  }

  return { next, cancel };
}

/**
 * The JSON object in the body of a request.
 *
 * @throws {RequestRefusal} If it is none.
 */
export async function readJson(c: AppRequest, context: AppContext): Promise<Readonly<Record<string, unknown>>> {
  const limits = { ...context.limits, maxBytes: MAX_JSON_BYTES };
  const bytes = await readBytes(c, { ...context, limits }, MAX_JSON_BYTES);
  try {
    const value: unknown = JSON.parse(decoder.decode(bytes));
    if (isMapping(value)) return value;
  } catch {
    // Neither is it UTF-8 with JSON in it.
  }
  throw new RequestRefusal(400, "The body of this request must be a JSON object.");
}

/** Enough for 1,000 of the longest paths, whatever JSON escapes in them. */
const MAX_JSON_BYTES = 8 * 1024 * 1024;
const decoder = new TextDecoder("utf-8", { fatal: true });

/** The fields of a plain form. */
export interface FormFields {
  /** The first value of a field; `undefined` if there is none. */
  get(name: string): string | undefined;
  /** All values of a field. */
  all(name: string): string[];
}

/**
 * Reads a form that has no files.
 *
 * @throws {FileTooLargeError} If it is larger than any form of the app can be.
 * @throws {RequestRefusal} If its sender stalls, or it has too many fields.
 */
export async function readForm(c: AppRequest, { limits, held }: BodyContext): Promise<FormFields> {
  const bytes = await readBytes(c, { limits: { ...limits, maxBytes: MAX_FORM_BYTES }, held }, MAX_FORM_BYTES);
  const values = new Map<string, string[]>();
  for (const [name, value] of readPairs(new TextDecoder().decode(bytes))) {
    const known = values.get(name);
    if (known === undefined) values.set(name, [value]);
    else if (known.push(value) > MAX_VALUES) throw tooMany(name);
  }
  return { get: (name) => values.get(name)?.[0], all: (name) => values.get(name) ?? [] };
}

/** How many values a field, or a list in JSON, may have: paths that something is done with at once, for one. */
export const MAX_VALUES = 1_000;

/** What is answered to more values than a field may have. */
export function tooMany(name: string): RequestRefusal {
  return new RequestRefusal(413, `“${name}” is there more than ${MAX_VALUES} times. Do it in several steps.`);
}

/** A text of 1 MiB, three characters a byte and six a line end, and a few fields. */
const MAX_FORM_BYTES = 7 * 1024 ** 2;
