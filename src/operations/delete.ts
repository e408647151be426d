import { InvalidArgumentError, S3SourceError, show } from "../errors.ts";
import { readToken, safeMessage, unlessKey } from "../s3/failure.ts";
import type { Grant } from "../s3/grant.ts";
import { contentMd5, sha256, toBase64, toHex } from "../hash/hash.ts";
import { assertFilePath } from "../s3/keys.ts";
import { childText, escapeXml, XML_NAMESPACE, type XmlElement } from "../s3/xml/xml.ts";
import type { DeleteManyResult, SignalOptions } from "../types/files.ts";
import { continueWithGrant, keyOf, type OperationContext, prefixOf, quote, withGrant } from "./operation_context.ts";
import { invalidResponse } from "./invalid_response.ts";

/** Deletes a file. */
export async function deleteFile(
  context: OperationContext,
  path: string,
  { signal }: SignalOptions = {},
): Promise<void> {
  assertFilePath(path);
  await withGrant(context, (grant) => deleteObject(context, grant, { path, signal }), signal);
}

/** DeleteObject. https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html */
export async function deleteObject(
  context: OperationContext,
  grant: Grant,
  { path, signal, ifMatch }: { path: string; signal: AbortSignal | undefined; ifMatch?: string | undefined },
): Promise<void> {
  await context.client.send({
    operation: "DeleteObject",
    action: `delete ${quote(path)}`,
    path,
    method: "DELETE",
    grant,
    key: keyOf(context, grant, path),
    ...ifMatch !== undefined && { headers: { "if-match": ifMatch } },
    signal,
  }, (exchange) => exchange.drain());
}

/** Deletes files, 1,000 per request, all in the folder of the initial grant. */
export async function deleteMany(
  context: OperationContext,
  paths: Iterable<string>,
  { signal }: SignalOptions = {},
): Promise<DeleteManyResult> {
  if (!isList(paths)) {
    throw new InvalidArgumentError(`Cannot delete: the paths must be a list, not ${show(paths)}`);
  }
  const all = [...new Set(paths)];
  for (const path of all) assertFilePath(path);
  const initial = await context.grants.get({ signal });
  // Rejects keys that are too long before anything is deleted.
  for (const path of all) keyOf(context, initial, path);
  const result: DeleteManyResult = { deleted: [], errors: [] };
  for (const batch of toBatches(all)) {
    try {
      const { deleted, errors } = await continueWithGrant(
        context,
        initial,
        (grant) => deleteBatch(context, grant, batch, signal),
        signal,
      );
      result.deleted.push(...deleted);
      result.errors.push(...errors);
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof S3SourceError)) throw error;
      result.errors.push(...batch.map((path) => ({ path, code: error.code, message: error.message })));
    }
  }
  return result;
}

/** Batches of up to 1,000 paths; a path that XML cannot represent is a batch of its own. */
function toBatches(paths: readonly string[]): string[][] {
  const batches = paths.filter(hasNoXml).map((path) => [path]);
  const others = paths.filter((path) => !hasNoXml(path));
  for (let start = 0; start < others.length; start += MAX_KEYS) batches.push(others.slice(start, start + MAX_KEYS));
  return batches;
}

async function deleteBatch(
  context: OperationContext,
  grant: Grant,
  paths: readonly string[],
  signal: AbortSignal | undefined,
): Promise<DeleteManyResult> {
  const [path = ""] = paths;
  if (!hasNoXml(path)) return await deleteObjects(context, grant, paths, signal);
  await deleteObject(context, grant, { path, signal });
  return { deleted: [path], errors: [] };
}

/** DeleteObjects. https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html */
async function deleteObjects(
  context: OperationContext,
  grant: Grant,
  paths: readonly string[],
  signal: AbortSignal | undefined,
): Promise<DeleteManyResult> {
  const objects = paths.map((path) => `<Object><Key>${escapeXml(keyOf(context, grant, path))}</Key></Object>`);
  const xml = `<Delete xmlns="${XML_NAMESPACE}">${objects.join("")}</Delete>`;
  const bytes = new TextEncoder().encode(xml);
  const digest = await sha256(bytes);
  const prefix = prefixOf(context, grant);
  // S3 requires one of them for this request.
  const integrity = context.upload.sendChecksums
    ? { "x-amz-checksum-sha256": toBase64(digest) }
    : { "content-md5": await contentMd5(bytes) };
  return await context.client.sendForXml({
    operation: "DeleteObjects",
    action: `delete ${paths.length} files`,
    method: "POST",
    grant,
    query: { delete: "" },
    headers: { ...integrity, "content-type": "application/xml" },
    body: { bytes, sha256Hex: toHex(digest) },
    signal,
  }, ({ root }) => {
    const outcomes = new Map<string | undefined, XmlElement>();
    for (const element of root.children) {
      if (element.name !== "Error" && element.name !== "Deleted") continue;
      const key = childText(element, "Key");
      // Of several outcomes for a key, the error counts.
      if (outcomes.get(key)?.name !== "Error") outcomes.set(key, element);
    }
    const result: DeleteManyResult = { deleted: [], errors: [] };
    for (const path of paths) {
      const outcome = outcomes.get(prefix + path);
      // The list may have been altered on its way: not every store checks the digest of this request.
      if (outcome === undefined) throw invalidResponse("it does not mention every file");
      if (outcome.name === "Error") result.errors.push({ path, ...readError(outcome, grant) });
      else result.deleted.push(path);
    }
    return result;
  });
}

function readError(error: XmlElement, { credentials }: Grant): { code: string; message: string } {
  return {
    code: unlessKey(readToken(childText(error, "Code")), credentials) ?? "UnknownError",
    message: safeMessage(childText(error, "Message"), credentials),
  };
}

const MAX_KEYS = 1000;

/** Whether a value is iterable, but neither a string nor bytes. */
function isList(value: unknown): value is Iterable<unknown> {
  return typeof value === "object" && value !== null && Symbol.iterator in value && !ArrayBuffer.isView(value);
}

/** Whether a path has characters that are allowed in keys but not in XML. https://www.w3.org/TR/xml/#charsets */
function hasNoXml(path: string): boolean {
  return /[\ufffe\uffff]/.test(path);
}
