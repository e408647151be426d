import type { S3SourceError } from "../errors.ts";

/** Whether new credentials may help: the store says that it does not accept these, not that they do not allow it. */
export function rejectsCredentials({ status, code }: S3SourceError): boolean {
  return status === 401 || REJECTED_CODES.has(code);
}

/**
 * S3's and the common codes of AWS, which other stores and gateways use as well.
 * https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html
 */
export const EXPIRED_CODES = new Set([
  "ExpiredToken",
  "ExpiredTokenException",
  "SecurityTokenExpired",
  "TokenRefreshRequired",
]);
const REJECTED_CODES = new Set([
  ...EXPIRED_CODES,
  "InvalidToken",
  "InvalidTokenId",
  "InvalidSecurity",
  "InvalidSecurityToken",
  "InvalidAccessKeyId",
  "InvalidClientTokenId",
  "UnrecognizedClientException",
  "AuthFailure",
]);
