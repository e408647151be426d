import { type ChunkReader, collectBytes, createPauses, openChunks } from "../collect_bytes.ts";
import { FileTooLargeError, TimeoutError } from "../errors.ts";
import { isMapping } from "../config/mapping.ts";
import { createStepGuard } from "../s3/step_guard.ts";
import type { AppContext, AppRequest, UploadLimits } from "./context.ts";
import { RequestRefusal } from "./failure.ts";

/** The body of a request, which fails as soon as it is known to be larger than allowed, and when its sender stalls. */
export function readBody(c: AppRequest, context: Pick<AppContext, "limits">): ReadableStream<Uint8Array> {
  const { next, cancel } = openBody(c, context, (stream) => stream.getReader());
  const pause = createPauses();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const chunk = await next();
      if (chunk === undefined) return controller.close();
      controller.enqueue(chunk);
      await pause(chunk);
    },
    cancel,
  }, { highWaterMark: 0 });
}

interface OpenBody {
  /** The next chunk; `undefined` after the last. */
  next(): Promise<Uint8Array | undefined>;
  cancel(reason?: unknown): Promise<void>;
}

function openBody(
  c: AppRequest,
  { limits }: Pick<AppContext, "limits">,
  open: (stream: ReadableStream<Uint8Array<ArrayBuffer>>) => ChunkReader,
): OpenBody {
  const { maxBytes, idleMs, totalMs } = limits;
  if (Number(c.req.header("content-length") ?? 0) > maxBytes) throw tooLarge(limits);
  const reader = open(c.req.raw.body ?? new Blob([]).stream());
  const guard = createStepGuard(undefined);
  const endMs = Date.now() + totalMs;
  let receivedBytes = 0;

  function cancel(reason?: unknown): Promise<void> {
    guard.release();
    return reader.cancel(reason);
  }

  async function readChunk(): Promise<Uint8Array | undefined> {
    try {
      const limitMs = Math.min(idleMs, endMs - Date.now());
      return (await guard.wait(() => reader.read(), limitMs, "nothing arrived")).value;
    } catch (error) {
      void reader.cancel().catch(() => {});
      throw error instanceof TimeoutError
        ? new RequestRefusal(408, "The upload stalled, and nothing of that file was stored. Send it again.")
        : new RequestRefusal(400, "The upload broke off. Nothing of that file was stored.");
    }
  }

  return {
    async next() {
      const chunk = await readChunk();
      if (chunk === undefined) guard.release();
      // How long the reader of this body takes is not the sender's fault.
      else guard.rest();
      receivedBytes += chunk?.byteLength ?? 0;
      if (receivedBytes <= maxBytes) return chunk;
      void cancel().catch(() => {});
      throw tooLarge(limits);
    },
    cancel,
  };
}

function tooLarge({ maxBytes }: UploadLimits): FileTooLargeError {
  return new FileTooLargeError(`Cannot upload: more than ${maxBytes} bytes are not allowed`);
}

/** The whole body of a request, of at most so many bytes. */
export async function readBytes(
  c: AppRequest,
  { limits }: Pick<AppContext, "limits">,
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const { next } = openBody(c, { limits: { ...limits, maxBytes: Math.min(maxBytes, limits.maxBytes) } }, openChunks);
  return await collectBytes(next, { limitBytes: Infinity });
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
