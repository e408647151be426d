import { escapeControls } from "./text/safe_text.ts";

/** What every error of this module may carry beside its message. Never a secret, a signed URL or a request's headers. */
export interface S3SourceErrorOptions {
  /** The machine-readable reason; each class has its own default. */
  code?: string;
  /** HTTP status of the answer, when there was one. */
  status?: number;
  /** The path, relative to the source, that the failed operation was about. */
  path?: string;
  /** The store's request id, for its operator. */
  requestId?: string;
  /** The failure underneath, already stripped of URLs and secrets. */
  cause?: unknown;
}

/**
 * The base of every error that this module throws, except a caller's own abort, which rejects with `signal.reason`.
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
  /** The machine-readable reason, e.g. `"FileNotFound"`; for a `ServiceError` the store's own code. */
  readonly code: string;
  /** HTTP status of the answer, when there was one. */
  declare readonly status?: number;
  /** The path, relative to the source, that the failed operation was about. */
  declare readonly path?: string;
  /** The store's request id, for its operator. */
  declare readonly requestId?: string;

  /**
   * Makes an error of a sentence, `Cannot <verb> "<path>": <reason>`. Control characters in it are escaped.
   *
   * @param options What else is known of the failure.
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

/** The configuration cannot be used: an unknown option, a wrong type, a missing or contradicting one. Thrown before any I/O. */
export class ConfigError extends S3SourceError {}

/** An argument other than a path cannot be used, e.g. a negative `limit`. Thrown before any I/O. */
export class InvalidArgumentError extends S3SourceError {}

/** A path breaks the path rules: empty, absolute, dot segments, control characters, too long. Thrown before any I/O. */
export class InvalidPathError extends S3SourceError {}

/** There is no such file. */
export class FileNotFoundError extends S3SourceError {}

/** The file is larger than the caller's `maxBytes`, or than the store can hold. */
export class FileTooLargeError extends S3SourceError {}

/** The requested range starts beyond the end of the file. */
export class RangeNotSatisfiableError extends S3SourceError {}

/** The store refuses the operation for these credentials, or hides whether the file exists (a 403 on a missing key). */
export class AccessDeniedError extends S3SourceError {}

/** `ifMatch` or `ifNoneMatch` did not hold, or the file changed while it was read. */
export class PreconditionFailedError extends S3SourceError {}

/** The credentials broker cannot be reached, or its reply cannot be used. */
export class BrokerError extends S3SourceError {}

/** The credentials have expired and no newer ones are available; `cause` says why. */
export class CredentialsExpiredError extends S3SourceError {}

/** The grant moved to another bucket or prefix while an operation, or a cursor, still belonged to the former one. */
export class ScopeChangedError extends S3SourceError {}

/** Bytes are missing, superfluous or altered: a checksum, a declared size or a body's length does not match. */
export class IntegrityError extends S3SourceError {}

/** Nothing came for longer than `timeouts` allow. */
export class TimeoutError extends S3SourceError {}

/** The store answered with an error that has no class of its own, cannot be reached, or answered what S3 never does. */
export class ServiceError extends S3SourceError {}

/** A value as messages show it: short, on one line, and without failing whatever it is. */
export function show(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.length > 200 ? `${value.slice(0, 200)}…` : value);
  if (Array.isArray(value)) return "a list";
  if (typeof value === "function") return "a function";
  return typeof value === "object" && value !== null ? "an object" : String(value);
}
