import {
  FileTooLargeError,
  InvalidArgumentError,
  RangeNotSatisfiableError,
  S3SourceError,
  ServiceError,
  TimeoutError,
} from "../errors.ts";

/** The purpose of a request, for error messages. */
export interface Purpose {
  /** What follows `Cannot`, e.g. `read "a.txt"`. */
  readonly action: string;
  /** The path concerned. */
  readonly path?: string | undefined;
  /** Whether it reads an object: then a 404 without a code, as after HEAD, means that the file does not exist. */
  readonly isObjectRead?: boolean;
}

/** Completes the message of an error from the layers below the client, which is only a reason. */
export function withPurpose(error: unknown, { action, path }: Purpose): unknown {
  if (!(error instanceof S3SourceError) || error.message.startsWith("Cannot ")) return error;
  const { code, status, cause } = error;
  const ErrorClass = KEPT_CLASSES.find((type) => error instanceof type) ?? ServiceError;
  return new ErrorClass(`Cannot ${action}: ${error.message}`, { code, status, cause, path });
}

const KEPT_CLASSES = [TimeoutError, InvalidArgumentError, FileTooLargeError, RangeNotSatisfiableError];
