import { FileNotFoundError, S3SourceError } from "../errors.ts";
import { readErrorElement } from "../s3/error_response.ts";
import { toError } from "../s3/failure.ts";
import type { Grant } from "../s3/grant.ts";
import { contentMd5, sha256, toBase64, toHex } from "../hash/hash.ts";
import { isUnsupported } from "../s3/unsupported.ts";
import { isTransient } from "../s3/retry.ts";
import { childText, escapeXml, XML_NAMESPACE, type XmlElement } from "../s3/xml/xml.ts";
import { deleteOneByOne } from "./delete_object.ts";
import { invalidResponse } from "../s3/invalid_response.ts";
import { learn } from "../s3/lessons.ts";
import { continueWithGrant, keyOf, type OperationContext, prefixOf, quote } from "./operation_context.ts";

/**
 * Deletes files with one request, or one by one if the store has no such request. Those that failed for the
 * moment, or that the response does not name, are deleted once more, one by one: the list may have been altered on its
 * way, as not every store checks the digest of this request.
 *
 * @returns The failures.
 */
export async function deleteAtOnce(
  context: OperationContext,
  initial: Grant,
  paths: readonly string[],
  signal: AbortSignal | undefined,
): Promise<S3SourceError[]> {
  const outcome = await askForAll(context, initial, paths, signal);
  if (outcome instanceof S3SourceError) return await tryOneByOne(context, initial, paths, { refusal: outcome, signal });
  const { failed, unnamed } = outcome;
  const [path] = unnamed;
  if (path !== undefined) {
    const message = `The response of DeleteObjects does not name ${unnamed.length} of ${paths.length} files, such as ${
      quote(path)
    }; they are deleted one by one`;
    context.emit?.({ type: "warning", code: "UnnamedFiles", message });
  }
  const busy = failed.filter(isTransient).flatMap(({ path = [] }) => path);
  const again = new Set([...busy, ...unnamed]);
  if (again.size === 0) return failed;
  const final = failed.filter(({ path = "" }) => !again.has(path));
  return [...final, ...await deleteOneByOne(context, initial, [...again], signal)];
}

/** Sends the request, with Content-MD5 if the store wants that. Returns the error of a store that may not know it. */
async function askForAll(
  context: OperationContext,
  initial: Grant,
  paths: readonly string[],
  signal: AbortSignal | undefined,
): Promise<Outcome | S3SourceError> {
  const { traits } = context;
  const send = (hasMd5: boolean) =>
    continueWithGrant(context, initial, (grant) => deleteObjects(context, grant, paths, { hasMd5, signal }), signal);
  const { deleteMd5, checksums } = traits.known;
  const hasMd5 = deleteMd5 || checksums !== "sha256";
  try {
    return await send(hasMd5);
  } catch (error) {
    if (!isNoBulkDelete(error)) throw error;
    if (hasMd5 || error.status !== 400) return error;
    const second = await send(true).catch((error) => {
      if (isNoBulkDelete(error)) return error;
      throw error;
    });
    if (second instanceof S3SourceError) return error;
    learn(traits, "deleteMd5", true);
    return second;
  }
}

/** Deletes the first file on its own; if the store does that, the others too. */
async function tryOneByOne(
  context: OperationContext,
  initial: Grant,
  paths: readonly string[],
  { refusal, signal }: { refusal: S3SourceError; signal: AbortSignal | undefined },
): Promise<S3SourceError[]> {
  const { traits } = context;
  if (traits.known.bulkDelete && traits.fixedBy("bulkDelete") !== undefined) throw refusal;
  const failed = await deleteOneByOne(context, initial, paths.slice(0, 1), signal);
  if (failed.some(isNoBulkDelete)) throw refusal;
  const others = await deleteOneByOne(context, initial, paths.slice(1), signal);
  if (failed.length + others.length < paths.length) learn(traits, "bulkDelete", false);
  return [...failed, ...others];
}

/** Whether the store may not have DeleteObjects, or want another digest. Some take it for a form, which it is not. */
function isNoBulkDelete(error: unknown): error is S3SourceError {
  if (!(error instanceof S3SourceError) || error.status === 403) return false;
  return isUnsupported(error) || error.code === "MissingContentMD5" || error.message.includes("multipart/form-data");
}

interface Outcome {
  readonly failed: S3SourceError[];
  /** Paths that the response does not name. */
  readonly unnamed: string[];
}

/** DeleteObjects. https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html */
async function deleteObjects(
  context: OperationContext,
  grant: Grant,
  paths: readonly string[],
  { hasMd5, signal }: { hasMd5: boolean; signal: AbortSignal | undefined },
): Promise<Outcome> {
  const objects = paths.map((path) => `<Object><Key>${escapeXml(keyOf(context, grant, path))}</Key></Object>`);
  const xml = `<Delete xmlns="${XML_NAMESPACE}">${objects.join("")}</Delete>`;
  const bytes = new TextEncoder().encode(xml);
  const digest = await sha256(bytes);
  const prefix = prefixOf(context, grant);
  // S3 requires one of them for this request.
  const integrity = hasMd5 ? { "content-md5": await contentMd5(bytes) } : { "x-amz-checksum-sha256": toBase64(digest) };
  return await context.client.sendForXml({
    operation: "DeleteObjects",
    action: actionOf(paths),
    method: "POST",
    grant,
    query: { delete: "" },
    headers: { ...integrity, "content-type": "application/xml" },
    body: { bytes, sha256Hex: toHex(digest) },
    signal,
  }, ({ root }) => {
    if (root.name !== "DeleteResult") throw invalidResponse("it is not a DeleteResult");
    const outcomes = new Map<string | undefined, XmlElement>();
    for (const element of root.children) {
      if (element.name !== "Error" && element.name !== "Deleted") continue;
      const key = childText(element, "Key");
      // Of several outcomes for a key, the error counts.
      if (outcomes.get(key)?.name !== "Error") outcomes.set(key, element);
    }
    const unnamed = paths.filter((path) => !outcomes.has(prefix + path));
    const failed = paths.flatMap((path) => {
      const outcome = outcomes.get(prefix + path);
      if (outcome?.name !== "Error") return [];
      const error = toError(readErrorElement(outcome), { action: actionOf([path]), path }, grant.credentials);
      return error instanceof FileNotFoundError ? [] : [error];
    });
    return { failed, unnamed };
  });
}

/** The action in messages. */
export function actionOf([path = "", ...others]: readonly string[]): string {
  return others.length === 0 ? `delete ${quote(path)}` : `delete ${others.length + 1} files`;
}
