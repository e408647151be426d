import { InvalidArgumentError, PreconditionFailedError } from "../errors.ts";
import type { Purpose } from "../s3/purpose.ts";
import type { Grant } from "../s3/grant.ts";
import { readEtag } from "../s3/headers.ts";
import { assertFilePath, baseName, encodeKey } from "../s3/keys.ts";
import { childText, type XmlElement } from "../s3/xml/xml.ts";
import type { CopyOptions, FileInfo } from "../types/files.ts";
import { type CopiedAttributes, readCopiedAttributes } from "./copied_attributes.ts";
import { continueWithGrant, keyOf, type OperationContext, quote, withGrant } from "./operation_context.ts";
import { assertStored } from "../s3/stored_document.ts";
import { type Part, partRequest, required, withMultipart } from "./multipart.ts";
import { explainTags, taggingHeader } from "./copied_tags.ts";
import { readMetadata, readTime } from "./file_info.ts";
import { toConditionHeaders } from "./object_headers.ts";
import { planParts } from "./part_plan.ts";
import { headObject } from "./stat.ts";

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
  const job = prepareCopy(context, from, to, limits);
  return await withGrant(context, async (grant) => (await copyWithin(context, grant, job)).info, limits.signal);
}

/** A copy that is to be made. */
export interface CopyJob {
  readonly from: string;
  readonly to: string;
  readonly maxCopyBytes: number;
  readonly partSizeBytes: number;
  readonly attributes: CopiedAttributes;
  /** Headers that make the write conditional. */
  readonly conditions: Readonly<Record<string, string>>;
  /** Of reading the original. */
  readonly purpose: Purpose;
  /** Of writing the copy. */
  readonly writePurpose: Purpose;
  readonly signal: AbortSignal | undefined;
}

/** Checks what a copy is to be, without any I/O. */
export function prepareCopy(
  context: OperationContext,
  from: string,
  to: string,
  { maxCopyBytes = 5 * GIB, partSizeBytes = GIB / 2, signal, ...options }: CopyLimits,
): CopyJob {
  assertFilePath(from);
  assertFilePath(to);
  const action = `copy ${quote(from)} to ${quote(to)}`;
  const attributes = readCopiedAttributes({ action, path: to }, options);
  const conditions = toConditionHeaders(context, { action, path: to }, options, "copy");
  if (from === to && !attributes.isReplaced) {
    const reason = "that would change nothing; pass an attribute to replace, such as metadata";
    throw new InvalidArgumentError(`Cannot copy ${quote(from)} to itself: ${reason}`, { path: from });
  }
  const purpose = { action, path: from };
  // Without conditions, only the original can be refused.
  const writePurpose = Object.keys(conditions).length > 0 ? { action, path: to } : purpose;
  return { from, to, maxCopyBytes, partSizeBytes, attributes, conditions, purpose, writePurpose, signal };
}

/** Returns the copy's facts, and the version of the original that was copied. */
export async function copyWithin(
  context: OperationContext,
  grant: Grant,
  job: CopyJob,
): Promise<{ info: FileInfo; copiedEtag: string | null }> {
  const { from: path, to, purpose: { action }, signal } = job;
  const { info: original, headers } = await headObject(context, grant, { path, action, signal });
  const isWhole = original.size <= job.maxCopyBytes;
  if (job.attributes.isReplaced || !isWhole) job.attributes.assertReadable(headers);
  const stored = job.attributes.storedHeaders(headers);
  const storage = job.attributes.storageHeaders(headers, context.upload);
  const copyObject = isWhole ? copyWhole : copyParts;
  const opened = { ...job, original, headers, stored, storage };
  const copied = await copyObject(context, grant, opened).catch((error) => {
    throw explainTags(error, headers);
  });
  const { "content-type": contentType = original.contentType } = stored;
  const metadata = readMetadata(Object.entries(stored));
  const info = { ...original, contentType, metadata, path: to, name: baseName(to), ...copied };
  return { info, copiedEtag: original.etag };
}

/** CopyObject. https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html */
async function copyWhole(
  context: OperationContext,
  grant: Grant,
  job: OpenCopy,
): Promise<CopyFacts> {
  const { original, to: path, stored, storage, conditions, signal } = job;
  // REPLACE drops all of the original's headers, not only its metadata.
  const replaced = job.attributes.isReplaced ? { ...stored, "x-amz-metadata-directive": "REPLACE" } : {};
  let wasRetried = false;
  try {
    return await context.client.sendForXml({
      ...job.writePurpose,
      operation: "CopyObject",
      method: "PUT",
      grant,
      key: keyOf(context, grant, path),
      sourceKey: keyOf(context, grant, job.from),
      headers: { ...sourceHeaders(context, grant, job), ...replaced, ...storage, ...conditions },
      storeBytes: original.size,
      onRetry: () => wasRetried = true,
      signal,
    }, ({ root }) => readCopyResult(root));
  } catch (error) {
    if (!(error instanceof PreconditionFailedError && wasRetried && path === error.path)) throw error;
    // The file that fails the condition may be this copy, made by an earlier try whose response was lost.
    const { etag, contentHash, lastModified } = (await headObject(context, grant, { path, signal })).info;
    const isCopy = contentHash === original.contentHash && (contentHash ?? etag) !== null &&
      (contentHash !== null || etag === original.etag);
    if (!isCopy) throw error;
    return { etag, lastModified };
  }
}

/** A copy whose original has been looked at. */
interface OpenCopy extends CopyJob {
  readonly original: FileInfo;
  /** Those of the original. */
  readonly headers: Headers;
  /** Headers to store with the copy. */
  readonly stored: Readonly<Record<string, string>>;
  /** Headers for how the store keeps it. */
  readonly storage: Readonly<Record<string, string>>;
}

/**
 * UploadPartCopy, for a file too large for one request.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPartCopy.html
 */
async function copyParts(
  context: OperationContext,
  initial: Grant,
  job: OpenCopy,
): Promise<CopyFacts> {
  const { to, original, writePurpose, conditions, signal } = job;
  const { maxParts } = context.traits;
  const { sizeOf } = planParts(original.size, { partSizeBytes: job.partSizeBytes, equalParts: true, maxParts });
  const partSizeBytes = sizeOf(1);
  const headers = { ...job.stored, ...job.storage, ...await taggingHeader(context, initial, job) };
  const target = { purpose: writePurpose, path: to, initial, headers, conditions, signal };
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
            sourceKey: keyOf(context, grant, job.from),
            headers: { ...sourceHeaders(context, grant, job), "x-amz-copy-source-range": `bytes=${offset}-${last}` },
            storeBytes: last - offset + 1,
            signal: pool.signal,
          }, ({ root }) => ({ etag: required(childText(root, "ETag"), "ETag") })), pool.signal);
      });
    }
    return { parts, size: original.size };
  });
  return { etag, lastModified: null };
}

/** Names the file to copy, in the version whose facts were read. */
function sourceHeaders(
  context: OperationContext,
  grant: Grant,
  { from, original }: { from: string; original: FileInfo },
): Record<string, string> {
  return {
    "x-amz-copy-source": `/${grant.bucket}/${encodeKey(keyOf(context, grant, from))}`,
    ...original.etag !== null && { "x-amz-copy-source-if-match": original.etag },
  };
}

/** The facts that are the copy's own. */
type CopyFacts = Pick<FileInfo, "etag" | "lastModified">;

function readCopyResult(root: XmlElement): CopyFacts {
  assertStored(root, "CopyObjectResult");
  return {
    etag: readEtag(childText(root, "ETag")),
    lastModified: readTime(childText(root, "LastModified")),
  };
}

const GIB = 1024 ** 3;
