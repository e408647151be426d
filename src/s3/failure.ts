import {
  AccessDeniedError,
  CredentialsExpiredError,
  FileNotFoundError,
  FileTooLargeError,
  IntegrityError,
  InvalidArgumentError,
  PreconditionFailedError,
  RangeNotSatisfiableError,
  S3SourceError,
  type S3SourceErrorOptions,
  ServiceError,
  TimeoutError,
} from "../errors.ts";
import type { Credentials } from "../types/config.ts";
import { isLongEnough, safeText } from "../text/safe_text.ts";
import { childText, readXml, type XmlElement } from "./xml/xml.ts";

/** What the store said when it refused. */
export interface Failure {
  /** HTTP status. */
  readonly status: number;
  /** S3's code; absent where there was no body, as after HEAD. */
  readonly code?: string | undefined;
  /** S3's sentence. */
  readonly message?: string | undefined;
  /** The bucket's region, where the request went to another. */
  readonly region?: string | undefined;
  /** For the store's operator. */
  readonly requestId?: string | undefined;
}

/** What a request was for, as error messages say it. */
export interface Purpose {
  /** `Cannot ${action}`, e.g. `read "a.txt"`. */
  readonly action: string;
  /** The path it is about. */
  readonly path?: string | undefined;
  /** It reads an object: a 404 without a code, as HEAD has it, then means that there is none. */
  readonly isObjectRead?: boolean;
}

/** Reads the body of a refusal; anything but S3's XML leaves the code open. */
export function readFailure(status: number, headers: Headers, body: string): Failure {
  const fromHeaders: Failure = {
    status,
    region: headers.get("x-amz-bucket-region") ?? undefined,
    requestId: readToken(headers.get("x-amz-request-id")),
  };
  try {
    return { ...fromHeaders, ...readErrorElement(readXml(body)) };
  } catch {
    return fromHeaders;
  }
}

/** The parts of an `<Error>` that are safe to show: others repeat the signed request with its session token. */
export function readErrorElement(error: XmlElement): Partial<Failure> {
  const parts: Partial<Failure> = {
    code: readToken(childText(error, "Code")),
    message: childText(error, "Message"),
    region: childText(error, "Region"),
    requestId: readToken(childText(error, "RequestId")),
  };
  return Object.fromEntries(Object.entries(parts).filter(([, text]) => text));
}

/** A code or an id as stores write them; anything else is not shown. */
export function readToken(text: string | null | undefined): string | undefined {
  return text && /^[\w.:/+=-]{1,128}$/.test(text) ? text : undefined;
}

/** The error a refusal becomes. */
export function toError(refusal: Failure, purpose: Purpose, credentials: Credentials): S3SourceError {
  const failure = withoutKeys(refusal, credentials);
  const { status, code } = failure;
  const options = errorOptions(failure, purpose);
  const cannot = `Cannot ${purpose.action}: `;
  const said = describe(failure, credentials);
  if (code === "NoSuchKey" || (status === 404 && code === undefined && purpose.isObjectRead)) {
    return new FileNotFoundError(`${cannot}it does not exist`, { ...options, code: "FileNotFound" });
  }
  if (code === "ExpiredToken") {
    return new CredentialsExpiredError(`${cannot}the credentials have expired${said}`, options);
  }
  if (status === 412 || code === "ConditionalRequestConflict") {
    return new PreconditionFailedError(`${cannot}the file is not in the expected state${said}`, {
      ...options,
      code: "PreconditionFailed",
    });
  }
  if (status === 416) {
    return new RangeNotSatisfiableError(`${cannot}the range begins behind the end of the file`, {
      ...options,
      code: "RangeNotSatisfiable",
    });
  }
  if (code === "EntityTooLarge") return new FileTooLargeError(`${cannot}it is too large${said}`, options);
  if (code !== undefined && DIGEST_CODES.has(code)) {
    return new IntegrityError(`${cannot}other bytes arrived than were sent${said}`, options);
  }
  if (code === "RequestTimeout" || status === 408) return new TimeoutError(`${cannot}it took too long${said}`, options);
  if (code === "AccessDenied") return new AccessDeniedError(`${cannot}the credentials do not allow it${said}`, options);
  const reason = REFUSAL_REASONS.get(code ?? "") ?? (status === 507 ? NO_ROOM : `the store answered ${status}`);
  return new ServiceError(`${cannot}${reason}${said}`, {
    ...options,
    code: code ?? (status === 507 ? "InsufficientStorage" : isRedirect(status) ? "Redirect" : "UnexpectedStatus"),
  });
}

function isRedirect(status: number): boolean {
  return status >= 300 && status < 400;
}

const NO_ROOM = "the store has no room left for it";
const ACCOUNT_CLOSED = "the account at the store is suspended, or has a problem";

/**
 * Why the store refused, where neither the credentials' permissions nor an outage is the reason: sending the request again
 * does not help.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html,
 * https://github.com/minio/minio/blob/master/cmd/api-errors.go
 */
export const REFUSAL_REASONS: ReadonlyMap<string, string> = new Map([
  ["QuotaExceeded", NO_ROOM],
  ["InsufficientStorage", NO_ROOM],
  ["XMinioStorageFull", NO_ROOM],
  ["XMinioAdminBucketQuotaExceeded", NO_ROOM],
  ["InvalidObjectState", "the file is archived, and must be restored first"],
  ["RequestTimeTooSkewed", "the clock of this machine differs too much from the store's"],
  ["KeyTooLongError", "its name is too long for the store"],
  ["AccountProblem", ACCOUNT_CLOSED],
  ["NotSignedUp", ACCOUNT_CLOSED],
  ["AllAccessDisabled", "the store has disabled all access to it"],
  ["SignatureDoesNotMatch", "the store does not accept the signature; is the secret key the right one?"],
  ["InvalidAccessKeyId", "the store does not know the access key"],
  ["InvalidToken", "the store does not accept the session token"],
]);

/** Makes a whole sentence of a failure that knows its reason only, as those of the layers below the client do. */
export function withPurpose(error: unknown, { action, path }: Purpose): unknown {
  if (!(error instanceof S3SourceError) || error.message.startsWith("Cannot ")) return error;
  const { code, cause } = error;
  const ErrorClass = [TimeoutError, InvalidArgumentError, FileTooLargeError].find((type) => error instanceof type) ??
    ServiceError;
  return new ErrorClass(`Cannot ${action}: ${error.message}`, { code, cause, ...path !== undefined && { path } });
}

/** Codes after which newer credentials may help. */
export const REJECTED_CREDENTIALS_CODES: ReadonlySet<string> = new Set([
  "ExpiredToken",
  "InvalidToken",
  "InvalidAccessKeyId",
]);

const DIGEST_CODES = new Set(["BadDigest", "InvalidDigest", "XAmzContentSHA256Mismatch"]);

function errorOptions({ status, code, requestId }: Failure, { path }: Purpose): S3SourceErrorOptions {
  return {
    status,
    ...code !== undefined && { code },
    ...path !== undefined && { path },
    ...requestId !== undefined && { requestId },
  };
}

function describe({ code, message }: Failure, credentials: Credentials): string {
  if (code === undefined) return "";
  const text = safeMessage(message, credentials);
  return text === "" ? ` (${code})` : ` (${code}: ${text})`;
}

/** The store's own sentence, without what it repeats of the keys and the signed request. */
export function safeMessage(message = "", { secretAccessKey, sessionToken }: Credentials): string {
  return safeText(message.trim(), [secretAccessKey, sessionToken]).slice(0, MAX_MESSAGE_LENGTH);
}

const MAX_MESSAGE_LENGTH = 300;

/** A failure whose code and id are no keys, which may look like them. */
function withoutKeys({ code, requestId, ...failure }: Failure, credentials: Credentials): Failure {
  return { ...failure, code: unlessKey(code, credentials), requestId: unlessKey(requestId, credentials) };
}

/** A code or an id, unless it is a key that the store repeats. */
export function unlessKey(token: string | undefined, credentials: Credentials): string | undefined {
  const { secretAccessKey, sessionToken = secretAccessKey } = credentials;
  const isKey = [secretAccessKey, sessionToken].some((secret) => isLongEnough(secret) && token?.includes(secret));
  return isKey ? undefined : token;
}
