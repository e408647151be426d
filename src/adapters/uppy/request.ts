import { MAX_PART_BYTES, MAX_PARTS, MIN_PART_BYTES } from "../../operations/part_plan.ts";

/** A file that a page wants to store. Nothing of it can be trusted but its form. */
export interface ProposedFile {
  /** Its name: one segment of a path, so never `..`, and without `/`, `\` and control characters. */
  readonly name: string;
  /** Bytes in the file; the store refuses any other number. At most the option `maxBytes`. */
  readonly size: number;
  /** Media type as the browser says; empty if it does not know. */
  readonly contentType: string;
}

/** Why a request is refused. */
export class UploadRefusal extends Error {
  constructor(readonly status: number, message: string, readonly code = "InvalidRequest") {
    super(message);
  }
}

/**
 * Reads a request of `signRequest`. Pages of other origins cannot send this media type, unless the server lets them:
 * https://fetch.spec.whatwg.org/#cors-safelisted-request-header
 */
export async function readJson(request: Request): Promise<Readonly<Record<string, unknown>>> {
  if (request.method !== "POST") throw new UploadRefusal(405, "Send the request to sign with POST.");
  if (!/^application\/json\s*(?:;|$)/i.test(request.headers.get("content-type") ?? "")) {
    throw new UploadRefusal(415, "Send the request to sign as application/json.");
  }
  let text = "";
  for await (const chunk of request.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += chunk;
    if (text.length > MAX_LENGTH) throw new UploadRefusal(413, "The request to sign is too long.");
  }
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) return { ...value };
  } catch {
    // It is not JSON.
  }
  throw new UploadRefusal(400, "The request to sign must be a JSON object.");
}

/** Reads what the page says about a new file. */
export function readFile({ name, size, type = "" }: Readonly<Record<string, unknown>>, maxBytes: number): ProposedFile {
  if (typeof size !== "number" || !Number.isSafeInteger(size) || size < 0) {
    throw new UploadRefusal(400, 'Send the file\'s "size" in bytes; see signRequest in docs/adapters.md.');
  }
  if (typeof name !== "string" || !NAME.test(name) || !name.isWellFormed()) {
    throw new UploadRefusal(400, 'Send the file\'s "name", without folders and control characters.');
  }
  if (typeof type !== "string" || !/^[ -~]{0,255}$/.test(type)) {
    throw new UploadRefusal(400, 'The file\'s "type" is not a media type.');
  }
  if (size > maxBytes) {
    throw new UploadRefusal(413, `The file has ${size} bytes, more than ${maxBytes}.`, "FileTooLarge");
  }
  return { name, size, contentType: type };
}

/**
 * The bytes in a part, as Uppy cuts the file: at least 5 MiB, and at most 10,000 parts. `chunkSize` is what the page's
 * `getChunkSize` returns, if the plugin has that option.
 */
export function readPartSize({ chunkSize = 0, size }: Readonly<Record<string, unknown>>): number {
  if (size === 0) throw new UploadRefusal(400, "An empty file has no parts.");
  if (typeof chunkSize !== "number" || !Number.isSafeInteger(chunkSize) || chunkSize > MAX_PART_BYTES) {
    throw new UploadRefusal(400, 'The "chunkSize" must be a whole number of bytes, at most 5 GiB.');
  }
  return Math.max(MIN_PART_BYTES, chunkSize, Math.ceil(Number(size) / MAX_PARTS));
}

const MAX_LENGTH = 16_384;
// deno-lint-ignore no-control-regex
const NAME = /^(?!\.{1,2}$)[^/\\\u0000-\u001f\u007f-\u009f]{1,1024}$/;
