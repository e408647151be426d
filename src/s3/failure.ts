import {
  AccessDeniedError,
  ConfigError,
  CredentialsError,
  CredentialsExpiredError,
  FileNotFoundError,
  FileTooLargeError,
  IntegrityError,
  PreconditionFailedError,
  RangeNotSatisfiableError,
  type S3SourceError,
  type S3SourceErrorOptions,
  ScopeChangedError,
  ServiceError,
  TimeoutError,
} from "../errors.ts";
import type { Credentials } from "../types/config.ts";
import { shortSafeText } from "../text/safe_text.ts";
import type { ErrorResponse } from "./error_response.ts";
import type { Purpose } from "./purpose.ts";
import { EXPIRED_CODES } from "./rejected_keys.ts";
import { isRefusal, type RefusalCode } from "./retry.ts";
import { unlessKey } from "./token.ts";

/** The error to throw for an error response; `hint` ends its message. */
export function toError(
  response: ErrorResponse,
  purpose: Purpose,
  credentials: Credentials,
  hint = "",
): S3SourceError {
  const { status, message } = response;
  // Either may repeat a key that has the form of a code.
  const code = unlessKey(response.code, credentials);
  const requestId = unlessKey(response.requestId, credentials);
  const options: S3SourceErrorOptions = { status, code, path: purpose.path, requestId };
  const cannot = `Cannot ${purpose.action}: `;
  const said = quoteStore(code, safeMessage(message, credentials)) + hint;
  if (code === "NoSuchKey" || (status === 404 && code === undefined && purpose.isObjectRead)) {
    const folderHint = purpose.path?.endsWith("/") ? ' as a file; a path that ends in "/" is a folder' : "";
    return new FileNotFoundError(`${cannot}it does not exist${folderHint}${said}`, {
      ...options,
      code: "FileNotFound",
    });
  }
  if (code !== undefined && EXPIRED_CODES.has(code)) {
    return new CredentialsExpiredError(`${cannot}the credentials have expired${said}`, options);
  }
  if (status === 412 || code === "ConditionalRequestConflict") {
    return new PreconditionFailedError(`${cannot}the file is not in the expected state${said}`, {
      ...options,
      code: status === 412 ? "PreconditionFailed" : code,
    });
  }
  if (status === 416) {
    return new RangeNotSatisfiableError(`${cannot}the range starts beyond the end of the file${said}`, {
      ...options,
      code: "RangeNotSatisfiable",
    });
  }
  if (code === "EntityTooLarge" || (status === 413 && code === undefined)) {
    return new FileTooLargeError(`${cannot}it is too large${said}`, options);
  }
  if (code !== undefined && DIGEST_CODES.has(code)) {
    return new IntegrityError(`${cannot}other bytes arrived than were sent${said}`, options);
  }
  if (code === "RequestTimeout" || status === 408) return new TimeoutError(`${cannot}it took too long${said}`, options);
  if (code === "AccessDenied") return new AccessDeniedError(`${cannot}the credentials do not allow it${said}`, options);
  const reason = isRefusal(code) ? REFUSAL_REASONS[code] : reasonOf(response);
  return new ServiceError(`${cannot}${reason}${said}`, { ...options, code: code ?? codeOf(status) });
}

function reasonOf({ status, code }: ErrorResponse): string {
  // An error in a 200, too.
  if (status === undefined || (status >= 200 && status < 300)) return "the store did not do it";
  if (status === 401) return "the store does not accept the credentials";
  if (isRedirect(status)) return `the store redirects with ${status}, which is not followed`;
  // As other servers, and other ports of stores, do.
  if (status === 404 && code === undefined) return "the store responded with 404; is the endpoint correct?";
  return status === 507 ? NO_ROOM : `the store responded with ${status}`;
}

function codeOf(status: number | undefined): string {
  if (status === undefined) return "UnknownError";
  if (status === 507) return "InsufficientStorage";
  return isRedirect(status) ? "Redirect" : "UnexpectedStatus";
}

/** 0 is the status that browsers give to a redirect that is not followed. */
function isRedirect(status: number): boolean {
  return status === 0 || (status >= 300 && status < 400 && status !== 304);
}

const NO_ROOM = "the store has no room left for it";
const ARCHIVED = "the file is archived; restore it first";
const UNKNOWN_KEY = "the store does not know the access key; is it a key of this store, and still active?";
const ACCOUNT_CLOSED = "the account at the store is suspended, or has a problem";

const OTHER_REGION = 'the bucket is in another region; set the option "region", or correct the endpoint';

const REFUSAL_REASONS: Readonly<Record<RefusalCode, string>> = {
  QuotaExceeded: NO_ROOM,
  InsufficientStorage: NO_ROOM,
  XMinioStorageFull: NO_ROOM,
  XMinioAdminBucketQuotaExceeded: NO_ROOM,
  InvalidObjectState: ARCHIVED,
  ObjectNotInActiveTierError: ARCHIVED,
  RequestTimeTooSkewed: "the clock of this machine differs too much from the store's",
  KeyTooLongError: "its name is too long for the store",
  AccountProblem: ACCOUNT_CLOSED,
  NotSignedUp: ACCOUNT_CLOSED,
  AllAccessDisabled: "the store has disabled all access to it",
  SignatureDoesNotMatch: "the store does not accept the signature; is the secret access key correct?",
  InvalidAccessKeyId: UNKNOWN_KEY,
  InvalidClientTokenId: UNKNOWN_KEY,
  UnrecognizedClientException: UNKNOWN_KEY,
  NoSuchBucket: "the store has no such bucket; are its name and the endpoint correct?",
  PermanentRedirect: OTHER_REGION,
  AuthorizationHeaderMalformed: OTHER_REGION,
  InvalidToken: "the store does not accept the session token",
  InvalidTokenId: "the store does not accept the session token",
};

/** The failure of a request for many files, whose action is `whole`, as the failure of one of them. */
export function forPath(error: S3SourceError, { action, path }: Purpose, whole: string): S3SourceError {
  const { message, code, status, requestId, cause } = error;
  const ErrorClass = CLASSES.find((type) => error instanceof type) ?? ServiceError;
  return new ErrorClass(message.replace(`Cannot ${whole}:`, () => `Cannot ${action}:`), {
    code,
    cause,
    status,
    path,
    requestId,
  });
}

const CLASSES = [
  AccessDeniedError,
  CredentialsExpiredError,
  CredentialsError,
  ScopeChangedError,
  IntegrityError,
  TimeoutError,
  ConfigError,
];

const DIGEST_CODES = new Set(["BadDigest", "InvalidDigest", "XAmzContentSHA256Mismatch"]);

function quoteStore(code: string | undefined, message: string): string {
  if (code === undefined) return message === "" ? "" : ` (${message})`;
  return message === "" ? ` (${code})` : ` (${code}: ${message})`;
}

/** The store's message, without secrets of the request that it may repeat. */
export function safeMessage(message = "", { secretAccessKey, sessionToken }: Credentials): string {
  return shortSafeText(message, [secretAccessKey, sessionToken]);
}
