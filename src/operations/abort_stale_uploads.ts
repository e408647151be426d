import { InvalidArgumentError } from "../errors.ts";
import type { AbortedUpload, AbortStaleUploadsOptions } from "../types/direct_uploads.ts";
import type { Grant } from "../s3/grant.ts";
import { pathProblem } from "../s3/keys.ts";
import { type ListedUpload, readUploadsPage, type UploadsMarker, type UploadsPage } from "../s3/xml/multipart_xml.ts";
import { continueWithGrant, keyOf, type OperationContext, prefixOf, quote } from "./context.ts";
import { abortMultipart, isGone } from "./multipart.ts";
import { createPageGuard } from "./page_guard.ts";
import { createTaskPool } from "../async/task_pool.ts";

/** Removes the parts of uploads that were given up, in the source's own folder. */
export async function abortStaleUploads(
  context: OperationContext,
  { olderThanSeconds, signal }: AbortStaleUploadsOptions,
): Promise<AbortedUpload[]> {
  if (!Number.isSafeInteger(olderThanSeconds) || olderThanSeconds < 0) {
    throw new InvalidArgumentError(
      'Cannot remove stale uploads: "olderThanSeconds" must be a whole number of at least 0',
    );
  }
  const begun = await context.grants.get({ signal });
  const limitMs = context.clock.now() - olderThanSeconds * 1000;
  // All are found before the first is removed: where a listing goes on is told by an upload that must still be there.
  const found = await listUploads(context, begun, signal);
  const stale = toOwn(context, begun, found).filter(({ initiated }) => initiated.getTime() <= limitMs);
  const pool = createTaskPool(context.upload.concurrency, signal);
  const aborted: AbortedUpload[] = [];
  try {
    for (const upload of stale) {
      await pool.add(async () => {
        if (await abortOne(context, begun, upload, pool.signal)) aborted.push(upload);
      });
    }
    await pool.finish();
  } catch (error) {
    await pool.stop(error);
    throw error;
  }
  return aborted;
}

async function listUploads(
  context: OperationContext,
  begun: Grant,
  signal: AbortSignal | undefined,
): Promise<ListedUpload[]> {
  const uploads: ListedUpload[] = [];
  const pages = createPageGuard("list unfinished uploads");
  let marker: UploadsMarker | undefined;
  do {
    const last: UploadsMarker | undefined = marker;
    const page: UploadsPage = await continueWithGrant(
      context,
      begun,
      (grant) => fetchPage(context, grant, last, signal),
      signal,
    );
    // One by one: a page may have more than a call can have arguments.
    for (const upload of page.uploads) uploads.push(upload);
    marker = page.next;
    pages.add(page.uploads.length, marker && `${marker.key}\0${marker.uploadId}`);
  } while (marker !== undefined);
  return uploads;
}

/** ListMultipartUploads. https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListMultipartUploads.html */
async function fetchPage(
  context: OperationContext,
  grant: Grant,
  marker: UploadsMarker | undefined,
  signal: AbortSignal | undefined,
): Promise<UploadsPage> {
  const prefix = prefixOf(context, grant);
  return await context.client.sendForXml({
    operation: "ListMultipartUploads",
    action: "list unfinished uploads",
    method: "GET",
    grant,
    // Without `encoding-type`: SeaweedFS 4.48 would say that keys are encoded, and not encode them.
    query: {
      uploads: "",
      ...prefix !== "" && { prefix },
      ...marker?.key && { "key-marker": marker.key },
      ...marker?.uploadId && { "upload-id-marker": marker.uploadId },
    },
    signal,
  }, ({ root }) => readUploadsPage(root));
}

/** What lies in the source's folder, whatever the store returned; the rest is reported. */
function toOwn(context: OperationContext, grant: Grant, uploads: readonly ListedUpload[]): AbortedUpload[] {
  const prefix = prefixOf(context, grant);
  return uploads.flatMap(({ key, uploadId, initiated }) => {
    const path = key.slice(prefix.length);
    const isInside = key.startsWith(prefix);
    const problem = !isInside ? "it is outside the prefix" : path === "" ? "it is the folder's own" : pathProblem(path);
    if (problem === undefined) return [{ path, uploadId, initiated }];
    const code = isInside ? "UnusableKey" : "KeyOutsidePrefix";
    context.emit?.({ type: "warning", code, message: `The upload of the key ${quote(key)} is left alone: ${problem}` });
    return [];
  });
}

/** Whether it was still there. */
async function abortOne(
  context: OperationContext,
  begun: Grant,
  { path, uploadId }: AbortedUpload,
  signal: AbortSignal,
): Promise<boolean> {
  const purpose = { action: `remove the unfinished upload of ${quote(path)}`, path };
  try {
    await continueWithGrant(
      context,
      begun,
      (grant) => abortMultipart(context, grant, { purpose, key: keyOf(context, grant, path), uploadId, signal }),
      signal,
    );
    return true;
  } catch (error) {
    if (isGone(error)) return false;
    throw error;
  }
}
