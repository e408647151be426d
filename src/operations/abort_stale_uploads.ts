import { withTaskPool } from "../async/task_pool.ts";
import type { AbortedUpload, AbortStaleUploadsOptions } from "../types/direct_uploads.ts";
import type { Grant } from "../s3/grant.ts";
import { note } from "../s3/xml/list_xml.ts";
import { type ListedUpload, readUploadsPage, type UploadsMarker, type UploadsPage } from "../s3/xml/multipart_xml.ts";
import { continueWithGrant, keyOf, type OperationContext, prefixOf, quote } from "./operation_context.ts";
import { listedPath, warnOfProblems } from "./listed_path.ts";
import { abortMultipart, isUploadGone } from "./multipart.ts";
import { createPageGuard } from "./page_guard.ts";

/** Aborts the abandoned multipart uploads in the source's folder. */
export async function abortStaleUploads(
  context: OperationContext,
  { olderThanSeconds, signal }: AbortStaleUploadsOptions,
): Promise<AbortedUpload[]> {
  const initial = await context.grants.get({ signal });
  const latestMs = context.clock.now() - olderThanSeconds * 1000;
  // All pages are read before the first upload is aborted: a page's marker must name an upload that still exists.
  const listed = await listUploads(context, initial, signal);
  const stale = inOwnFolder(context, initial, listed).filter(({ startedAt }) => startedAt.getTime() <= latestMs);
  const aborted: AbortedUpload[] = [];
  await withTaskPool(context.upload.concurrency, signal, async (pool) => {
    for (const upload of stale) {
      await pool.add(async () => {
        if (await abortOne(context, initial, upload, pool.signal)) aborted.push(upload);
      });
    }
  });
  return aborted;
}

/** ListMultipartUploads, all pages. https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListMultipartUploads.html */
async function listUploads(
  context: OperationContext,
  initial: Grant,
  signal: AbortSignal | undefined,
): Promise<ListedUpload[]> {
  const uploads: ListedUpload[] = [];
  const action = "list unfinished uploads";
  const prefix = prefixOf(context, initial);
  const pages = createPageGuard(action);
  const problems = new Map<string, string>();
  let marker: UploadsMarker | undefined;
  do {
    // Without `encoding-type`: SeaweedFS 4.48 would claim that keys are encoded, and not encode them.
    const query = {
      uploads: "",
      ...prefix !== "" && { prefix },
      ...marker?.key && { "key-marker": marker.key },
      ...marker?.uploadId && { "upload-id-marker": marker.uploadId },
    };
    const page: UploadsPage = await continueWithGrant(context, initial, (grant) =>
      context.client.sendForXml({
        operation: "ListMultipartUploads",
        action,
        method: "GET",
        grant,
        query,
        signal,
      }, ({ root }) => readUploadsPage(root)), signal).catch((error) => {
        // Without any upload in the whole bucket, gofakes3 1.2.0 answers that there is no such upload.
        if (isUploadGone(error)) return NO_UPLOADS;
        throw error;
      });
    // One by one: a page may have more uploads than a call can have arguments.
    for (const upload of page.uploads) uploads.push(upload);
    for (const [reason, key] of page.problems) note(problems, reason, key);
    marker = page.next;
    const content = {
      count: page.uploads.length,
      first: page.uploads[0]?.uploadId,
      last: page.uploads.at(-1)?.uploadId,
    };
    pages.add(content, marker && `${marker.key}\0${marker.uploadId}`);
  } while (marker !== undefined);
  warnOfProblems(context, "The listing of unfinished uploads", problems);
  return uploads;
}

const NO_UPLOADS: UploadsPage = { uploads: [], problems: new Map() };

/** The uploads below the source's prefix, whatever else the store lists. */
function inOwnFolder(context: OperationContext, grant: Grant, uploads: readonly ListedUpload[]): AbortedUpload[] {
  const prefix = prefixOf(context, grant);
  return uploads.flatMap(({ key, uploadId, initiated }) => {
    const path = listedPath(context, key, { prefix, listed: prefix, subject: "The unfinished upload of" });
    return path === undefined ? [] : [{ path, uploadId, startedAt: initiated }];
  });
}

/** Returns whether the upload still existed. */
async function abortOne(
  context: OperationContext,
  initial: Grant,
  { path, uploadId }: AbortedUpload,
  signal: AbortSignal,
): Promise<boolean> {
  const purpose = { action: `remove the unfinished upload of ${quote(path)}`, path };
  try {
    await continueWithGrant(
      context,
      initial,
      (grant) => abortMultipart(context, grant, { purpose, key: keyOf(context, grant, path), uploadId, signal }),
      signal,
    );
    return true;
  } catch (error) {
    if (isUploadGone(error)) return false;
    throw error;
  }
}
