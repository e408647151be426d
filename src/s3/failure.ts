import {
  AccessDeniedError,
  ConfigError,
  CredentialsError,
  CredentialsExpiredError,
  FileNotFoundError,
  FileTooLargeError,
  IntegrityError,
  InvalidArgumentError,
  PreconditionFailedError,
  RangeNotSatisfiableError,
  S3SourceError,
  type S3SourceErrorOptions,
  ScopeChangedError,
  ServiceError,
  TimeoutError,
} from "../errors.ts";
import type { Credentials } from "../types/config.ts";
import { hasSecret, shortSafeText } from "../text/safe_text.ts";
import type { ErrorResponse } from "./error_response.ts";

/** The purpose of a request, for error messages. */
export interface Purpose {
  /** What follows `Cannot`, e.g. `read "a.txt"`. */
  readonly action: string;
  /** The path concerned. */
  readonly path?: string | undefined;
  /** Whether it reads an object: then a 404 without a code, as after HEAD, means that the file does not exist. */
  readonly isObjectRead?: boolean;
}

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
  const reason = REFUSAL_REASONS.get(code ?? "") ?? reasonOf(response);
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

/**
 * Reasons other than permissions and outages; a retry does not help.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html,
 * https://github.com/minio/minio/blob/master/cmd/api-errors.go
 */
export const REFUSAL_REASONS: ReadonlyMap<string, string> = new Map([
  ["QuotaExceeded", NO_ROOM],
  ["InsufficientStorage", NO_ROOM],
  ["XMinioStorageFull", NO_ROOM],
  ["XMinioAdminBucketQuotaExceeded", NO_ROOM],
  ["InvalidObjectState", ARCHIVED],
  ["ObjectNotInActiveTierError", ARCHIVED],
  ["RequestTimeTooSkewed", "the clock of this machine differs too much from the store's"],
  ["KeyTooLongError", "its name is too long for the store"],
  ["AccountProblem", ACCOUNT_CLOSED],
  ["NotSignedUp", ACCOUNT_CLOSED],
  ["AllAccessDisabled", "the store has disabled all access to it"],
  ["SignatureDoesNotMatch", "the store does not accept the signature; is the secret access key correct?"],
  ["InvalidAccessKeyId", UNKNOWN_KEY],
  ["InvalidClientTokenId", UNKNOWN_KEY],
  ["UnrecognizedClientException", UNKNOWN_KEY],
  ["NoSuchBucket", "the store has no such bucket; are its name and the endpoint correct?"],
  ["PermanentRedirect", OTHER_REGION],
  ["AuthorizationHeaderMalformed", OTHER_REGION],
  ["InvalidToken", "the store does not accept the session token"],
  ["InvalidTokenId", "the store does not accept the session token"],
]);

/** Completes the message of an error from the layers below the client, which is only a reason. */
export function withPurpose(error: unknown, { action, path }: Purpose): unknown {
  if (!(error instanceof S3SourceError) || error.message.startsWith("Cannot ")) return error;
  const { code, status, cause } = error;
  const ErrorClass = KEPT_CLASSES.find((type) => error instanceof type) ?? ServiceError;
  return new ErrorClass(`Cannot ${action}: ${error.message}`, { code, status, cause, path });
}

const KEPT_CLASSES = [TimeoutError, InvalidArgumentError, FileTooLargeError, RangeNotSatisfiableError];

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

/** Whether new credentials may help: the store says that it does not accept these, not that they do not allow it. */
export function rejectsCredentials({ status, code }: S3SourceError): boolean {
  return status === 401 || REJECTED_CODES.has(code);
}

/**
 * S3's and the common codes of AWS, which other stores and gateways use as well.
 * https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html
 */
const EXPIRED_CODES = new Set([
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

const DIGEST_CODES = new Set(["BadDigest", "InvalidDigest", "XAmzContentSHA256Mismatch"]);

function quoteStore(code: string | undefined, message: string): string {
  if (code === undefined) return message === "" ? "" : ` (${message})`;
  return message === "" ? ` (${code})` : ` (${code}: ${message})`;
}

/** The store's message, without secrets of the request that it may repeat. */
export function safeMessage(message = "", { secretAccessKey, sessionToken }: Credentials): string {
  return shortSafeText(message, [secretAccessKey, sessionToken]);
}

/** A code or id, unless it contains a key. */
export function unlessKey(token: string | undefined, credentials: Credentials): string | undefined {
  const { secretAccessKey, sessionToken = secretAccessKey } = credentials;
  return token !== undefined && hasSecret(token, [secretAccessKey, sessionToken]) ? undefined : token;
}
