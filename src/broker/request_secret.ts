import { withTimeLimit } from "../async/abort.ts";
import { collectBytes, openChunks } from "../async/collect_bytes.ts";
import { TimeoutError } from "../errors.ts";

/**
 * Reads the form field `secret` of a request: empty if it is missing. Returns a response if the request is not such a
 * form.
 */
export async function readSecret(request: Request): Promise<string | Response> {
  const [type = ""] = (request.headers.get("content-type") ?? "").split(";");
  if (type.trim().toLowerCase() !== FORM_TYPE) {
    return refuse(415, `Send a form: ${FORM_TYPE}`, { "accept-post": FORM_TYPE });
  }
  const timedOut = () => new TimeoutError(`the body did not end within ${BODY_MS} ms`);
  try {
    const body = await withTimeLimit(BODY_MS, timedOut, (signal) => readBody(request, signal));
    if (body === undefined) return refuse(413, `Send at most ${MAX_BODY_BYTES / 1024} KiB`);
    const secrets = new URLSearchParams(new TextDecoder().decode(body)).getAll("secret");
    return secrets.length === 1 ? secrets[0] ?? "" : "";
  } catch (error) {
    return error instanceof TimeoutError ? refuse(408, "Send the form faster") : refuse(400, "The form was cut off");
  }
}

const FORM_TYPE = "application/x-www-form-urlencoded";
const MAX_BODY_BYTES = 8 * 1024;
/** The memory that a slow sender occupies. */
const BUFFER_BYTES = 1024;
const BODY_MS = 10_000;

/** The body; `undefined` if it is too large, whatever `Content-Length` says. */
async function readBody(request: Request, signal: AbortSignal): Promise<Uint8Array | undefined> {
  const { next, cancel } = openChunks(request.body, BUFFER_BYTES);
  signal.addEventListener("abort", () => void cancel());
  const bytes = await collectBytes(next, { maxBytes: MAX_BODY_BYTES });
  if (bytes.byteLength <= MAX_BODY_BYTES) return bytes;
  void cancel();
  return undefined;
}

/** A JSON response that must not be stored. */
export function reply(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Response {
  return Response.json(body, { status, headers: { ...headers, "cache-control": "no-store" } });
}

/** A response that refuses the request. */
export function refuse(status: number, error: string, headers?: Readonly<Record<string, string>>): Response {
  return reply(status, { error }, headers);
}
