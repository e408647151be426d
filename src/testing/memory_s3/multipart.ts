import {
  type Checksum,
  checksumNode,
  checksumOf,
  type ChecksumType,
  type ObjectChecksum,
  readAlgorithm,
  readChecksum,
  setChecksum,
} from "./checksum.ts";
import { assertWritable } from "./conditions.ts";
import { objectFacts, verifyBody } from "./body.ts";
import { S3Failure } from "./failure.ts";
import { fromBase64 } from "./hash.ts";
import { concatBytes, integerParameter, type ParsedRequest } from "./request.ts";
import {
  contentEtag,
  getBucket,
  type MemoryStore,
  multipartEtag,
  shownEtag,
  type StoredPart,
  type StoredUpload,
} from "./store.ts";
import { childText, malformed, readXml, type XmlElement, xmlResponse } from "./xml.ts";

/** CreateMultipartUpload: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateMultipartUpload.html */
export function createUpload(request: ParsedRequest, store: MemoryStore): Response {
  const { uploads } = getBucket(store, request.bucket);
  const uploadId = crypto.randomUUID();
  const checksum = plannedChecksum(request.headers);
  uploads.set(uploadId, {
    ...objectFacts(request),
    key: request.key,
    initiated: store.now(),
    checksum,
    parts: new Map(),
  });
  const response = xmlResponse("InitiateMultipartUploadResult", [
    ["Bucket", request.bucket],
    ["Key", request.key],
    ["UploadId", uploadId],
  ]);
  if (checksum !== undefined) {
    response.headers.set("x-amz-checksum-algorithm", checksum.algorithm);
    response.headers.set("x-amz-checksum-type", checksum.type);
  }
  return response;
}

/** UploadPart: https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPart.html */
export function uploadPart(request: ParsedRequest, store: MemoryStore): Response {
  const upload = getUpload(request, store);
  const checksum = verifyBody(request, store);
  const part = storePart(upload, partNumberOf(request), { body: request.body, checksum, now: store.now() });
  const headers = new Headers({ etag: part.etag });
  setChecksum(headers, checksum);
  return new Response(null, { headers });
}

/** Stores a part; it replaces one with the same number. */
export function storePart(
  upload: StoredUpload,
  partNumber: number,
  { body, checksum, now }: { body: Uint8Array<ArrayBuffer>; checksum: Checksum | undefined; now: number },
): StoredPart {
  const part = { body, etag: contentEtag(body), lastModified: now, checksum };
  upload.parts.set(partNumber, part);
  return part;
}

/** CompleteMultipartUpload: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html */
export function completeUpload(request: ParsedRequest, store: MemoryStore): Response {
  const { objects, uploads } = getBucket(store, request.bucket);
  const upload = getUpload(request, store);
  const parts = chooseParts(request, upload, store);
  const body = concatBytes(parts.map((part) => part.body));
  const computed = upload.checksum && joinChecksums(upload.checksum, parts, body);
  const sent = readChecksum(request.headers);
  const isSameKind = sent !== undefined && sent.algorithm === computed?.algorithm;
  const checksum = isSameKind && store.quirks.has("unverifiedChecksums") ? { ...computed, ...sent } : computed;
  if (isSameKind && sent.value !== checksum?.value) {
    throw new S3Failure("BadDigest", `The ${sent.algorithm} you specified did not match the calculated checksum.`);
  }
  assertWritable(request, objects.get(request.key), store);
  const etag = multipartEtag(parts.map((part) => part.etag));
  objects.set(request.key, {
    headers: upload.headers,
    metadata: upload.metadata,
    body,
    etag,
    lastModified: store.now(),
    checksum,
    partSizes: parts.map((part) => part.body.byteLength),
  });
  uploads.delete(request.query.get("uploadId") ?? "");
  return xmlResponse("CompleteMultipartUploadResult", [
    ["Location", `${request.url.origin}${request.url.pathname}`],
    ["Bucket", request.bucket],
    ["Key", request.key],
    ["ETag", shownEtag(store, etag)],
    checksumNode(checksum),
    ["ChecksumType", checksum?.type],
  ]);
}

/** AbortMultipartUpload: https://docs.aws.amazon.com/AmazonS3/latest/API/API_AbortMultipartUpload.html */
export function abortUpload(request: ParsedRequest, store: MemoryStore): Response {
  getUpload(request, store);
  getBucket(store, request.bucket).uploads.delete(request.query.get("uploadId") ?? "");
  return new Response(null, { status: 204 });
}

/** The upload of a request. @throws {S3Failure} `NoSuchUpload`. */
export function getUpload(request: ParsedRequest, store: MemoryStore): StoredUpload {
  const uploadId = request.query.get("uploadId") ?? "";
  const upload = getBucket(store, request.bucket).uploads.get(uploadId);
  if (upload?.key !== request.key) {
    throw new S3Failure("NoSuchUpload", "The specified multipart upload does not exist.", {
      details: { UploadId: uploadId },
    });
  }
  return upload;
}

/** The part number of a request. @throws {S3Failure} `InvalidArgument`. */
export function partNumberOf(request: ParsedRequest): number {
  const partNumber = integerParameter(request, "partNumber", 0);
  if (partNumber >= 1 && partNumber <= 10_000) return partNumber;
  throw new S3Failure("InvalidArgument", "Part number must be an integer between 1 and 10000, inclusive");
}

/** The uploaded parts that the request lists. */
function chooseParts(request: ParsedRequest, upload: StoredUpload, { quirks }: MemoryStore): StoredPart[] {
  const root = readXml(new TextDecoder().decode(request.body));
  const listed = root.children.filter(({ name }) => name === "Part");
  if (root.name !== "CompleteMultipartUpload" || listed.length === 0) throw malformed();
  const numbers = listed.map((element) => Number(childText(element, "PartNumber")));
  if (numbers.some((number, index) => !(number > (numbers[index - 1] ?? 0)))) {
    throw new S3Failure("InvalidPartOrder", "The list of parts was not in ascending order.");
  }
  const parts = listed.map((element) => findPart(element, upload));
  const small = parts.slice(0, -1).find(({ body }) => body.byteLength < MIN_PART_BYTES);
  if (small !== undefined) {
    throw new S3Failure("EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size", {
      details: { ProposedSize: String(small.body.byteLength) },
    });
  }
  if (quirks.has("equalPartsOnly")) assertEqualSizes(parts);
  return parts;
}

/** Worded as on Cloudflare R2. */
function assertEqualSizes(parts: readonly StoredPart[]): void {
  const sizes = parts.map(({ body }) => body.byteLength);
  const [first = 0] = sizes;
  if (sizes.slice(0, -1).every((size) => size === first) && (sizes.at(-1) ?? 0) <= first) return;
  throw new S3Failure("InvalidPart", "All non-trailing parts must have the same length.");
}

function findPart(listed: XmlElement, upload: StoredUpload): StoredPart {
  const part = upload.parts.get(Number(childText(listed, "PartNumber")));
  const etag = childText(listed, "ETag")?.replaceAll('"', "");
  const checksum = childText(listed, checksumNode(part?.checksum)[0]) ?? part?.checksum?.value;
  if (part === undefined || `"${etag}"` !== part.etag || checksum !== part.checksum?.value) {
    throw new S3Failure("InvalidPart", "One or more of the specified parts could not be found or did not match.");
  }
  return part;
}

/** The checksum that CreateMultipartUpload asks for, with S3's default type. */
function plannedChecksum(headers: Headers): Pick<ObjectChecksum, "algorithm" | "type"> | undefined {
  const algorithm = readAlgorithm(headers.get("x-amz-checksum-algorithm"));
  if (algorithm === undefined) return undefined;
  const possible: readonly ChecksumType[] = algorithm === "CRC64NVME"
    ? ["FULL_OBJECT"]
    : algorithm.startsWith("SHA")
    ? ["COMPOSITE"]
    : ["COMPOSITE", "FULL_OBJECT"];
  const wanted = headers.get("x-amz-checksum-type");
  const type = wanted === null ? possible[0] : possible.find((one) => one === wanted.toUpperCase());
  if (type !== undefined) return { algorithm, type };
  throw new S3Failure("InvalidRequest", `The ${wanted} checksum type cannot be used with the ${algorithm} algorithm.`);
}

function joinChecksums(
  { algorithm, type }: Pick<ObjectChecksum, "algorithm" | "type">,
  parts: readonly StoredPart[],
  body: Uint8Array<ArrayBuffer>,
): ObjectChecksum {
  const digests = parts.map(({ checksum }) => {
    if (checksum?.algorithm === algorithm) return fromBase64(checksum.value);
    throw new S3Failure("InvalidRequest", `The upload was created using a ${algorithm} checksum. A part has none.`);
  });
  if (type === "FULL_OBJECT") return { ...checksumOf(algorithm, body), type };
  const { value } = checksumOf(algorithm, concatBytes(digests));
  return { algorithm, value: `${value}-${parts.length}`, type };
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
const MIN_PART_BYTES = 5 * 1024 * 1024;
