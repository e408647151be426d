import { FileTooLargeError, InvalidArgumentError } from "../errors.ts";
import { assertFilePath } from "../s3/keys.ts";
import type { PreparedUpload, PrepareUploadOptions } from "../types/direct_uploads.ts";
import { keyOf, type OperationContext, quote } from "./context.ts";
import { toConditionHeaders, toObjectHeaders } from "./object_headers.ts";
import { MAX_PART_BYTES } from "./part_plan.ts";
import { assertExpiresInSeconds, grantToSignWith, type SigningGrant } from "./signing_grant.ts";

/** What someone else needs to store a file: a form, or a signed PUT. Asks nothing of the store. */
export async function prepareUpload(
  context: OperationContext,
  path: string,
  options: PrepareUploadOptions,
): Promise<PreparedUpload> {
  assertFilePath(path);
  const { method = context.store.isAws ? "POST" : "PUT", expiresInSeconds = 300, signal } = options;
  const action = `prepare the upload of ${quote(path)}`;
  const refusal = (reason: string) => new InvalidArgumentError(`Cannot ${action}: ${reason}`, { path });
  assertExpiresInSeconds(expiresInSeconds, { action, path });
  const [least, most] = lengthRange(options, { action, path });
  if (method === "PUT" && least !== most) {
    throw refusal('a signed PUT is for one "size", not for "maxBytes"; tell the size, or use the method "POST"');
  }
  if (method === "POST" && options.ifNoneMatch !== undefined) {
    throw refusal('a form cannot depend on "ifNoneMatch"; use the method "PUT"');
  }
  const headers = { ...toPreparedHeaders(options), ...toConditionHeaders(options) };
  const assertFixed = (key: string) => {
    if (method === "POST" && key.includes(FILENAME_VARIABLE)) {
      throw refusal(`in a form, S3 replaces "${FILENAME_VARIABLE}" by the file's name; use the method "PUT"`);
    }
  };
  assertFixed(context.scope + path);
  const signing = await grantToSignWith(context, { action, expiresInSeconds, signal });
  const key = keyOf(context, signing.grant, path);
  assertFixed(key);
  return method === "PUT"
    ? preparePut(context, signing, { key, headers, size: most })
    : preparePost(context, signing, { key, headers, lengthRange: [least, most] });
}

/** What is stored with a file that is sent from elsewhere. */
export function toPreparedHeaders(
  { contentType, metadata }: Pick<PrepareUploadOptions, "contentType" | "metadata">,
): Record<string, string> {
  return toObjectHeaders({ ...contentType && { contentType }, ...metadata !== undefined && { metadata } });
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html */
function preparePut(
  context: OperationContext,
  { grant, nowMs, seconds, expiresAt }: SigningGrant,
  { key, headers, size }: { key: string; headers: Record<string, string>; size: number },
): PreparedUpload {
  const url = context.presigner.presignUrl({
    method: "PUT",
    grant,
    key,
    headers: { ...headers, "content-length": String(size) },
    expiresInSeconds: seconds,
    nowMs,
  });
  return { url, method: "PUT", headers, fields: {}, expiresAt };
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTForms.html */
function preparePost(
  context: OperationContext,
  { grant, nowMs, seconds, expiresAt }: SigningGrant,
  { key, headers, lengthRange }: { key: string; headers: Record<string, string>; lengthRange: [number, number] },
): PreparedUpload {
  const { "content-type": contentType = "", ...metadata } = headers;
  const { url, fields } = context.presigner.presignForm({
    grant,
    fields: { key, "Content-Type": contentType, ...metadata },
    lengthRange,
    expiresInSeconds: seconds,
    nowMs,
  });
  return { url, method: "POST", headers: {}, fields, expiresAt };
}

/** The least and the most bytes to be accepted. */
function lengthRange(
  { size, maxBytes }: PrepareUploadOptions,
  { action, path }: { action: string; path: string },
): [number, number] {
  for (const [name, bytes] of Object.entries({ size, maxBytes })) {
    if (bytes !== undefined && (!Number.isSafeInteger(bytes) || bytes < 0)) {
      throw new InvalidArgumentError(`Cannot ${action}: "${name}" must be a whole number of at least 0`, { path });
    }
  }
  if (size === undefined && maxBytes === undefined) {
    throw new InvalidArgumentError(`Cannot ${action}: tell its "size", or the most bytes it may have as "maxBytes"`, {
      path,
    });
  }
  if (size === undefined) return [0, Math.min(maxBytes ?? 0, MAX_PART_BYTES)];
  if (size > (maxBytes ?? size)) {
    throw new FileTooLargeError(`Cannot ${action}: it has ${size} bytes, more than ${maxBytes}`, { path });
  }
  if (size > MAX_PART_BYTES) {
    const advice = `more than ${MAX_PART_BYTES} at once; use prepareMultipartUpload()`;
    throw new FileTooLargeError(`Cannot ${action}: it has ${size} bytes, ${advice}`, { path });
  }
  return [size, size];
}

const FILENAME_VARIABLE = "${filename}";
