import type { ErrorResponse } from "./error_response.ts";

/**
 * Whether a store may refuse what it does not know. Stores word this in many ways; what is a matter of permissions,
 * signatures, names or bytes has other codes, or another status.
 */
export function isUnsupported({ status, code }: Pick<ErrorResponse, "status" | "code">): boolean {
  if (status !== 400 && status !== 405 && status !== 501) return false;
  return code === undefined || UNSUPPORTED.test(code);
}

const UNSUPPORTED = new RegExp(
  [
    "\\w*Not(?:Implemented|Supported|Allowed)\\w*",
    "\\w*Unsupported(?!Signature)\\w*",
    "(?:Invalid|Unknown|Unrecognized|Bad|Malformed)(?:Argument|Header|Parameter|Query|Request)\\w*",
    "ValidationError",
    // An error without S3's code.
    "UnexpectedStatus",
  ].map((code) => `^${code}$`).join("|"),
  "i",
);
