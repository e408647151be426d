import { PreconditionFailedError, S3SourceError, ServiceError, TimeoutError } from "../errors.ts";
import { untilAborted, withTimeLimit } from "../async/abort.ts";
import { readByteCount, readEtag } from "../s3/headers.ts";
import type { Purpose } from "../s3/failure.ts";
import type { Grant } from "../s3/grant.ts";
import { sha256, toBase64, toHex } from "../hash/hash.ts";
import { childText, escapeXml, XML_NAMESPACE } from "../s3/xml/xml.ts";
import { continueWithGrant, keyOf, type OperationContext, withGrant } from "./context.ts";
import { WITH_CHECKSUM } from "./file_info.ts";
import { createTaskPool, type TaskPool } from "../async/task_pool.ts";

/** An object to be made of parts. */
export interface MultipartTarget {
  /** What it is for. */
  readonly purpose: Purpose;
  /** The object's path. */
  readonly path: string;
  /** The grant of the operation it belongs to, if that has begun already. */
  readonly begun?: Grant;
  /** Stored with the object, or meant for CreateMultipartUpload itself. */
  readonly headers: Readonly<Record<string, string>>;
  /** What committing it depends on. */
  readonly conditions?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal | undefined;
}

/** A multipart upload that the store knows of. */
export interface Multipart {
  readonly target: MultipartTarget;
  /** What it was begun with; it can only go on in the same bucket and prefix. */
  readonly grant: Grant;
  readonly key: string;
  readonly uploadId: string;
}

/** A part that the store has. */
export interface Part {
  readonly etag: string;
  /** Where it was sent as the part's checksum. */
  readonly sha256?: Uint8Array;
}

/**
 * Makes an object of parts. Whatever goes wrong, the parts that were stored are removed, and the first error is thrown.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html
 *
 * @param sendParts Stores the parts through the pool, all with its signal.
 * @returns What `sendParts` returned, and the tag of the object.
 */
export async function withMultipart<Sent extends { readonly parts: readonly Part[]; readonly size: number }>(
  context: OperationContext,
  target: MultipartTarget,
  sendParts: (multipart: Multipart, pool: TaskPool) => Promise<Sent>,
): Promise<{ sent: Sent; etag: string | undefined }> {
  const multipart = await beginUnlessAborted(context, target);
  const pool = createTaskPool(context.upload.concurrency, target.signal);
  try {
    const sent = await sendParts(multipart, pool);
    await pool.finish();
    return { sent, etag: await completeMultipart(context, multipart, sent) };
  } catch (error) {
    const firstError = pool.signal.aborted ? pool.signal.reason : error;
    await pool.stop(firstError);
    await abort(context, multipart);
    throw firstError;
  }
}

/** What a part's request has in common with the others. */
export function partRequest(
  { target, key, uploadId }: Multipart,
  partNumber: number,
): Purpose & { key: string; method: "PUT"; query: Record<string, string> } {
  return { ...target.purpose, key, method: "PUT", query: { partNumber: String(partNumber), uploadId } };
}

/** The text, which the answer must have. */
export function required(text: string | null | undefined, name: string): string {
  if (text) return text;
  throw new ServiceError(`the answer cannot be used: it has no ${name}`, { code: "InvalidResponse" });
}

/** CreateMultipartUpload. https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateMultipartUpload.html */
export async function beginMultipart(context: OperationContext, target: MultipartTarget): Promise<Multipart> {
  const create = (grant: Grant): Promise<Multipart> => {
    const key = keyOf(context, grant, target.path);
    return context.client.sendForXml({
      ...target.purpose,
      operation: "CreateMultipartUpload",
      method: "POST",
      grant,
      key,
      query: { uploads: "" },
      headers: target.headers,
      signal: target.signal,
    }, ({ root }) => ({ target, grant, key, uploadId: required(childText(root, "UploadId"), "UploadId") }));
  };
  return target.begun === undefined
    ? await withGrant(context, create, target.signal)
    : await continueWithGrant(context, target.begun, create, target.signal);
}

/** Begins it. If the caller gives up before the store has answered, the answer is still needed: it names what to remove. */
async function beginUnlessAborted(context: OperationContext, target: MultipartTarget): Promise<Multipart> {
  target.signal?.throwIfAborted();
  const beginning = beginMultipart(context, { ...target, signal: undefined });
  try {
    return { ...await untilAborted(beginning, target.signal), target };
  } catch (error) {
    if (target.signal?.aborted) {
      const timedOut = () => new TimeoutError(`Cannot remove the upload: it did not begin within ${LATE_ANSWER_MS} ms`);
      const remove = () => beginning.then((multipart) => abort(context, multipart));
      await withTimeLimit(LATE_ANSWER_MS, timedOut, remove).catch(() => {});
    }
    throw error;
  }
}

/** CompleteMultipartUpload. https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html */
export async function completeMultipart(
  context: OperationContext,
  multipart: Multipart,
  sent: { readonly parts: readonly Part[]; readonly size: number },
): Promise<string | undefined> {
  const { target, key, uploadId } = multipart;
  const list = sent.parts.map(({ etag, sha256 }, index) => {
    const checksum = sha256 === undefined ? "" : `<ChecksumSHA256>${toBase64(sha256)}</ChecksumSHA256>`;
    return `<Part><PartNumber>${index + 1}</PartNumber><ETag>${escapeXml(etag)}</ETag>${checksum}</Part>`;
  });
  const xml = `<CompleteMultipartUpload xmlns="${XML_NAMESPACE}">${list.join("")}</CompleteMultipartUpload>`;
  const bytes = new TextEncoder().encode(xml);
  const sha256Hex = toHex(await sha256(bytes));
  let wasRetried = false;
  try {
    return await continueWithGrant(context, multipart.grant, (grant) =>
      context.client.sendForXml({
        ...target.purpose,
        operation: "CompleteMultipartUpload",
        method: "POST",
        grant,
        key,
        query: { uploadId },
        headers: { ...target.conditions, "content-type": "application/xml" },
        body: { bytes, sha256Hex },
        storeBytes: sent.size,
        onRetry: () => wasRetried = true,
        signal: target.signal,
      }, ({ root }) => readEtag(childText(root, "ETag"))), target.signal);
  } catch (error) {
    // A try whose answer was lost may have completed the upload: then it is not there any more, or its file is in the way.
    const mayBeComplete = isGone(error) || (error instanceof PreconditionFailedError && wasRetried);
    const etag = mayBeComplete ? await findCompleted(context, multipart, sent) : undefined;
    if (etag === undefined) throw error;
    return etag;
  }
}

/** The tag of the stored object, if it is the one these parts make. */
async function findCompleted(
  context: OperationContext,
  { target, grant, key }: Multipart,
  { parts, size }: { readonly parts: readonly Part[]; readonly size: number },
): Promise<string | undefined> {
  const digests = new Uint8Array(parts.length * 32);
  parts.forEach(({ sha256 }, index) => sha256 && digests.set(sha256, index * 32));
  const composite = `${toBase64(await sha256(digests))}-${parts.length}`;
  return await continueWithGrant(context, grant, (newest) =>
    context.client.send({
      ...target.purpose,
      operation: "HeadObject",
      method: "HEAD",
      grant: newest,
      key,
      headers: WITH_CHECKSUM,
      signal: target.signal,
    }, async (exchange) => {
      await exchange.drain();
      const { headers } = exchange;
      const etag = readEtag(headers.get("etag")) ?? "";
      const checksum = headers.get("x-amz-checksum-sha256");
      const isOurs = checksum === null
        ? readByteCount(headers.get("content-length")) === size && etag.endsWith(`-${parts.length}"`)
        : checksum === composite;
      return isOurs ? etag : undefined;
    }), target.signal);
}

/**
 * AbortMultipartUpload. https://docs.aws.amazon.com/AmazonS3/latest/API/API_AbortMultipartUpload.html
 *
 * @throws {ServiceError} With the code `"NoSuchUpload"`, if it has been completed or removed already.
 */
export async function abortMultipart(
  context: OperationContext,
  grant: Grant,
  { purpose, key, uploadId, signal }: {
    purpose: Purpose;
    key: string;
    uploadId: string;
    signal: AbortSignal | undefined;
  },
): Promise<void> {
  await context.client.send({
    ...purpose,
    operation: "AbortMultipartUpload",
    method: "DELETE",
    grant,
    key,
    query: { uploadId },
    signal,
  }, (exchange) => exchange.drain());
}

/** Removes the parts after a failure. Its own failure is only reported: it must not hide why the upload failed. */
async function abort(context: OperationContext, { target, grant, key, uploadId }: Multipart): Promise<void> {
  const send = (newest: Grant, signal: AbortSignal) =>
    abortMultipart(context, newest, { purpose: target.purpose, key, uploadId, signal });
  try {
    const timedOut = () => new TimeoutError(`Cannot remove the parts: it took longer than ${ABORT_MS} ms`);
    await withTimeLimit(ABORT_MS, timedOut, async (signal) => {
      try {
        await continueWithGrant(context, grant, (newest) => send(newest, signal), signal);
      } catch (error) {
        // The newest grant may be for another folder, or there may be none; the keys it began with may still work.
        if (!isGone(error)) await send(grant, signal);
      }
    });
  } catch (error) {
    if (isGone(error)) return;
    const reason = error instanceof S3SourceError ? error.message : "the request failed";
    const message = `Parts of "${target.path}" may still be stored after a failure: ${reason}`;
    context.emit?.({ type: "warning", code: "AbortFailed", message });
  }
}

/** Whether there is no such upload, because it has been completed or removed. */
export function isGone(error: unknown): boolean {
  return error instanceof S3SourceError && error.code === "NoSuchUpload";
}

const ABORT_MS = 30_000;
/** How long a caller who has given up waits for what may have begun; it is removed later too, if the process lives on. */
const LATE_ANSWER_MS = 5_000;
