import { S3SourceError, TimeoutError } from "../errors.ts";

/** When to retry. */
export interface RetryPolicy {
  readonly maxAttempts: number;
  readonly baseDelayMs: number;
  readonly maxDelayMs: number;
}

/**
 * Whether a retry of the same request may succeed.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
 */
export function isTransient(error: unknown): error is S3SourceError {
  if (!(error instanceof S3SourceError) || isRefusal(error.code)) return false;
  return error instanceof TimeoutError || TRANSIENT_CODES.has(error.code) ||
    (error.status !== undefined && TRANSIENT_STATUSES.has(error.status));
}

/**
 * Milliseconds to wait after a failed attempt: random, below a bound that doubles with each attempt ("full jitter"), or
 * what the server asked for if that is longer.
 * https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 *
 * @param attempt The attempt that failed, from 1.
 * @param retryAfterMs From the response's `Retry-After`; capped like any delay.
 */
export function retryDelayMs(attempt: number, policy: RetryPolicy, retryAfterMs = 0): number {
  const bound = Math.min(policy.maxDelayMs, policy.baseDelayMs * 2 ** (attempt - 1));
  return Math.min(policy.maxDelayMs, Math.max(Math.random() * bound, retryAfterMs));
}

/** The delay of a `Retry-After`, in milliseconds: seconds or a date (RFC 9110, section 10.2.3); 0 if there is none. */
export function parseRetryAfter(value: string | null, nowMs: number): number {
  if (value === null) return 0;
  const ms = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - nowMs;
  return ms > 0 ? ms : 0;
}

/** Whether a code has a reason other than permissions and outages; a retry does not help. */
export function isRefusal(code: string | undefined): code is RefusalCode {
  return REFUSAL_CODES.some((refusal) => refusal === code);
}

/** One of these codes. */
export type RefusalCode = typeof REFUSAL_CODES[number];

/**
 * https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html,
 * https://github.com/minio/minio/blob/master/cmd/api-errors.go
 */
export const REFUSAL_CODES = [
  "QuotaExceeded",
  "InsufficientStorage",
  "XMinioStorageFull",
  "XMinioAdminBucketQuotaExceeded",
  "InvalidObjectState",
  "ObjectNotInActiveTierError",
  "RequestTimeTooSkewed",
  "KeyTooLongError",
  "AccountProblem",
  "NotSignedUp",
  "AllAccessDisabled",
  "SignatureDoesNotMatch",
  "InvalidAccessKeyId",
  "InvalidClientTokenId",
  "UnrecognizedClientException",
  "NoSuchBucket",
  "PermanentRedirect",
  "AuthorizationHeaderMalformed",
  "InvalidToken",
  "InvalidTokenId",
] as const;

/**
 * 425 is Too Early (RFC 8470), 509 the bandwidth limit of web hosts and gateways. For those above:
 * https://developers.cloudflare.com/support/troubleshooting/http-status-codes/cloudflare-5xx-errors/
 */
const TRANSIENT_STATUSES = new Set([408, 425, 429, 500, 502, 503, 504, 509, 520, 521, 522, 523, 524]);

const TRANSIENT_CODES = new Set([
  "NetworkError",
  "InvalidResponse",
  "ShortBody",
  "SlowDown",
  "RequestTimeout",
  "InternalError",
  "OperationAborted",
  "ConditionalRequestConflict",
  "ServiceUnavailable",
  // The bytes were damaged in transit: the digests come from the bytes that are sent again.
  "BadDigest",
  "XAmzContentSHA256Mismatch",
]);
