import { escapeControls } from "./text/safe_text.ts";

/** Properties of this module's errors. They never contain a secret, a signed URL or a request's headers. */
export interface S3SourceErrorOptions {
  /** Machine-readable reason; each class has its own default. */
  code?: string;
  /** HTTP status of the response, if there was one. */
  status?: number;
  /** The path that the operation was for, relative to the source. */
  path?: string;
  /** The store's request id, for its operator. */
  requestId?: string;
  /** The underlying error, without URLs and secrets. */
  cause?: unknown;
}

/**
 * Base class of all errors of this module. Only aborts reject with something else: the caller's `signal.reason`.
 *
 * @example
 * ```ts
 * import { assertRejects } from "@std/assert";
 * import { createS3Source, InvalidPathError, S3SourceError } from "@files/s3-source";
 *
 * const source = createS3Source({ bucket: "media" });
 * const error = await assertRejects(() => source.read("../secrets"), S3SourceError);
 * if (error instanceof InvalidPathError) console.assert(error.code === "InvalidPath" && error.path === "../secrets");
 * ```
 */
export class S3SourceError extends Error {
  /** Machine-readable reason, e.g. `"FileNotFound"`; for a `ServiceError` the store's own code. */
  readonly code: string;
  /** HTTP status of the response, if there was one. */
  declare readonly status?: number;
  /** The path that the operation was for, relative to the source. */
  declare readonly path?: string;
  /** The store's request id, for its operator. */
  declare readonly requestId?: string;

  /**
   * Creates an error.
   *
   * @param message `Cannot <verb> "<path>": <reason>`; control characters are escaped.
   * @param options Further properties.
   */
  constructor(message: string, options: S3SourceErrorOptions = {}) {
    super(escapeControls(message), options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = options.code ?? new.target.name.replace(/Error$/, "");
    if (options.status !== undefined) this.status = options.status;
    if (options.path !== undefined) this.path = options.path;
    if (options.requestId !== undefined) this.requestId = options.requestId;
  }
}

/**
 * The configuration is invalid: an option is unknown, missing, of the wrong type, or contradicts another. Thrown before
 * any I/O.
 */
export class ConfigError extends S3SourceError {}

/** An argument other than a path is invalid, e.g. a negative `limit`. Thrown before any I/O. */
export class InvalidArgumentError extends S3SourceError {}

/**
 * A path is invalid: it is empty, absolute or too long, or has dot segments or control characters. Thrown before any
 * I/O.
 */
export class InvalidPathError extends S3SourceError {}

/** The file's content is not what the operation expects, e.g. not JSON. */
export class InvalidContentError extends S3SourceError {}

/** The file does not exist. */
export class FileNotFoundError extends S3SourceError {}

/** The file is larger than the caller's `maxBytes`, or than the store allows. */
export class FileTooLargeError extends S3SourceError {}

/** The requested range starts beyond the end of the file. */
export class RangeNotSatisfiableError extends S3SourceError {}

/** The store denies the operation to these credentials, or hides whether the file exists (a 403 for a missing key). */
export class AccessDeniedError extends S3SourceError {}

/** `ifMatch` or `ifNoneMatch` did not hold, or the file changed while it was read. */
export class PreconditionFailedError extends S3SourceError {}

/** The credentials broker cannot be reached, or its reply is invalid. */
export class BrokerError extends S3SourceError {}

/** The credentials have expired and no new ones are available; `cause` says why. */
export class CredentialsExpiredError extends S3SourceError {}

/** The credentials are now for another bucket or prefix than the operation or cursor in progress. */
export class ScopeChangedError extends S3SourceError {}

/** Bytes are missing, extra or altered: a checksum, a declared size or a body's length does not match. */
export class IntegrityError extends S3SourceError {}

/** The response, or a part of it, took longer than `timeouts` allow. */
export class TimeoutError extends S3SourceError {}

/**
 * The store cannot be reached, responded with an error that has no class of its own, or with something that is not S3.
 */
export class ServiceError extends S3SourceError {}

/** Any value in a message: short, on one line. Never throws. */
export function show(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.length > 200 ? `${value.slice(0, 200)}…` : value);
  if (Array.isArray(value)) return "a list";
  if (typeof value === "function") return "a function";
  return typeof value === "object" && value !== null ? "an object" : String(value);
}
