import { PreconditionFailedError, S3SourceError, TimeoutError } from "../errors.ts";
import { untilAborted, withTimeLimit } from "../async/abort.ts";
import { readEtag } from "../s3/headers.ts";
import type { Purpose } from "../s3/purpose.ts";
import type { Grant } from "../s3/grant.ts";
import { sha256, toHex } from "../hash/hash.ts";
import { childText } from "../s3/xml/xml.ts";
import { continueWithGrant, keyOf, type OperationContext, quote, withGrant } from "./operation_context.ts";
import { assertJoined, findCompleted } from "./find_completed.ts";
import { checksumOfParts, partsXml } from "./joined_parts.ts";
import { invalidResponse } from "../s3/invalid_response.ts";
import { assertStored } from "../s3/stored_document.ts";
import { type TaskPool, withTaskPool } from "../async/task_pool.ts";

/** An object to make of parts. */
export interface MultipartTarget {
  /** What the upload is for. */
  readonly purpose: Purpose;
  /** The object's path. */
  readonly path: string;
  /** The grant of the operation's earlier steps. */
  readonly initial?: Grant;
  /** Headers of CreateMultipartUpload, most of them stored with the object. */
  readonly headers: Readonly<Record<string, string>>;
  /** Headers that make CompleteMultipartUpload conditional. */
  readonly conditions?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal | undefined;
}

/** A multipart upload that has begun. */
export interface Multipart {
  readonly target: MultipartTarget;
  /** The grant it began with: it stays in that bucket and folder. */
  readonly grant: Grant;
  readonly key: string;
  readonly uploadId: string;
  /** The checksum that parts have to have; absent if none was announced. */
  readonly checksum?: PartChecksum["algorithm"];
  /** Whether the store has agreed to keep the checksum of the whole object, not that of the parts' checksums. */
  readonly isWhole?: boolean;
}

/** A part that has been stored. */
export interface Part {
  readonly etag: string;
  /** Set if it was sent with the part. */
  readonly checksum?: PartChecksum | undefined;
}

/** A checksum that a part was sent with. */
export interface PartChecksum {
  readonly algorithm: "sha256" | "crc32";
  readonly digest: Uint8Array;
  /** How many bytes it is of. */
  readonly byteLength: number;
}

/** The parts of an object, in order, and their total bytes. */
export interface SentParts {
  readonly parts: readonly Part[];
  readonly size: number;
}

/** What a request about an unfinished upload needs. */
export interface UploadReference {
  readonly purpose: Purpose;
  readonly key: string;
  readonly uploadId: string;
  readonly signal: AbortSignal | undefined;
}

/**
 * Makes an object of parts. After a failure, removes the stored parts and throws the first error.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html
 *
 * @param sendParts Stores the parts in the pool's tasks, with its signal. Its result may be filled by the tasks.
 * @returns The result of `sendParts`, and the object's ETag.
 */
export async function withMultipart<Sent extends SentParts>(
  context: OperationContext,
  target: MultipartTarget,
  sendParts: (multipart: Multipart, pool: TaskPool) => Promise<Sent>,
): Promise<{ sent: Sent; etag: string | null }> {
  const multipart = await beginUnlessAborted(context, target);
  try {
    const { concurrency } = context.upload;
    const sent = await withTaskPool(concurrency, target.signal, (pool) => sendParts(multipart, pool));
    return { sent, etag: await completeMultipart(context, multipart, sent) };
  } catch (error) {
    await abort(context, multipart);
    throw error;
  }
}

/** The properties that all requests for a part share. */
export function partRequest(
  { target, key, uploadId }: Multipart,
  partNumber: number,
): Purpose & { key: string; method: "PUT"; query: Record<string, string> } {
  return { ...target.purpose, key, method: "PUT", query: { partNumber: String(partNumber), uploadId } };
}

/** @throws {ServiceError} If the response lacks the text. */
export function required(text: string | null | undefined, name: string): string {
  if (text) return text;
  throw invalidResponse(`it has no ${name}`);
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
    }, ({ root, headers: answered }, { headers = {} }) => {
      const checksum = ANNOUNCED.get(headers["x-amz-checksum-algorithm"] ?? "");
      // A store that does not know the type may ignore it.
      const isWhole = [headers[TYPE], answered.get(TYPE)].every((type) => type === WHOLE);
      const uploadId = required(childText(root, "UploadId"), "UploadId");
      return { target, grant, key, uploadId, ...checksum !== undefined && { checksum, isWhole } };
    });
  };
  return target.initial === undefined
    ? await withGrant(context, create, target.signal)
    : await continueWithGrant(context, target.initial, create, target.signal);
}

const TYPE = "x-amz-checksum-type";
const WHOLE = "FULL_OBJECT";
const ANNOUNCED: ReadonlyMap<string, PartChecksum["algorithm"]> = new Map([["SHA256", "sha256"], ["CRC32", "crc32"]]);

/** If the caller aborts before the response arrives, still waits for it: it names the upload to remove. */
async function beginUnlessAborted(context: OperationContext, target: MultipartTarget): Promise<Multipart> {
  target.signal?.throwIfAborted();
  const beginning = beginMultipart(context, { ...target, signal: undefined });
  try {
    return { ...await untilAborted(beginning, target.signal), target };
  } catch (error) {
    if (target.signal?.aborted) {
      const timedOut = () =>
        new TimeoutError(`Cannot remove the upload: it did not begin within ${LATE_RESPONSE_MS} ms`);
      const remove = () => beginning.then((multipart) => abort(context, multipart));
      await withTimeLimit(LATE_RESPONSE_MS, timedOut, remove).catch(() => {});
    }
    throw error;
  }
}

/** CompleteMultipartUpload. https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html */
export async function completeMultipart(
  context: OperationContext,
  multipart: Multipart,
  sent: SentParts,
): Promise<string | null> {
  const { target, key, uploadId } = multipart;
  const bytes = new TextEncoder().encode(partsXml(sent.parts));
  const sha256Hex = toHex(await sha256(bytes));
  const checksum = multipart.isWhole ? await checksumOfParts(multipart, sent.parts) : undefined;
  const whole = checksum && { [checksum.header]: checksum.value, [TYPE]: WHOLE };
  let wasRetried = false;
  try {
    const etag = await continueWithGrant(context, multipart.grant, (grant) =>
      context.client.sendForXml({
        ...target.purpose,
        operation: "CompleteMultipartUpload",
        method: "POST",
        grant,
        key,
        query: { uploadId },
        headers: { ...target.conditions, ...whole, "content-type": "application/xml" },
        body: { bytes, sha256Hex },
        storeBytes: sent.size,
        onRetry: () => wasRetried = true,
        signal: target.signal,
      }, ({ root }) => {
        assertStored(root, "CompleteMultipartUploadResult");
        return readEtag(childText(root, "ETag"));
      }), target.signal);
    assertJoined(etag, target, sent);
    return etag;
  } catch (error) {
    // An earlier try whose response was lost may have completed the upload: then it is gone, or its file fails the
    // condition.
    const mayBeComplete = isUploadGone(error) || (error instanceof PreconditionFailedError && wasRetried);
    const etag = mayBeComplete ? await findCompleted(context, multipart, sent) : null;
    if (etag === null) throw error;
    return etag;
  }
}

/**
 * AbortMultipartUpload. https://docs.aws.amazon.com/AmazonS3/latest/API/API_AbortMultipartUpload.html
 *
 * @throws {ServiceError} With the code `"NoSuchUpload"`, if it has been completed or aborted.
 */
export async function abortMultipart(
  context: OperationContext,
  grant: Grant,
  { purpose, key, uploadId, signal }: UploadReference,
): Promise<void> {
  await context.client.sendForHeaders({
    ...purpose,
    operation: "AbortMultipartUpload",
    method: "DELETE",
    grant,
    key,
    query: { uploadId },
    signal,
  }, () => {});
}

/** Removes the parts after a failure. Reports its own failure as a warning, as the first error matters more. */
async function abort(context: OperationContext, { target, grant, key, uploadId }: Multipart): Promise<void> {
  const send = (newest: Grant, signal: AbortSignal) =>
    abortMultipart(context, newest, { purpose: target.purpose, key, uploadId, signal });
  try {
    const timedOut = () => new TimeoutError(`Cannot remove the parts: it took longer than ${ABORT_MS} ms`);
    await withTimeLimit(ABORT_MS, timedOut, async (signal) => {
      try {
        await continueWithGrant(context, grant, (newest) => send(newest, signal), signal);
      } catch (error) {
        // There may be no newer grant for this folder, but the one it began with may still be valid.
        if (!isUploadGone(error)) await send(grant, signal);
      }
    });
  } catch (error) {
    if (isUploadGone(error)) return;
    const reason = error instanceof S3SourceError ? error.message : "the request failed";
    const message = `Parts of ${quote(target.path)} may be left in the store after a failure: ${reason}`;
    context.emit?.({ type: "warning", code: "AbortFailed", message });
  }
}

/** Whether the upload no longer exists, because it has been completed or aborted. */
export function isUploadGone(error: unknown): boolean {
  return error instanceof S3SourceError && error.code === "NoSuchUpload";
}

const ABORT_MS = 30_000;
/**
 * How long an aborted caller waits for an upload that may have begun. If that takes longer, it is still removed later.
 */
const LATE_RESPONSE_MS = 5_000;
