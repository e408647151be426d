import { withTimeLimit } from "../../async/abort.ts";
import { collectBytes, openChunks } from "../../async/collect_bytes.ts";
import { TimeoutError } from "../../errors.ts";
import { malformed } from "./protocol.ts";

/**
 * Reads a request's form.
 *
 * @param options `canBeEmpty`: a request without a body needs no content type.
 * @throws {Refusal} If the body is no such form, is larger than 32 KiB or arrives too slowly.
 */
export async function readForm(request: Request, { canBeEmpty = false } = {}): Promise<URLSearchParams> {
  const [type = ""] = (request.headers.get("content-type") ?? "").split(";");
  const isForm = type.trim().toLowerCase() === FORM_TYPE;
  if (!isForm && !(canBeEmpty && type === "")) throw wrongType();
  const body = await readText(request);
  if (!isForm && body !== "") throw wrongType();
  return new URLSearchParams(body);
}

const FORM_TYPE = "application/x-www-form-urlencoded";
/** A token has up to 16 KiB. */
const MAX_BODY_BYTES = 32 * 1024;
/** The memory that a slow sender occupies. */
const BUFFER_BYTES = 1024;
const BODY_MS = 10_000;

function wrongType() {
  const headers = { "accept-post": FORM_TYPE };
  return malformed(`Send a form: ${FORM_TYPE}`, { status: 415, code: "UnsupportedMediaType", headers });
}

async function readText(request: Request): Promise<string> {
  const timedOut = () => new TimeoutError(`the body did not end within ${BODY_MS} ms`);
  let body: Uint8Array | undefined;
  try {
    body = await withTimeLimit(BODY_MS, timedOut, (signal) => readBody(request, signal));
  } catch (error) {
    if (!(error instanceof TimeoutError)) throw malformed("The form was cut off");
    throw malformed("Send the form faster", { status: 408, code: "RequestTimeout" });
  }
  if (body !== undefined) return new TextDecoder().decode(body);
  throw malformed(`Send at most ${MAX_BODY_BYTES / 1024} KiB`, { status: 413, code: "RequestTooLarge" });
}

/** The body; `undefined` if it is too large, whatever `Content-Length` says. */
async function readBody(request: Request, signal: AbortSignal): Promise<Uint8Array | undefined> {
  const { next, cancel } = openChunks(request.body, BUFFER_BYTES);
  signal.addEventListener("abort", () => void cancel());
  const bytes = await collectBytes(next, { maxBytes: MAX_BODY_BYTES });
  if (bytes.byteLength <= MAX_BODY_BYTES) return bytes;
  void cancel();
  return undefined;
}

/**
 * Reads the parameters with these names, each of which may be given once.
 *
 * @throws {Refusal} If one is given twice.
 */
export function readOnce<Name extends string>(
  parameters: URLSearchParams,
  names: readonly Name[],
): Partial<Record<Name, string>> {
  const read: Partial<Record<Name, string>> = {};
  for (const name of names) {
    const [value, ...others] = parameters.getAll(name);
    if (others.length > 0) throw malformed(`"${name}" is given twice`);
    if (value !== undefined) read[name] = value;
  }
  return read;
}
