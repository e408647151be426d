import { FileTooLargeError } from "../errors.ts";
import { assertFilePath } from "../s3/keys.ts";
import { presignForm, presignUrl } from "../s3/sign/signed_urls.ts";
import type { PreparedUpload, PrepareUploadOptions } from "../types/direct_uploads.ts";
import { type FilePurpose, refusal } from "./file_purpose.ts";
import { storageHeaders } from "./storage_headers.ts";
import { keyOf, type OperationContext, quote } from "./operation_context.ts";
import { toConditionHeaders, toObjectHeaders } from "./object_headers.ts";
import { MAX_PART_BYTES } from "./part_plan.ts";
import { grantToSignWith, type SigningGrant } from "./signing_grant.ts";

/** Signs a form or a PUT with which someone else can store a file. Sends nothing to the store. */
export async function prepareUpload(
  context: OperationContext,
  path: string,
  options: PrepareUploadOptions,
): Promise<PreparedUpload> {
  assertFilePath(path);
  const { method = context.store.isAws ? "POST" : "PUT", expiresInSeconds = 300, signal } = options;
  const purpose = { action: `prepare the upload of ${quote(path)}`, path };
  const [least, most] = lengthRange(options, purpose);
  if (method === "PUT" && least !== most) {
    throw refusal(
      purpose,
      'a signed PUT needs the exact "size", not only "maxBytes"; pass the size, or use the method "POST"',
    );
  }
  if (method === "POST" && options.ifNoneMatch !== undefined) {
    throw refusal(purpose, 'a form cannot have "ifNoneMatch"; use the method "PUT"');
  }
  const headers = {
    ...toObjectHeaders(purpose, options),
    ...storageHeaders(context.upload, options),
    ...toConditionHeaders(context, purpose, options),
  };
  const assertFixed = (key: string) => {
    if (method === "POST" && key.includes(FILENAME_VARIABLE)) {
      throw refusal(
        purpose,
        `in a form, S3 replaces "${FILENAME_VARIABLE}" with the file's name; use the method "PUT"`,
      );
    }
  };
  assertFixed(context.scope + path);
  const signing = await grantToSignWith(context, { action: purpose.action, expiresInSeconds, signal });
  const key = keyOf(context, signing.grant, path);
  assertFixed(key);
  return method === "PUT"
    ? preparePut(context, signing, { key, headers, size: most })
    : preparePost(context, signing, { key, headers, lengthRange: [least, most] });
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html */
function preparePut(
  context: OperationContext,
  signing: SigningGrant,
  { key, headers, size }: { key: string; headers: Record<string, string>; size: number },
): PreparedUpload {
  const url = presignUrl(context.store, {
    ...signing,
    method: "PUT",
    key,
    headers: { ...headers, "content-length": String(size) },
  });
  return { url, method: "PUT", headers, fields: {}, expiresAt: signing.expiresAt };
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTForms.html */
function preparePost(
  context: OperationContext,
  signing: SigningGrant,
  { key, headers, lengthRange }: { key: string; headers: Record<string, string>; lengthRange: [number, number] },
): PreparedUpload {
  const named = Object.entries(headers).map(([name, value]) => [FIELD_NAMES.get(name) ?? name, value]);
  const { url, fields } = presignForm(context.store, {
    ...signing,
    fields: { key, ...Object.fromEntries(named) },
    lengthRange,
  });
  return { url, method: "POST", headers: context.store.payment, fields, expiresAt: signing.expiresAt };
}

/** The names that S3 documents for these fields. */
const FIELD_NAMES: ReadonlyMap<string, string> = new Map([
  ["cache-control", "Cache-Control"],
  ["content-disposition", "Content-Disposition"],
  ["content-type", "Content-Type"],
]);

/** The fewest and the most bytes to accept. */
function lengthRange(
  { size, maxBytes }: PrepareUploadOptions,
  purpose: FilePurpose,
): [number, number] {
  if (size === undefined) {
    if (maxBytes !== undefined) return [0, Math.min(maxBytes, MAX_PART_BYTES)];
    throw refusal(purpose, 'pass its "size", or its largest size as "maxBytes"');
  }
  const { action, path } = purpose;
  if (size > (maxBytes ?? size)) {
    throw new FileTooLargeError(`Cannot ${action}: it has ${size} bytes, more than ${maxBytes}`, { path });
  }
  if (size > MAX_PART_BYTES) {
    const advice = `more than ${MAX_PART_BYTES} in one request; use prepareMultipartUpload()`;
    throw new FileTooLargeError(`Cannot ${action}: it has ${size} bytes, ${advice}`, { path });
  }
  return [size, size];
}

const FILENAME_VARIABLE = "${filename}";
