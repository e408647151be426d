import { IntegrityError, InvalidArgumentError, ServiceError, show } from "../errors.ts";
import { contentMd5 } from "../hash/hash.ts";
import { assertOptions } from "../options/operation_options.ts";
import type { Purpose } from "../s3/failure.ts";
import type { Grant } from "../s3/grant.ts";
import { assertFilePath, baseName } from "../s3/keys.ts";
import { type ListedPart, type PartsPage, readPartsPage } from "../s3/xml/multipart_xml.ts";
import type {
  CompleteUploadOptions,
  MultipartUpload,
  MultipartUploadState,
  PartUrl,
  PartUrlOptions,
  PrepareMultipartUploadOptions,
} from "../types/direct_uploads.ts";
import type { FileInfo, SignalOptions } from "../types/files.ts";
import { continueWithGrant, keyOf, type OperationContext, quote } from "./context.ts";
import { abortMultipart, beginMultipart, completeMultipart, isGone } from "./multipart.ts";
import { assertAllParts, planState, readState, spanOf } from "./multipart_state.ts";
import { toConditionHeaders } from "./object_headers.ts";
import { createPageGuard } from "./page_guard.ts";
import { MAX_PARTS } from "./part_plan.ts";
import { toPreparedHeaders } from "./prepare_upload.ts";
import { assertExpiresInSeconds, grantToSignWith } from "./signing_grant.ts";
import { sendPart } from "./upload_parts.ts";

/** Begins an upload whose parts someone else sends. They carry no checksums, so that none are announced to the store. */
export async function prepareMultipartUpload(
  context: OperationContext,
  path: string,
  options: PrepareMultipartUploadOptions,
): Promise<MultipartUpload> {
  assertFilePath(path);
  const plan = planState(path, options, context.upload);
  const headers = toPreparedHeaders(options);
  const purpose = purposeOf("begin", path);
  const { uploadId, grant } = await beginMultipart(context, { purpose, path, headers, signal: options.signal });
  return multipartOf(context, { path, uploadId, ...plan }, grant);
}

/** Goes on with one. Trusts nothing in the state, and asks nothing of the store. */
export function resumeMultipartUpload(context: OperationContext, state: MultipartUploadState): MultipartUpload {
  return multipartOf(context, readState(state));
}

/** @param begun What it was begun with; of a resumed one, the grant it goes on with first. */
function multipartOf(context: OperationContext, state: MultipartUploadState, begun?: Grant): MultipartUpload {
  const { path, uploadId, size } = state;
  const partCount = Math.ceil(size / state.partSizeBytes);

  /** Each step goes on with the newest grant for the folder of the one before. */
  async function step<T>(operate: (grant: Grant) => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    const current = begun ?? await context.grants.get({ signal });
    return await continueWithGrant(context, current, (grant) => {
      begun = grant;
      return operate(grant);
    }, signal);
  }

  const listed = (purpose: Purpose, signal: AbortSignal | undefined) =>
    step((grant) => listParts(context, grant, { purpose, key: keyOf(context, grant, path), uploadId, signal }), signal);

  function assertPartNumber(partNumber: number, { action }: Purpose): void {
    if (Number.isSafeInteger(partNumber) && partNumber >= 1 && partNumber <= partCount) return;
    const reason = `"partNumber" must be a whole number from 1 to ${partCount}`;
    throw new InvalidArgumentError(`Cannot ${action}: ${reason}`, { path });
  }

  async function partUrl(partNumber: number, options: PartUrlOptions = {}): Promise<PartUrl> {
    assertOptions("partUrl", options);
    const { expiresInSeconds = 300, signal } = options;
    const purpose = purposeOf("sign a part of", path);
    const { action } = purpose;
    assertPartNumber(partNumber, purpose);
    assertExpiresInSeconds(expiresInSeconds, { action, path });
    const signing = await grantToSignWith(context, { action, expiresInSeconds, begun, signal });
    begun = signing.grant;
    const span = spanOf(state, partNumber);
    const url = context.presigner.presignUrl({
      method: "PUT",
      grant: signing.grant,
      key: keyOf(context, signing.grant, path),
      query: { partNumber: String(partNumber), uploadId },
      headers: { "content-length": String(span.size) },
      expiresInSeconds: signing.seconds,
      nowMs: signing.nowMs,
    });
    return { url, ...span, expiresAt: signing.expiresAt };
  }

  async function uploadPart(
    partNumber: number,
    bytes: Uint8Array<ArrayBuffer>,
    options: SignalOptions = {},
  ): Promise<void> {
    assertOptions("uploadPart", options);
    const { signal = NEVER } = options;
    const purpose = purposeOf("send a part of", path);
    assertPartNumber(partNumber, purpose);
    const { size } = spanOf(state, partNumber);
    if (!(bytes instanceof Uint8Array)) {
      throw new InvalidArgumentError(`Cannot ${purpose.action}: the bytes must be a Uint8Array, not ${show(bytes)}`, {
        path,
      });
    }
    if (bytes.byteLength !== size) {
      const reason = `part ${partNumber} has ${size} bytes, not ${bytes.byteLength}`;
      throw new IntegrityError(`Cannot ${purpose.action}: ${reason}`, { code: "SizeMismatch", path });
    }
    const md5 = await contentMd5(bytes);
    await step((grant) => {
      const multipart = {
        target: { purpose, path, headers: {}, signal },
        grant,
        key: keyOf(context, grant, path),
        uploadId,
      };
      return sendPart(context, multipart, { partNumber, bytes, md5, signal });
    }, signal);
  }

  async function complete(options: CompleteUploadOptions = {}): Promise<FileInfo> {
    assertOptions("complete", options);
    const { signal } = options;
    const purpose = purposeOf("complete", path);
    const conditions = toConditionHeaders(options);
    const parts = await listed(purpose, signal);
    assertAllParts(state, parts, purpose);
    const etag = await step((grant) => {
      const target = { purpose, path, headers: {}, conditions, signal };
      return completeMultipart(context, { target, grant, key: keyOf(context, grant, path), uploadId }, { parts, size });
    }, signal);
    return { path, name: baseName(path), size, ...etag !== undefined && { etag } };
  }

  async function abort(options: SignalOptions = {}): Promise<void> {
    assertOptions("abort", options);
    const { signal } = options;
    const purpose = purposeOf("abort", path);
    try {
      await step(
        (grant) => abortMultipart(context, grant, { purpose, key: keyOf(context, grant, path), uploadId, signal }),
        signal,
      );
    } catch (error) {
      if (!isGone(error)) throw error;
    }
  }

  return {
    state,
    partCount,
    partUrl,
    uploadPart,
    async parts(options) {
      assertOptions("parts", options);
      const parts = await listed(purposeOf("list the parts of", path), options?.signal);
      return parts.map(({ partNumber, size }) => ({ partNumber, size }));
    },
    complete,
    abort,
  };
}

const NEVER = new AbortController().signal;

function purposeOf(verb: string, path: string): Purpose {
  return { action: `${verb} the upload of ${quote(path)}`, path };
}

/** All parts that the store has of an upload. https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListParts.html */
export async function listParts(
  context: OperationContext,
  grant: Grant,
  { purpose, key, uploadId, signal }: {
    purpose: Purpose;
    key: string;
    uploadId: string;
    signal: AbortSignal | undefined;
  },
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
    pages.add(page.parts.length, page.nextMarker === undefined ? undefined : String(page.nextMarker));
    if (parts.length + page.parts.length > MAX_PARTS) {
      const reason = `the store lists more than ${MAX_PARTS} parts`;
      throw new ServiceError(`Cannot ${purpose.action}: ${reason}`, { code: "InvalidResponse" });
    }
    parts.push(...page.parts);
    marker = page.nextMarker;
  }
  return parts.sort((a, b) => a.partNumber - b.partNumber);
}
