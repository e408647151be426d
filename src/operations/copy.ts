import { FileNotFoundError, InvalidArgumentError, PreconditionFailedError } from "../errors.ts";
import type { Purpose } from "../s3/failure.ts";
import type { Grant } from "../s3/grant.ts";
import { readEtag } from "../s3/headers.ts";
import { assertFilePath, baseName, encodeKey } from "../s3/keys.ts";
import { childText, type XmlElement } from "../s3/xml/xml.ts";
import type { CopyOptions, FileInfo, SignalOptions } from "../types/files.ts";
import { storageHeaders } from "./file_attributes.ts";
import { continueWithGrant, keyOf, type OperationContext, quote, withGrant } from "./operation_context.ts";
import { deleteObject } from "./delete.ts";
import { type Part, partRequest, required, withMultipart } from "./multipart.ts";
import { METADATA_PREFIX, readMetadata } from "./file_info.ts";
import { toMetadataHeaders } from "./object_headers.ts";
import { planParts } from "./part_plan.ts";
import { headObject } from "./stat.ts";
import { DIGEST_HEADER } from "./stored_checksum.ts";

/** Options with the limits of a copy, which tests lower. */
export interface CopyLimits extends CopyOptions {
  /** The largest file to copy with one request. Default 5 GiB, S3's own limit. */
  maxCopyBytes?: number;
  /** Bytes in a part of a larger file. Default 512 MiB. */
  partSizeBytes?: number;
}

/** Copies a file within the source, in the store. */
export async function copy(
  context: OperationContext,
  from: string,
  to: string,
  limits: CopyLimits = {},
): Promise<FileInfo> {
  const job = prepareCopy(from, to, limits);
  return await withGrant(context, async (grant) => (await copyWithin(context, grant, job)).info, limits.signal);
}

/**
 * Copies a file, then deletes the original in the same bucket and folder.
 *
 * @throws {PreconditionFailedError} If the original changed meanwhile: both files then exist.
 */
export async function move(
  context: OperationContext,
  from: string,
  to: string,
  { signal }: SignalOptions = {},
): Promise<FileInfo> {
  const job = prepareCopy(from, to, { signal });
  return await withGrant(context, async (grant) => {
    const { info, copiedEtag } = await copyWithin(context, grant, job);
    const remove = (newest: Grant) => deleteCopied(context, newest, { path: from, copiedEtag, job });
    await continueWithGrant(context, grant, remove, signal);
    return info;
  }, signal);
}

/**
 * Deletes the original if it is still the version that was copied. AWS checks the condition of DeleteObject; other
 * stores may ignore it, so there the original is checked just before.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-deletes.html
 */
async function deleteCopied(
  context: OperationContext,
  grant: Grant,
  { path, copiedEtag, job }: { path: string; copiedEtag: string | undefined; job: CopyJob },
): Promise<void> {
  const { signal, to } = job;
  const changed = () => {
    const reason = "it changed while it was being copied; both the original and the copy exist";
    return new PreconditionFailedError(`Cannot move ${quote(path)} to ${quote(to)}: ${reason}`, { path });
  };
  const assertUnchanged = async () => {
    const { info } = await headObject(context, grant, { path, action: job.purpose.action, signal });
    if (info.etag !== copiedEtag) throw changed();
  };
  try {
    if (!context.store.isAws && copiedEtag !== undefined) await assertUnchanged();
    await deleteObject(context, grant, { path, signal, ifMatch: copiedEtag }).catch(async (error) => {
      if (!(error instanceof PreconditionFailedError)) throw error;
      // Some stores also refuse the condition if the file is gone: an earlier try, whose response was lost, may have
      // deleted it.
      await assertUnchanged();
      throw changed();
    });
  } catch (error) {
    if (!(error instanceof FileNotFoundError)) throw error;
  }
}

interface CopyJob {
  readonly from: string;
  readonly to: string;
  readonly maxCopyBytes: number;
  readonly partSizeBytes: number;
  /** Replaces the original's metadata; `undefined` keeps it. */
  readonly metadata: Readonly<Record<string, string>> | undefined;
  readonly purpose: Purpose;
  readonly signal: AbortSignal | undefined;
}

function prepareCopy(
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

/** Returns the copy's facts, and the version of the original that was copied. */
async function copyWithin(
  context: OperationContext,
  grant: Grant,
  job: CopyJob,
): Promise<{ info: FileInfo; copiedEtag: string | undefined }> {
  const { from: path, to, purpose: { action }, signal } = job;
  const { info: original, headers } = await headObject(context, grant, { path, action, signal });
  const stored = storedHeaders(headers, job.metadata);
  const copyObject = original.size <= job.maxCopyBytes ? copyWhole : copyParts;
  const copied = await copyObject(context, grant, { ...job, original, headers: stored });
  // The copy's own time is in `copied`, if the store returns it.
  const { lastModified: _, ...facts } = original;
  const metadata = job.metadata && readMetadata(Object.entries(stored));
  const info = { ...facts, ...metadata && { metadata }, path: to, name: baseName(to), ...copied };
  return { info, copiedEtag: original.etag };
}

/** CopyObject. https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html */
async function copyWhole(
  context: OperationContext,
  grant: Grant,
  job: CopyJob & { original: FileInfo; headers: Record<string, string> },
): Promise<Partial<FileInfo>> {
  // REPLACE drops all of the original's headers, not only its metadata.
  const facts = job.metadata === undefined ? {} : { ...job.headers, "x-amz-metadata-directive": "REPLACE" };
  return await context.client.sendForXml({
    ...job.purpose,
    operation: "CopyObject",
    method: "PUT",
    grant,
    key: keyOf(context, grant, job.to),
    headers: { ...sourceHeaders(context, grant, job), ...facts, ...storageHeaders(context.upload) },
    storeBytes: job.original.size,
    signal: job.signal,
  }, ({ root }) => readCopyResult(root));
}

/**
 * UploadPartCopy, for a file too large for one request.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPartCopy.html
 */
async function copyParts(
  context: OperationContext,
  initial: Grant,
  job: CopyJob & { original: FileInfo; headers: Record<string, string> },
): Promise<Partial<FileInfo>> {
  const { to, original, headers, purpose, signal } = job;
  const partSizeBytes = planParts(original.size, { partSizeBytes: job.partSizeBytes, equalParts: true }).sizeOf(1);
  const target = {
    purpose,
    path: to,
    initial,
    headers: { ...headers, ...storageHeaders(context.upload) },
    signal,
  };
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
    return { parts, size: original.size };
  });
  return etag === undefined ? {} : { etag };
}

/** Names the file to copy, in the version whose facts were read. */
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

/** The original's stored headers; CopyObject keeps them by itself unless the metadata is replaced. */
function storedHeaders(headers: Headers, metadata: CopyJob["metadata"]): Record<string, string> {
  const isMetadata = (name: string) => name.startsWith(METADATA_PREFIX);
  const stored = [...headers].filter(([name]) => STORED_HEADERS.has(name) || (!metadata && isMetadata(name)));
  // Describes the bytes, not the file: stores without checksums need it to verify downloads.
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
