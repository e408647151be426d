import { hash, loadHash, sha256, toBase64, toHex } from "../hash/hash.ts";
import type { BodySource } from "./body_source.ts";
import { digestHeader } from "./object_headers.ts";
import { continueWithGrant, type OperationContext, quote, sendsChecksums } from "./operation_context.ts";
import { type Multipart, type MultipartTarget, type Part, partRequest, required, withMultipart } from "./multipart.ts";
import type { PartPlan } from "./part_plan.ts";
import type { TaskPool } from "../async/task_pool.ts";
import { assertDigest, assertSize, type StoredFile, type UploadedFile } from "./uploaded_file.ts";

/** The body of a file larger than one part. */
export interface PartedBody {
  /** The bytes after the first part. */
  readonly source: BodySource;
  readonly plan: PartPlan;
  /** The first part, already taken from the source. */
  readonly first: Uint8Array<ArrayBuffer>;
}

/** Stores a file in parts; only those being sent are in memory. */
export async function uploadParts(
  context: OperationContext,
  file: UploadedFile,
  body: PartedBody,
): Promise<StoredFile> {
  const digest = sendsChecksums(context) || !file.isHashed ? undefined : await body.source.digest?.(file.signal);
  const headers = { ...digest !== undefined && digestHeader(digest), ...file.headers };
  const target = uploadTarget(context, { ...file, headers });
  const { sent, etag } = await withMultipart(
    context,
    target,
    (multipart, pool) => sendParts(context, { multipart, pool, file, body }),
  );
  return { size: sent.size, etag, sha256: sent.sha256 };
}

/** The multipart upload for a file; announces the checksums of its parts. */
export function uploadTarget(
  context: OperationContext,
  { path, headers, conditions, signal }: Pick<UploadedFile, "path" | "headers" | "conditions" | "signal">,
): MultipartTarget {
  return {
    purpose: { action: `upload ${quote(path)}`, path },
    path,
    headers: { ...headers, ...announcedChecksum(context) },
    conditions,
    signal,
  };
}

/** SHA-256 only if it was chosen: stores keep one checksum of the whole file only of CRCs, which also take less time. */
function announcedChecksum(context: OperationContext): Record<string, string> {
  if (!sendsChecksums(context)) return {};
  if (isSha256Chosen(context)) return { "x-amz-checksum-algorithm": "SHA256" };
  return { "x-amz-checksum-algorithm": "CRC32", "x-amz-checksum-type": "FULL_OBJECT" };
}

function isSha256Chosen({ traits }: OperationContext): boolean {
  return traits.known.checksums === "sha256" && traits.fixedBy("checksums") === "config";
}

/** Takes one part after another from the body, and sends several at a time. */
async function sendParts(
  context: OperationContext,
  { multipart, pool, file, body }: { multipart: Multipart; pool: TaskPool; file: UploadedFile; body: PartedBody },
): Promise<{ parts: Part[]; size: number; sha256: Uint8Array | undefined }> {
  const { source, plan } = body;
  const parts: Part[] = [];
  const whole = file.isHashed ? (await loadHash("sha256"))() : undefined;
  let taken = 0;
  let next = { bytes: body.first, isLast: false };
  for (let partNumber = 1;; partNumber++) {
    const { bytes, isLast } = next;
    taken += bytes.byteLength;
    assertSize(file, taken, { isComplete: isLast });
    if (isLast) file.progress.learnTotal(taken);
    const onSent = file.progress.follow();
    whole?.update(bytes);
    await pool.add(async () => {
      let wasRetried = false;
      const onRetry = () => wasRetried = true;
      const { signal } = pool;
      parts[partNumber - 1] = await sendPart(context, multipart, { partNumber, bytes, onSent, onRetry, signal });
      // A request that has failed may still be sending them, as when a proxy has answered too early.
      if (!wasRetried) source.release?.(bytes);
    });
    if (isLast) break;
    next = await source.take(plan.sizeOf(partNumber + 1), pool.signal);
  }
  await pool.finish();
  const digest = whole?.digest();
  if (digest !== undefined) assertDigest(file, digest);
  return { parts, size: taken, sha256: digest };
}

/** UploadPart. https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPart.html */
export async function sendPart(
  context: OperationContext,
  multipart: Multipart,
  { partNumber, bytes, md5, onSent, onRetry, signal }: {
    partNumber: number;
    bytes: Uint8Array<ArrayBuffer>;
    /** Of a part whose upload announced no checksum: stores refuse others. */
    md5?: string;
    onSent?: ((byteLength: number) => void) | undefined;
    onRetry?: () => void;
    signal: AbortSignal;
  },
): Promise<Part> {
  const { checksum: algorithm } = multipart;
  // Where nobody else can alter the bytes, the signed checksum is enough.
  const isCovered = context.store.isTrusted &&
    (algorithm === "crc32" || md5 !== undefined && !isSha256Chosen(context));
  const digest = isCovered ? undefined : await sha256(bytes);
  const checksum = algorithm && {
    algorithm,
    digest: (algorithm === "sha256" ? digest : undefined) ?? await hash(algorithm, bytes),
    byteLength: bytes.byteLength,
  };
  const header = `x-amz-checksum-${algorithm}`;
  return await continueWithGrant(context, multipart.grant, (grant) =>
    context.client.sendForHeaders({
      ...partRequest(multipart, partNumber),
      operation: "UploadPart",
      grant,
      headers: {
        ...checksum !== undefined && { [header]: toBase64(checksum.digest) },
        ...md5 !== undefined && { "content-md5": md5 },
      },
      body: { bytes, ...digest !== undefined && { sha256Hex: toHex(digest) } },
      onSent,
      onRetry,
      signal,
    }, (headers, sent) => {
      const isSent = sent.headers?.[header] !== undefined;
      return { etag: required(headers.get("etag"), "ETag"), checksum: isSent ? checksum : undefined };
    }), signal);
}
