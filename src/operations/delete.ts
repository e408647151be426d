import { FileNotFoundError, InvalidArgumentError, S3SourceError, show } from "../errors.ts";
import { withTaskPool } from "../async/task_pool.ts";
import { forPath, readErrorElement, toError } from "../s3/failure.ts";
import type { Grant } from "../s3/grant.ts";
import { contentMd5, sha256, toBase64, toHex } from "../hash/hash.ts";
import { assertFilePath } from "../s3/keys.ts";
import { isTransient } from "../s3/retry.ts";
import { childText, escapeXml, XML_NAMESPACE, type XmlElement } from "../s3/xml/xml.ts";
import type { DeleteManyResult, SignalOptions } from "../types/files.ts";
import {
  continueWithGrant,
  keyOf,
  type OperationContext,
  prefixOf,
  quote,
  sendsChecksums,
  withGrant,
} from "./operation_context.ts";
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

/** DeleteObject; a file that is not there is deleted. https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html */
export async function deleteObject(
  context: OperationContext,
  grant: Grant,
  { path, signal, ifMatch }: { path: string; signal: AbortSignal | undefined; ifMatch?: string | undefined },
): Promise<void> {
  try {
    await context.client.sendForHeaders({
      operation: "DeleteObject",
      action: `delete ${quote(path)}`,
      path,
      method: "DELETE",
      grant,
      key: keyOf(context, grant, path),
      ...ifMatch !== undefined && { headers: { "if-match": ifMatch } },
      signal,
    }, () => {});
  } catch (error) {
    if (!(error instanceof FileNotFoundError)) throw error;
  }
}

/** Any number of paths; not a string, which is an iterable of characters. */
export type Paths = (Iterable<string> | AsyncIterable<string>) & object;

/**
 * Deletes files, 1,000 per request, all in the folder of the initial grant.
 *
 * @param initial Default: the newest grant.
 */
export async function deleteMany(
  context: OperationContext,
  paths: Paths,
  { signal }: SignalOptions = {},
  initial?: Grant,
): Promise<DeleteManyResult> {
  if (!isList(paths)) {
    throw new InvalidArgumentError(`Cannot delete: the paths must be an iterable of strings, not ${show(paths)}`);
  }
  const listed = Symbol.asyncIterator in paths ? paths : [...new Set(paths)];
  // All known paths are checked before anything is deleted.
  if (Array.isArray(listed)) listed.forEach(assertPath);
  const first = initial ?? await context.grants.get({ signal });
  const check = (path: string) => keyOf(context, first, assertPath(path));
  if (Array.isArray(listed)) listed.forEach(check);
  let deletedCount = 0;
  const errors: S3SourceError[] = [];
  for await (const batch of toBatches(listed, check)) {
    try {
      const [path = ""] = batch;
      const failed = hasNoXml(path) || !context.traits.bulkDelete
        ? await deleteOneByOne(context, first, batch, signal)
        : await deleteAtOnce(context, first, batch, signal);
      deletedCount += batch.length - failed.length;
      errors.push(...failed);
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof S3SourceError)) throw error;
      const whole = actionOf(batch);
      errors.push(...batch.map((path) => forPath(error, { action: actionOf([path]), path }, whole)));
    }
  }
  return { deletedCount, errors };
}

function assertPath(path: unknown): string {
  if (typeof path === "object" && path !== null && "path" in path) {
    throw new InvalidArgumentError("Cannot delete: these are files, not paths; pass the `path` of each");
  }
  if (typeof path !== "string") throw new InvalidArgumentError(`Cannot delete: a path is a string, not ${show(path)}`);
  assertFilePath(path);
  return path;
}

/** Batches of up to 1,000 paths, each once; a path that XML cannot represent is a batch of its own. */
async function* toBatches(paths: Paths, check: (path: string) => void): AsyncGenerator<string[]> {
  const batch = new Set<string>();
  for await (const path of paths) {
    check(path);
    if (hasNoXml(path)) yield [path];
    else if (batch.add(path).size === MAX_KEYS) {
      yield [...batch];
      batch.clear();
    }
  }
  if (batch.size > 0) yield [...batch];
}

/** Deletes files with a request each, several at a time. Returns the failures, in the order of the paths. */
async function deleteOneByOne(
  context: OperationContext,
  initial: Grant,
  paths: readonly string[],
  signal: AbortSignal | undefined,
): Promise<S3SourceError[]> {
  const failures = new Map<string, S3SourceError>();
  await withTaskPool(context.upload.concurrency, signal, async (pool) => {
    for (const path of paths) {
      await pool.add(async () => {
        const operate = (grant: Grant) => deleteObject(context, grant, { path, signal: pool.signal });
        try {
          await continueWithGrant(context, initial, operate, pool.signal);
        } catch (error) {
          if (pool.signal.aborted || !(error instanceof S3SourceError)) throw error;
          failures.set(path, error);
        }
      });
    }
  });
  return paths.flatMap((path) => failures.get(path) ?? []);
}

/**
 * Deletes files with one request. Those that failed for the moment, or that the response does not name, are deleted once
 * more, one by one: the list may have been altered on its way, as not every store checks the digest of this request.
 */
async function deleteAtOnce(
  context: OperationContext,
  initial: Grant,
  paths: readonly string[],
  signal: AbortSignal | undefined,
): Promise<S3SourceError[]> {
  const operate = (grant: Grant) => deleteObjects(context, grant, paths, signal);
  const { failed, unnamed } = await continueWithGrant(context, initial, operate, signal);
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

/** DeleteObjects. https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html */
async function deleteObjects(
  context: OperationContext,
  grant: Grant,
  paths: readonly string[],
  signal: AbortSignal | undefined,
): Promise<{ failed: S3SourceError[]; unnamed: string[] }> {
  const objects = paths.map((path) => `<Object><Key>${escapeXml(keyOf(context, grant, path))}</Key></Object>`);
  const xml = `<Delete xmlns="${XML_NAMESPACE}">${objects.join("")}</Delete>`;
  const bytes = new TextEncoder().encode(xml);
  const digest = await sha256(bytes);
  const prefix = prefixOf(context, grant);
  // S3 requires one of them for this request.
  const integrity = sendsChecksums(context)
    ? { "x-amz-checksum-sha256": toBase64(digest) }
    : { "content-md5": await contentMd5(bytes) };
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

function actionOf([path = "", ...others]: readonly string[]): string {
  return others.length === 0 ? `delete ${quote(path)}` : `delete ${others.length + 1} files`;
}

const MAX_KEYS = 1000;

/** Whether a value is iterable, but neither a string, also as an object, nor bytes. */
function isList(value: unknown): boolean {
  const isObject = typeof value === "object" && value !== null && !ArrayBuffer.isView(value) &&
    !(value instanceof String);
  return isObject && (Symbol.iterator in value || Symbol.asyncIterator in value);
}

/** Whether a path has characters that are allowed in keys but not in XML. https://www.w3.org/TR/xml/#charsets */
function hasNoXml(path: string): boolean {
  return /[\ufffe\uffff]/.test(path);
}
