import { FileTooLargeError } from "../errors.ts";
import { isMapping } from "../config/mapping.ts";
import { withTimeLimit } from "../s3/abort.ts";
import type { AppContext, AppRequest, UploadLimits } from "./context.ts";
import { RequestRefusal } from "./failure.ts";

/** The body of a request, which fails as soon as it is known to be larger than allowed, and when its sender stalls. */
export function readBody(c: AppRequest, { limits }: Pick<AppContext, "limits">): ReadableStream<Uint8Array> {
  const { maxBytes, idleMs, totalMs } = limits;
  if (Number(c.req.header("content-length") ?? 0) > maxBytes) throw tooLarge(limits);
  const reader = (c.req.raw.body ?? new Blob([]).stream()).getReader();
  const endMs = Date.now() + totalMs;
  let receivedBytes = 0;

  async function readChunk(): Promise<Uint8Array | undefined> {
    try {
      const timedOut = () =>
        new RequestRefusal(408, "The upload stalled, and nothing of that file was stored. Send it again.");
      const { value } = await withTimeLimit(Math.min(idleMs, endMs - Date.now()), timedOut, () => reader.read());
      return value;
    } catch (error) {
      void reader.cancel().catch(() => {});
      if (error instanceof RequestRefusal) throw error;
      throw new RequestRefusal(400, "The upload broke off. Nothing of that file was stored.");
    }
  }

  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const chunk = await readChunk();
      if (!chunk) return controller.close();
      receivedBytes += chunk.byteLength;
      if (receivedBytes <= maxBytes) return controller.enqueue(chunk);
      void reader.cancel();
      throw tooLarge(limits);
    },
    cancel: (reason) => reader.cancel(reason),
  }, { highWaterMark: 0 });
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
  const body = readBody(c, { limits: { ...limits, maxBytes: Math.min(maxBytes, limits.maxBytes) } });
  return await new Response(body).bytes();
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
