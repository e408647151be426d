import { S3SourceError } from "../../errors.ts";
import { escapeXml } from "../../s3/xml/xml.ts";
import { UploadRefusal } from "./request.ts";

/** The refusal of what the page asked for; `undefined` for an error that it cannot be blamed for. */
export function refusalOf(error: unknown): UploadRefusal | undefined {
  if (error instanceof UploadRefusal) return error;
  if (!(error instanceof S3SourceError)) return undefined;
  const { name, code, message } = error;
  if (isGone(error)) return new UploadRefusal(404, "This upload has ended. Add the file again.", code);
  const status = STATUSES.get(name);
  return status === undefined ? undefined : new UploadRefusal(status, `${message}.`, code);
}

/** Whether the store no longer knows the upload, as it has been completed or aborted. */
export function isGone(error: unknown): boolean {
  return error instanceof S3SourceError && error.code === "NoSuchUpload";
}

/** The answer to `signRequest`. */
export function jsonResponse(value: object): Response {
  return Response.json(value, { headers: HEADERS });
}

/** A refusal of `signRequest`, which throws this text for Uppy to show. */
export function textResponse({ status, message }: UploadRefusal): Response {
  return new Response(message, { status, headers: { ...HEADERS, "content-type": "text/plain; charset=utf-8" } });
}

/** A refusal as S3's. */
export function xmlError({ status, code, message }: UploadRefusal): Response {
  return xmlResponse("Error", toXml({ Code: code, Message: message }), status);
}

/** A document as S3's. Uppy compares the media type to the letter. */
export function xmlResponse(root: string, content: string, status = 200): Response {
  return new Response(`<?xml version="1.0" encoding="UTF-8"?>\n<${root}>${content}</${root}>`, {
    status,
    headers: { ...HEADERS, "content-type": "application/xml" },
  });
}

/** Elements with texts. */
export function toXml(texts: Readonly<Record<string, string>>): string {
  return Object.entries(texts).map(([name, text]) => `<${name}>${escapeXml(text)}</${name}>`).join("");
}

const HEADERS = { "cache-control": "no-store", "x-content-type-options": "nosniff" };
const STATUSES: ReadonlyMap<string, number> = new Map([
  ["InvalidPathError", 400],
  ["ScopeChangedError", 409],
  ["IntegrityError", 409],
  ["PreconditionFailedError", 412],
  ["FileTooLargeError", 413],
]);
