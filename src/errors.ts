import { escapeControls } from "./text/controls.ts";

/** Properties of this module's errors. They never contain a secret, a signed URL or a request's headers. */
export interface S3SourceErrorOptions {
  /** Machine-readable reason. Default: the name of the class without `Error`, e.g. `"FileNotFound"`. */
  code?: string | undefined;
  /** HTTP status of the response. Default: none, as without a response. */
  status?: number | undefined;
  /** The path that the operation was for, relative to the source. Default: none, as if it was for no single file. */
  path?: string | undefined;
  /** The store's request id, for its operator. Default: none, as if the store sent none. */
  requestId?: string | undefined;
  /** The underlying error, without URLs and secrets. Default: none. */
  cause?: unknown;
}

/** The names of this module's errors. */
export type S3SourceErrorName =
  | "ConfigError"
  | "InvalidArgumentError"
  | "InvalidPathError"
  | "InvalidContentError"
  | "FileNotFoundError"
  | "FileTooLargeError"
  | "RangeNotSatisfiableError"
  | "AccessDeniedError"
  | "PreconditionFailedError"
  | "CredentialsError"
  | "CredentialsExpiredError"
  | "ScopeChangedError"
  | "IntegrityError"
  | "TimeoutError"
  | "ServiceError";

/**
 * Base class of all errors of this module. Only aborts reject with something else: the caller's `signal.reason`.
 * `switch (error.name)` tells them apart, also in a minified bundle and across two copies of the module, where
 * `instanceof` would not.
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
export abstract class S3SourceError extends Error {
  /** The class's name, e.g. `"FileNotFoundError"`. */
  abstract override readonly name: S3SourceErrorName;
  /** Machine-readable reason, e.g. `"FileNotFound"`; for a `ServiceError` the store's own code. */
  readonly code: string;
  /** HTTP status of the response; absent if there was none. */
  declare readonly status?: number;
  /** The path that the operation was for, relative to the source; absent if it was for no single file. */
  declare readonly path?: string;
  /** The store's request id, for its operator; absent if it sent none. */
  declare readonly requestId?: string;

  /**
   * Creates an error.
   *
   * @param message `Cannot <verb> "<path>": <reason>`, or several of them, which become lines; control characters are
   * escaped.
   * @param options Further properties.
   */
  constructor(message: string | readonly string[], options: S3SourceErrorOptions = {}) {
    const text = [message].flat().map(escapeControls).join("\n");
    super(text, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = options.code ?? defaultCode(this);
    if (options.status !== undefined) this.status = options.status;
    if (options.path !== undefined) this.path = options.path;
    if (options.requestId !== undefined) this.requestId = options.requestId;
  }
}

/**
 * The configuration is invalid: an option is unknown, missing, of the wrong type, or contradicts another. Thrown before
 * any I/O.
 */
export class ConfigError extends S3SourceError {
  /** The class's name. */
  override get name(): "ConfigError" {
    return "ConfigError";
  }
}

/** An argument other than a path is invalid, e.g. a negative `limit`. Thrown before any I/O. */
export class InvalidArgumentError extends S3SourceError {
  /** The class's name. */
  override get name(): "InvalidArgumentError" {
    return "InvalidArgumentError";
  }
}

/**
 * A path is invalid: it is empty, absolute or too long, or has dot segments or control characters. Thrown before any
 * I/O.
 */
export class InvalidPathError extends S3SourceError {
  /** The class's name. */
  override get name(): "InvalidPathError" {
    return "InvalidPathError";
  }
}

/** The file's content is not what was asked for: it is not UTF-8, or not JSON. */
export class InvalidContentError extends S3SourceError {
  /** The class's name. */
  override get name(): "InvalidContentError" {
    return "InvalidContentError";
  }
}

/** The file does not exist. */
export class FileNotFoundError extends S3SourceError {
  /** The class's name. */
  override get name(): "FileNotFoundError" {
    return "FileNotFoundError";
  }
}

/** The file is larger than the caller's `maxBytes`, or than the store allows. */
export class FileTooLargeError extends S3SourceError {
  /** The class's name. */
  override get name(): "FileTooLargeError" {
    return "FileTooLargeError";
  }
}

/** The requested range starts beyond the end of the file. */
export class RangeNotSatisfiableError extends S3SourceError {
  /** The class's name. */
  override get name(): "RangeNotSatisfiableError" {
    return "RangeNotSatisfiableError";
  }
}

/** The store denies the operation to these credentials, or hides whether the file exists (a 403 for a missing key). */
export class AccessDeniedError extends S3SourceError {
  /** The class's name. */
  override get name(): "AccessDeniedError" {
    return "AccessDeniedError";
  }
}

/** `ifMatch` or `ifNoneMatch` did not hold, or the file changed while it was read. */
export class PreconditionFailedError extends S3SourceError {
  /** The class's name. */
  override get name(): "PreconditionFailedError" {
    return "PreconditionFailedError";
  }
}

/**
 * No credentials: the broker, the provider or the default AWS chain has none. `code` says why: `"BrokerUnreachable"`,
 * `"BrokerRefused"`, `"BrokerFailed"`, `"InvalidReply"`, `"ProviderFailed"`, `"NoCredentials"`, `"SdkMissing"` or
 * `"Anonymous"`.
 */
export class CredentialsError extends S3SourceError {
  /** The class's name. */
  override get name(): "CredentialsError" | "CredentialsExpiredError" {
    return "CredentialsError";
  }
}

/** The credentials have expired and no new ones are available; `cause` says why. */
export class CredentialsExpiredError extends CredentialsError {
  /** The class's name. */
  override get name(): "CredentialsExpiredError" {
    return "CredentialsExpiredError";
  }
}

/** The credentials are now for another bucket or prefix than the operation or cursor in progress. */
export class ScopeChangedError extends S3SourceError {
  /** The class's name. */
  override get name(): "ScopeChangedError" {
    return "ScopeChangedError";
  }
}

/** Bytes are missing, extra or altered: a checksum, a declared size or a body's length does not match. */
export class IntegrityError extends S3SourceError {
  /** The class's name. */
  override get name(): "IntegrityError" {
    return "IntegrityError";
  }
}

/** The response, or a part of it, took longer than `timeouts` allow. */
export class TimeoutError extends S3SourceError {
  /** The class's name. */
  override get name(): "TimeoutError" {
    return "TimeoutError";
  }
}

/**
 * The store cannot be reached, responded with an error that has no class of its own, or with something that is not S3.
 */
export class ServiceError extends S3SourceError {
  /** The class's name. */
  override get name(): "ServiceError" {
    return "ServiceError";
  }
}

function defaultCode({ name }: S3SourceError): string {
  return name.replace(/Error$/, "");
}

/** Any value in a message: short, on one line. Never throws. */
export function show(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.length > 200 ? `${value.slice(0, 200)}…` : value);
  if (Array.isArray(value)) return "a list";
  if (typeof value === "function") return "a function";
  return typeof value === "object" && value !== null ? "an object" : String(value);
}
