import { FileNotFoundError, InvalidArgumentError, PreconditionFailedError } from "../errors.ts";
import type { CopyOptions } from "../types/files.ts";
import type { Purpose } from "../s3/failure.ts";
import type { Grant } from "../s3/grant.ts";
import { readEtag } from "../s3/headers.ts";
import { assertFilePath, baseName, encodeKey } from "../s3/keys.ts";
import { childText, type XmlElement } from "../s3/xml/xml.ts";
import type { FileInfo, SignalOptions } from "../types/files.ts";
import { continueWithGrant, keyOf, type OperationContext, quote, withGrant } from "./context.ts";
import { deleteObject } from "./delete.ts";
import { type Part, partRequest, required, withMultipart } from "./multipart.ts";
import { METADATA_PREFIX, readMetadata } from "./file_info.ts";
import { toMetadataHeaders } from "./object_headers.ts";
import { planParts } from "./part_plan.ts";
import { headObject } from "./stat.ts";
import { DIGEST_HEADER } from "./stored_checksum.ts";

/** The limits of a copy, which a test can lower. */
export interface CopyLimits extends CopyOptions {
  /** The largest file that is copied by one request. Default 5 GiB, S3's own limit. */
  maxCopyBytes?: number;
  /** Bytes in a part of a larger one. Default 512 MiB. */
  partSizeBytes?: number;
}

/** Copies a file within the source; the store does it. */
export async function copy(
  context: OperationContext,
  from: string,
  to: string,
  limits: CopyLimits = {},
): Promise<FileInfo> {
  const job = prepare(from, to, limits);
  return await withGrant(context, async (grant) => (await copyWithin(context, grant, job)).info, limits.signal);
}

/**
 * Copies a file, then deletes the original, unless it has changed meanwhile; both in the same folder of the same bucket.
 *
 * @throws {PreconditionFailedError} If the original has changed: it is kept, and the copy as well.
 */
export async function move(
  context: OperationContext,
  from: string,
  to: string,
  { signal }: SignalOptions = {},
): Promise<FileInfo> {
  const job = prepare(from, to, { signal });
  return await withGrant(context, async (grant) => {
    const { info, copiedEtag } = await copyWithin(context, grant, job);
    const remove = (newest: Grant) => deleteCopied(context, newest, { path: from, copiedEtag, job });
    await continueWithGrant(context, grant, remove, signal);
    return info;
  }, signal);
}

/**
 * Deletes what was copied and nothing else. Not every store obeys a condition of DeleteObject, so that it is looked at right before;
 * AWS does. https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-deletes.html
 */
async function deleteCopied(
  context: OperationContext,
  grant: Grant,
  { path, copiedEtag, job }: { path: string; copiedEtag: string | undefined; job: CopyJob },
): Promise<void> {
  const { signal, to } = job;
  const changed = () =>
    new PreconditionFailedError(
      `Cannot move ${quote(path)} to ${
        quote(to)
      }: it was changed while it was copied, and is still there, beside the copy`,
      { path },
    );
  const assertUnchanged = async () => {
    const { info } = await headObject(context, grant, { path, action: job.purpose.action, signal });
    if (info.etag !== copiedEtag) throw changed();
  };
  try {
    if (!context.store.isAws && copiedEtag !== undefined) await assertUnchanged();
    await deleteObject(context, grant, { path, signal, ifMatch: copiedEtag }).catch(async (error) => {
      // A store may answer so as well where an earlier try, whose answer was lost, has deleted it.
      if (error instanceof PreconditionFailedError) await assertUnchanged();
      throw error instanceof PreconditionFailedError ? changed() : error;
    });
  } catch (error) {
    // It is gone already, which is what was wanted.
    if (!(error instanceof FileNotFoundError)) throw error;
  }
}

interface CopyJob {
  readonly from: string;
  readonly to: string;
  readonly maxCopyBytes: number;
  readonly partSizeBytes: number;
  /** In place of the original's; absent to keep that. */
  readonly metadata: Readonly<Record<string, string>> | undefined;
  readonly purpose: Purpose;
  readonly signal: AbortSignal | undefined;
}

function prepare(
  from: string,
  to: string,
  { maxCopyBytes = 5 * GIB, partSizeBytes = GIB / 2, metadata, signal }: CopyLimits,
): CopyJob {
  assertFilePath(from);
  assertFilePath(to);
  if (from === to && metadata === undefined) {
    throw new InvalidArgumentError(`Cannot copy ${quote(from)} to itself`, { path: from });
  }
  const purpose = { action: `copy ${quote(from)} to ${quote(to)}`, path: from };
  return { from, to, maxCopyBytes, partSizeBytes, metadata: metadata && toMetadataHeaders(metadata), purpose, signal };
}

/** The copy, and which version of the original it is of. */
async function copyWithin(
  context: OperationContext,
  grant: Grant,
  job: CopyJob,
): Promise<{ info: FileInfo; copiedEtag: string | undefined }> {
  const { from: path, to, purpose: { action }, signal } = job;
  const { info: original, headers } = await headObject(context, grant, { path, action, signal });
  const stored = storedHeaders(headers, job.metadata);
  const copied = original.size <= job.maxCopyBytes
    ? await copyWhole(context, grant, { ...job, original, headers: stored })
    : await copyParts(context, grant, { ...job, original, headers: stored });
  // When the copy was made is known only where the store says so.
  const { lastModified: _, ...facts } = original;
  const metadata = job.metadata && readMetadata(new Headers(stored));
  const info = { ...facts, ...metadata && { metadata }, path: to, name: baseName(to), ...copied };
  return { info, copiedEtag: original.etag };
}

/** CopyObject. https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html */
async function copyWhole(
  context: OperationContext,
  grant: Grant,
  job: CopyJob & { original: FileInfo; headers: Record<string, string> },
): Promise<Partial<FileInfo>> {
  // Replacing replaces everything that is stored beside the bytes.
  const facts = job.metadata === undefined ? {} : { ...job.headers, "x-amz-metadata-directive": "REPLACE" };
  return await context.client.sendForXml({
    ...job.purpose,
    operation: "CopyObject",
    method: "PUT",
    grant,
    key: keyOf(context, grant, job.to),
    headers: { ...sourceHeaders(context, grant, job), ...facts },
    storeBytes: job.original.size,
    signal: job.signal,
  }, ({ root }) => readCopyResult(root));
}

/** UploadPartCopy, for what is too large for one request. https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPartCopy.html */
async function copyParts(
  context: OperationContext,
  begun: Grant,
  job: CopyJob & { original: FileInfo; headers: Record<string, string> },
): Promise<Partial<FileInfo>> {
  const { to, original, headers, purpose, signal } = job;
  const partSizeBytes = planParts(original.size, { partSizeBytes: job.partSizeBytes, equalParts: true }).sizeOf(1);
  const target = { purpose, path: to, begun, headers, signal };
  const { etag } = await withMultipart(context, target, async (multipart, pool) => {
    const parts: Part[] = [];
    for (let offset = 0, index = 0; offset < original.size; offset += partSizeBytes, index++) {
      const last = Math.min(offset + partSizeBytes, original.size) - 1;
      await pool.add(async () => {
        parts[index] = await continueWithGrant(context, multipart.grant, (grant) =>
          context.client.sendForXml({
            operation: "UploadPartCopy",
            ...partRequest(multipart, index + 1),
            grant,
            headers: { ...sourceHeaders(context, grant, job), "x-amz-copy-source-range": `bytes=${offset}-${last}` },
            storeBytes: last - offset + 1,
            signal: pool.signal,
          }, ({ root }) => ({ etag: required(childText(root, "ETag"), "ETag") })), pool.signal);
      });
    }
    await pool.finish();
    return { parts, size: original.size };
  });
  return etag === undefined ? {} : { etag };
}

/** Says what to copy; a file that changed since its facts were read is not what was meant. */
function sourceHeaders(
  context: OperationContext,
  grant: Grant,
  { from, original }: { from: string; original: FileInfo },
): Record<string, string> {
  return {
    "x-amz-copy-source": `/${grant.bucket}/${encodeKey(keyOf(context, grant, from))}`,
    ...original.etag !== undefined && { "x-amz-copy-source-if-match": original.etag },
  };
}

/** What is stored with an object beside its bytes; a copy by one request keeps it by itself, unless some is replaced. */
function storedHeaders(headers: Headers, metadata: CopyJob["metadata"]): Record<string, string> {
  const isMetadata = (name: string) => name.startsWith(METADATA_PREFIX);
  const stored = [...headers].filter(([name]) => STORED_HEADERS.has(name) || (!metadata && isMetadata(name)));
  // Belongs to the bytes, where a store keeps no checksum.
  const digest = headers.get(DIGEST_HEADER);
  return { ...Object.fromEntries(stored), ...metadata, ...metadata && digest !== null && { [DIGEST_HEADER]: digest } };
}

const STORED_HEADERS: ReadonlySet<string> = new Set([
  "cache-control",
  "content-disposition",
  "content-encoding",
  "content-language",
  "content-type",
  "expires",
]);

function readCopyResult(root: XmlElement): Partial<FileInfo> {
  const etag = readEtag(childText(root, "ETag"));
  const lastModified = new Date(childText(root, "LastModified") ?? NaN);
  return { ...etag !== undefined && { etag }, ...!Number.isNaN(lastModified.getTime()) && { lastModified } };
}

const GIB = 1024 ** 3;
