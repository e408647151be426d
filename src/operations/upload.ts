import { PreconditionFailedError } from "../errors.ts";
import { readEtag } from "../s3/headers.ts";
import { sha256, toBase64, toHex } from "../hash/hash.ts";
import { assertFilePath } from "../s3/keys.ts";
import type { FileInfo, UploadBody, UploadOptions } from "../types/files.ts";
import { invalidResponse } from "../s3/invalid_response.ts";
import { loaded } from "../s3/lazy_module.ts";
import { storageHeaders } from "./storage_headers.ts";
import { openBody } from "./open_body.ts";
import { keyOf, type OperationContext, partDefaults, quote, withGrant } from "./operation_context.ts";
import { bareFileInfo, readMetadata, toContentHash } from "./file_info.ts";
import { DEFAULT_CONTENT_TYPE } from "./media_type.ts";
import { toConditionHeaders, toObjectHeaders } from "./object_headers.ts";
import { maxFileSizeBytes, planParts } from "./part_plan.ts";
import { headObject } from "./stat.ts";
import {
  assertDigest,
  assertSize,
  createProgressMeter,
  knownSize,
  type StoredFile,
  type UploadedFile,
} from "./uploaded_file.ts";

/** Stores a file: one of up to a part's size with one request, a larger one in parts. */
export async function upload(
  context: OperationContext,
  path: string,
  body: UploadBody,
  options: UploadOptions = {},
): Promise<FileInfo> {
  assertFilePath(path);
  const purpose = { action: `upload ${quote(path)}`, path };
  // Before the body is touched: after this refusal, it can be sent without a condition.
  const conditions = toConditionHeaders(context, purpose, options);
  const source = openBody(body, { ...purpose, maxBytes: options.maxBytes });
  const { signal, maxBytes, contentType = body instanceof Blob ? body.type : undefined } = options;
  const headers = {
    ...toObjectHeaders(purpose, { ...options, contentType }),
    ...storageHeaders(context.upload, options),
  };
  const size = knownSize(path, {
    ofBody: source.size,
    declared: options.size,
    maxBytes,
    limit: maxFileSizeBytes(context.traits),
  });
  const plan = planParts(size, partDefaults(context));
  const progress = createProgressMeter(size, options.onProgress);
  const isHashed = options.contentHash !== false;
  const file: UploadedFile = { ...purpose, size, isHashed, headers, conditions, signal, progress };
  try {
    signal?.throwIfAborted();
    const first = await source.take(plan.sizeOf(1), signal);
    const stored = first.isLast
      ? await putObject(context, file, first.bytes)
      : await (await loaded(import("./upload_parts.ts"), purpose.action))
        .uploadParts(context, file, { source, plan, first: first.bytes });
    if (first.isLast) source.release?.(first.bytes);
    return {
      ...bareFileInfo(path, stored),
      contentType: headers["content-type"] ?? DEFAULT_CONTENT_TYPE,
      contentHash: stored.sha256 ? toContentHash(stored.sha256) : null,
      metadata: readMetadata(Object.entries(headers)),
    };
  } catch (error) {
    // Not awaited: a body that hangs would delay the error.
    source.cancel();
    throw error;
  }
}

/** Without an ETag, another header of S3 shows that the response is that of a store. */
function readStoredEtag(headers: Headers): string | null {
  const etag = readEtag(headers.get("etag"));
  const isS3 = etag !== null || [...headers.keys()].some((name) => name.startsWith("x-amz-"));
  if (!isS3) throw invalidResponse("it has no ETag");
  return etag;
}

/** PutObject. https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html */
async function putObject(
  context: OperationContext,
  file: UploadedFile,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<StoredFile> {
  const { path, signal } = file;
  assertSize(file, bytes.byteLength, { isComplete: true });
  file.progress.learnTotal(bytes.byteLength);
  const onSent = file.progress.follow();
  const digest = await sha256(bytes);
  assertDigest(file, digest);
  const etag = await withGrant(context, async (grant) => {
    let wasRetried = false;
    try {
      return await context.client.sendForHeaders({
        operation: "PutObject",
        action: file.action,
        path,
        method: "PUT",
        grant,
        key: keyOf(context, grant, path),
        headers: {
          "x-amz-checksum-sha256": toBase64(digest),
          ...file.headers,
          ...file.conditions,
        },
        body: { bytes, sha256Hex: toHex(digest) },
        onSent,
        onRetry: () => wasRetried = true,
        signal,
      }, readStoredEtag);
    } catch (error) {
      if (!(error instanceof PreconditionFailedError && wasRetried)) throw error;
      // The file that fails the condition may be this one, stored by an earlier try whose response was lost.
      const { contentHash, etag } = (await headObject(context, grant, { path, signal })).info;
      if (contentHash !== toContentHash(digest)) throw error;
      return etag;
    }
  }, signal);
  return { size: bytes.byteLength, etag, sha256: file.isHashed ? digest : undefined };
}
