import { IntegrityError, S3SourceError, ServiceError } from "../errors.ts";
import { contentMd5 } from "../hash/hash.ts";
import { assertOptions } from "../options/operation_options.ts";
import type { Grant } from "../s3/grant.ts";
import { assertFilePath } from "../s3/keys.ts";
import { type ListedPart, type PartsPage, readPartsPage } from "../s3/xml/multipart_xml.ts";
import { presignUrl } from "../s3/sign/signed_urls.ts";
import type {
  CompleteUploadOptions,
  MultipartUpload,
  MultipartUploadState,
  PartUrlOptions,
  PrepareMultipartUploadOptions,
  UploadPart,
  UploadPartPlace,
} from "../types/direct_uploads.ts";
import type { FileInfo, SignalOptions, SignedUrl } from "../types/files.ts";
import { storageHeaders } from "./storage_headers.ts";
import { bareFileInfo } from "./file_info.ts";
import { assertWholeNumber, type FilePurpose, refusal } from "./file_purpose.ts";
import { continueWithGrant, keyOf, type OperationContext, partDefaults, quote } from "./operation_context.ts";
import {
  abortMultipart,
  beginMultipart,
  completeMultipart,
  isUploadGone,
  type Multipart,
  type MultipartTarget,
} from "./multipart.ts";
import { assertAllParts, partsOf, placeOf } from "./multipart_places.ts";
import { planState } from "./multipart_state.ts";
import { toConditionHeaders, toObjectHeaders } from "./object_headers.ts";
import { openBody } from "./open_body.ts";
import { createPageGuard } from "./page_guard.ts";
import { MAX_PARTS } from "./part_plan.ts";
import { assertKeys, grantToSignWith } from "./signing_grant.ts";
import { headObject } from "./stat.ts";
import { sendPart } from "./upload_parts.ts";

/** Begins an upload whose parts someone else sends, without checksums. */
export async function prepareMultipartUpload(
  context: OperationContext,
  path: string,
  options: PrepareMultipartUploadOptions,
): Promise<MultipartUpload> {
  assertFilePath(path);
  const plan = planState(path, options, partDefaults(context));
  const purpose = purposeOf("begin", path);
  const headers = { ...toObjectHeaders(purpose, options), ...storageHeaders(context.upload, options) };
  // Without keys, no part could be signed.
  assertKeys(await context.grants.get({ signal: options.signal }), purpose.action);
  const { uploadId, grant } = await beginMultipart(context, { purpose, path, headers, signal: options.signal });
  return multipartOf(context, { path, uploadId, ...plan }, grant);
}

/**
 * An upload in parts.
 *
 * @param lastGrant The grant of the step before; a resumed upload has none yet.
 */
export function multipartOf(
  context: OperationContext,
  state: MultipartUploadState,
  lastGrant?: Grant,
): MultipartUpload {
  const { path, uploadId, size } = state;
  const partCount = Math.ceil(size / state.partSizeBytes);

  /** Runs a step with the newest grant for the folder of the step before. */
  async function step<T>(
    { purpose, conditions = {}, signal }: Pick<MultipartTarget, "purpose" | "conditions" | "signal">,
    operate: (multipart: Multipart) => Promise<T>,
  ): Promise<T> {
    return await continueWithGrant(context, lastGrant ?? await context.grants.get({ signal }), (grant) => {
      lastGrant = grant;
      const target = { purpose, path, headers: {}, conditions, signal };
      return operate({ target, grant, key: keyOf(context, grant, path), uploadId });
    }, signal);
  }

  async function partUrl(partNumber: number, options: PartUrlOptions = {}): Promise<SignedUrl & UploadPartPlace> {
    assertOptions("partUrl", options);
    const { expiresInSeconds = 300, signal } = options;
    const purpose = purposeOf("sign a part of", path);
    assertWholeNumber(partNumber, { name: "partNumber", least: 1, most: partCount }, purpose);
    const { action } = purpose;
    const signing = await grantToSignWith(context, { action, expiresInSeconds, initial: lastGrant, signal });
    lastGrant = signing.grant;
    const place = placeOf(state, partNumber);
    const url = presignUrl(context.store, {
      ...signing,
      method: "PUT",
      key: keyOf(context, signing.grant, path),
      query: { partNumber: String(partNumber), uploadId },
      headers: { "content-length": String(place.size) },
    });
    return { url, ...place, expiresAt: signing.expiresAt };
  }

  async function uploadPart(
    partNumber: number,
    body: Blob | ArrayBufferView | ArrayBuffer,
    options: SignalOptions = {},
  ): Promise<void> {
    assertOptions("uploadPart", options);
    const { signal = NEVER } = options;
    const purpose = purposeOf("send a part of", path);
    assertWholeNumber(partNumber, { name: "partNumber", least: 1, most: partCount }, purpose);
    const { size } = placeOf(state, partNumber);
    const source = openBody(body, purpose);
    if (typeof body === "string" || source.size === undefined) {
      throw refusal(purpose, "its bytes must be a Blob, a view or an ArrayBuffer, which can be sent again");
    }
    if (source.size !== size) {
      const reason = `part ${partNumber} has ${size} bytes, not ${source.size}`;
      throw new IntegrityError(`Cannot ${purpose.action}: ${reason}`, { code: "SizeMismatch", path });
    }
    const { bytes } = await source.take(size, signal);
    const md5 = await contentMd5(bytes);
    await step(
      { purpose, signal },
      (multipart) => sendPart(context, multipart, { partNumber, bytes, md5, signal }),
    );
  }

  async function parts(options: SignalOptions = {}): Promise<UploadPart[]> {
    assertOptions("parts", options);
    const purpose = purposeOf("list the parts of", path);
    return partsOf(
      state,
      await step({ purpose, signal: options.signal }, (multipart) => listParts(context, multipart)),
    );
  }

  async function complete(options: CompleteUploadOptions = {}): Promise<FileInfo> {
    assertOptions("complete", options);
    const { signal } = options;
    const purpose = purposeOf("complete", path);
    const conditions = toConditionHeaders(context, purpose, options);
    const parts = await step({ purpose, signal }, (multipart) => listParts(context, multipart));
    assertAllParts(state, parts, purpose);
    const etag = await step(
      { purpose, conditions, signal },
      (multipart) => completeMultipart(context, multipart, { parts, size }),
    );
    return await statCompleted(etag, { purpose, signal });
  }

  /** The completed file's facts, of which the store has returned only the tag. */
  async function statCompleted(
    etag: string | null,
    { purpose, signal }: Pick<MultipartTarget, "purpose" | "signal">,
  ): Promise<FileInfo> {
    const stat = ({ grant }: Multipart) => headObject(context, grant, { path, action: purpose.action, signal });
    const stored = await step({ purpose, signal }, stat).catch((error) => {
      // The file exists, even if the credentials cannot read it.
      if (error instanceof S3SourceError) return undefined;
      throw error;
    });
    // Another file may have replaced it.
    return stored?.info.etag === etag ? stored.info : bareFileInfo(path, { size, etag });
  }

  async function abort(options: SignalOptions = {}): Promise<void> {
    assertOptions("abort", options);
    const { signal } = options;
    const purpose = purposeOf("abort", path);
    try {
      await step(
        { purpose, signal },
        (multipart) => abortMultipart(context, multipart.grant, { ...multipart, purpose, signal }),
      );
    } catch (error) {
      if (!isUploadGone(error)) throw error;
    }
  }

  return { state, partCount, partUrl, uploadPart, parts, complete, abort };
}

const NEVER = new AbortController().signal;

function purposeOf(verb: string, path: string): FilePurpose {
  return { action: `${verb} the upload of ${quote(path)}`, path };
}

/** ListParts, all pages. https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListParts.html */
async function listParts(
  context: OperationContext,
  { target: { purpose, signal }, grant, key, uploadId }: Multipart,
): Promise<ListedPart[]> {
  const parts: ListedPart[] = [];
  const pages = createPageGuard(purpose.action);
  let marker: number | undefined = 0;
  while (marker !== undefined) {
    const page: PartsPage = await context.client.sendForXml({
      ...purpose,
      operation: "ListParts",
      method: "GET",
      grant,
      key,
      query: { uploadId, ...marker > 0 && { "part-number-marker": String(marker) } },
      signal,
    }, ({ root }) => readPartsPage(root));
    const content = { count: page.parts.length, first: page.parts[0] && String(page.parts[0].partNumber) };
    pages.add(content, page.nextMarker === undefined ? undefined : String(page.nextMarker));
    if (parts.length + page.parts.length > MAX_PARTS) {
      const reason = `the store lists more than ${MAX_PARTS} parts`;
      throw new ServiceError(`Cannot ${purpose.action}: ${reason}`, { code: "InvalidResponse" });
    }
    parts.push(...page.parts);
    marker = page.nextMarker;
  }
  return parts.sort((a, b) => a.partNumber - b.partNumber);
}
