import { S3Failure } from "./failure.ts";
import type { OperationName } from "./operations.ts";
import type { MemoryS3Quirk } from "./quirks.ts";
import type { ParsedRequest, PermittedRequest } from "./request.ts";

type Quirks = ReadonlySet<MemoryS3Quirk>;

/** Fails as a store does that refuses a part of a request. */
export function assertTaken(request: ParsedRequest, operation: OperationName, quirks: Quirks): void {
  for (const quirk of quirks) {
    const failure = REFUSALS[quirk]?.(request, operation);
    if (failure !== undefined) throw failure;
  }
}

/** A request without what a store ignores. */
export function heededPart(request: PermittedRequest, quirks: Quirks): PermittedRequest {
  const headers = new Headers(request.headers);
  const query = new Map(request.query);
  if (quirks.has("ignoresConditions") && !isRead(request)) {
    for (const name of CONDITIONS) headers.delete(name);
  }
  if (quirks.has("ignoresRange") && isRead(request)) headers.delete("range");
  if (quirks.has("ignoresEncodingType")) query.delete("encoding-type");
  if (quirks.has("ignoresListV2")) { for (const name of NEW_IN_V2) query.delete(name); }
  return { ...request, headers, query };
}

const REFUSALS: Partial<
  Record<MemoryS3Quirk, (request: ParsedRequest, operation: OperationName) => S3Failure | undefined>
> = {
  noChecksumMode: ({ headers }) => unsupportedHeader(headers, /^x-amz-checksum-mode$/),
  noChecksums: ({ headers }) => unsupportedHeader(headers, /^x-amz-(?:sdk-)?checksum-(?!mode$)/),
  noChecksumType: ({ headers }) => unsupportedHeader(headers, /^x-amz-checksum-type$/),
  noSha256: ({ headers }) => {
    const [name, value] = [...headers].find((header) => SHA256_HEADER.test(header.join())) ?? [];
    return name === undefined ? undefined : notImplemented(`Header '${name}' with value '${value}'`);
  },
  noEncodingType: ({ query }, operation) =>
    query.has("encoding-type") ? notImplemented(`${operation} search parameter encoding-type`) : undefined,
  noListV2: (_, operation) => operation === "ListObjectsV2" ? notImplemented(operation) : undefined,
  noBulkDelete: (_, operation) => operation === "DeleteObjects" ? notImplemented(operation) : undefined,
  noUploadListing: (_, operation) => operation === "ListMultipartUploads" ? notImplemented(operation) : undefined,
  requiresContentMd5: ({ headers }, operation) =>
    operation === "DeleteObjects" && !headers.has("content-md5")
      ? new S3Failure("MissingContentMD5", "Missing required header for this request: Content-MD5")
      : undefined,
  maxParts1000: ({ query }) =>
    Number(query.get("partNumber")) > 1000
      ? new S3Failure("InvalidArgument", "Part number must be an integer between 1 and 1000, inclusive")
      : undefined,
};

/** Worded as on Backblaze B2. */
function unsupportedHeader(headers: Headers, pattern: RegExp): S3Failure | undefined {
  const name = [...headers.keys()].find((name) => pattern.test(name));
  if (name === undefined) return undefined;
  return new S3Failure("InvalidArgument", `Unsupported header '${name}' received for this API call.`);
}

/** Worded as on Cloudflare R2. */
function notImplemented(subject: string): S3Failure {
  return new S3Failure("NotImplemented", `${subject} not implemented`);
}

function isRead({ method }: ParsedRequest): boolean {
  return method === "GET" || method === "HEAD";
}

/** The header with a digest, or that announces one. */
const SHA256_HEADER = /^x-amz-(?:sdk-)?checksum-(?:algorithm,)?sha256/i;
const CONDITIONS = ["if-match", "if-none-match"];
const NEW_IN_V2 = ["list-type", "continuation-token", "start-after", "fetch-owner"];
