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
import type { Credentials } from "../config_types.ts";
import { safeText } from "./safe_text.ts";
import { childText, readXml, type XmlElement } from "./xml.ts";

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
export function toError(failure: Failure, purpose: Purpose, credentials: Credentials): S3SourceError {
  const { status, code } = failure;
  const options = errorOptions(failure, purpose);
  const cannot = `Cannot ${purpose.action}: `;
  const said = describe(failure, credentials);
  if (code === "NoSuchKey" || (status === 404 && code === undefined && purpose.isObjectRead)) {
    return new FileNotFoundError(`${cannot}it does not exist`, { ...options, code: "FileNotFound" });
  }
  if (code === "ExpiredToken") return new CredentialsExpiredError(`${cannot}the credentials are over${said}`, options);
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
  const reason = REASONS.get(code ?? "") ?? (status === 507 ? NO_ROOM : undefined);
  if (status === 403 && (code === undefined || DENIED_CODES.has(code))) {
    return new AccessDeniedError(`${cannot}${reason ?? "the store denies it"}${said}`, options);
  }
  return new ServiceError(`${cannot}${reason ?? `the store answered ${status}`}${said}`, {
    ...options,
    code: code ?? (status >= 300 && status < 400 ? "Redirect" : "UnexpectedStatus"),
  });
}

/** Makes a whole sentence of a failure that knows its reason only, as those of the layers below the client do. */
export function withPurpose(error: unknown, { action, path }: Purpose): unknown {
  if (!(error instanceof S3SourceError) || error.message.startsWith("Cannot ")) return error;
  const { code, cause } = error;
  const ErrorClass = [TimeoutError, InvalidArgumentError].find((type) => error instanceof type) ?? ServiceError;
  return new ErrorClass(`Cannot ${action}: ${error.message}`, { code, cause, ...path !== undefined && { path } });
}

/** Codes after which newer credentials may help. */
export const REJECTED_CREDENTIALS_CODES: ReadonlySet<string> = new Set([
  "ExpiredToken",
  "InvalidToken",
  "InvalidAccessKeyId",
]);

const DIGEST_CODES = new Set(["BadDigest", "InvalidDigest", "XAmzContentSHA256Mismatch"]);

/** Of the refusals with 403, those that speak of permissions or of the keys: without a code, as after HEAD, it may be any of them. */
const DENIED_CODES: ReadonlySet<string> = new Set([
  "AccessDenied",
  "AllAccessDisabled",
  "Forbidden",
  "InvalidAccessKeyId",
  "InvalidSecurity",
  "SignatureDoesNotMatch",
]);

const NO_ROOM = "the store has no room for it, or its quota is used up";

/** What codes mean that say nothing of permissions. https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
const REASONS: ReadonlyMap<string, string> = new Map([
  ["AccountProblem", "the store has a problem with the account"],
  ["InsufficientStorage", NO_ROOM],
  ["InvalidAccessKeyId", "the store does not know the access key id"],
  ["InvalidObjectState", "the file is archived; restore it first"],
  ["KeyTooLongError", "its name is longer than the store allows"],
  ["QuotaExceeded", NO_ROOM],
  ["RequestTimeTooSkewed", "this machine's clock differs too much from the store's"],
  ["SignatureDoesNotMatch", "the store does not accept the signature; the secret access key may be wrong"],
  ["XMinioAdminBucketQuotaExceeded", NO_ROOM],
  ["XMinioStorageFull", NO_ROOM],
]);

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

/** The store's own sentence, unless it repeats what it was sent. */
export function safeMessage(message = "", { secretAccessKey, sessionToken = "" }: Credentials): string {
  return safeText(message, [secretAccessKey, sessionToken]);
}
