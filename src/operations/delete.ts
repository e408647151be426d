import { InvalidArgumentError, S3SourceError, ServiceError, show } from "../errors.ts";
import { readToken, safeMessage, unlessKey } from "../s3/failure.ts";
import type { Grant } from "../s3/grant.ts";
import { contentMd5, sha256, toBase64, toHex } from "../hash/hash.ts";
import { assertFilePath } from "../s3/keys.ts";
import { childText, escapeXml, XML_NAMESPACE, type XmlElement } from "../s3/xml/xml.ts";
import type { DeleteManyResult, SignalOptions } from "../types/files.ts";
import { continueWithGrant, keyOf, type OperationContext, prefixOf, quote, withGrant } from "./context.ts";

/** Deletes a file; a missing one is no error. */
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

/** Deletes files of one folder, 1,000 a request: should the grant move on meanwhile, the rest is not deleted elsewhere. */
export async function deleteMany(
  context: OperationContext,
  paths: Iterable<string>,
  { signal }: SignalOptions = {},
): Promise<DeleteManyResult> {
  if (!isList(paths)) {
    throw new InvalidArgumentError(`Cannot delete: the paths must be a list of paths, but are ${show(paths)}`);
  }
  const all = [...new Set(paths)];
  for (const path of all) assertFilePath(path);
  const begun = await context.grants.get({ signal });
  for (const path of all) keyOf(context, begun, path);
  const result: DeleteManyResult = { deleted: [], errors: [] };
  for (const batch of toBatches(all)) {
    try {
      const { deleted, errors } = await continueWithGrant(
        context,
        begun,
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

/** Up to 1,000 paths each; one alone where XML cannot name it. */
function toBatches(paths: readonly string[]): string[][] {
  const [alone, together] = [paths.filter(isUnnameable), paths.filter((path) => !isUnnameable(path))];
  const batches = alone.map((path) => [path]);
  for (let start = 0; start < together.length; start += MAX_KEYS) batches.push(together.slice(start, start + MAX_KEYS));
  return batches;
}

async function deleteBatch(
  context: OperationContext,
  grant: Grant,
  paths: readonly string[],
  signal: AbortSignal | undefined,
): Promise<DeleteManyResult> {
  const [path = ""] = paths;
  if (!isUnnameable(path)) return await deleteObjects(context, grant, paths, signal);
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
  // S3 insists on one or the other for this request.
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
    const answers = new Map<string | undefined, XmlElement>();
    for (const element of root.children) {
      // What else it speaks of was not asked for; of several answers an error counts.
      if (element.name === "Error" || element.name === "Deleted") {
        const key = childText(element, "Key");
        if (answers.get(key)?.name !== "Error") answers.set(key, element);
      }
    }
    const result: DeleteManyResult = { deleted: [], errors: [] };
    for (const path of paths) {
      const answer = answers.get(prefix + path);
      // What arrived may be another list than was sent: not every store checks the digests of this request.
      if (answer === undefined) {
        throw new ServiceError("the answer does not speak of every file", { code: "InvalidResponse" });
      }
      if (answer.name === "Error") result.errors.push({ path, ...readError(answer, grant) });
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

/** Whether a value can be iterated, and is no text or bytes, which can be as well. */
function isList(value: unknown): value is Iterable<unknown> {
  return typeof value === "object" && value !== null && Symbol.iterator in value && !ArrayBuffer.isView(value);
}

/** Whether a path has characters that a key may have but no XML document. https://www.w3.org/TR/xml/#charsets */
function isUnnameable(path: string): boolean {
  return /[\ufffe\uffff]/.test(path);
}
