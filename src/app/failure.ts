import {
  AccessDeniedError,
  BrokerError,
  CredentialsExpiredError,
  FileNotFoundError,
  FileTooLargeError,
  IntegrityError,
  InvalidArgumentError,
  InvalidPathError,
  PreconditionFailedError,
  S3SourceError,
  ScopeChangedError,
  ServiceError,
  TimeoutError,
} from "../errors.ts";

/** Statuses of failed requests. */
export type FailureStatus = 400 | 403 | 404 | 408 | 409 | 411 | 412 | 413 | 421 | 429 | 500 | 502 | 503 | 504;

/** What whoever asked may know of a failure. */
export interface Failure {
  /** Of the answer. */
  readonly status: FailureStatus;
  /** A sentence: what happened, what is safe, what to do. */
  readonly message: string;
  /** What a program is told beside it, such as a `code`. */
  readonly facts?: Readonly<Record<string, unknown>>;
}

/** The app itself refuses a request. */
export class RequestRefusal extends Error implements Failure {
  /** Of the answer. */
  readonly status: FailureStatus;
  /** What a program is told beside the message. */
  readonly facts: Readonly<Record<string, unknown>>;

  /** @param message A sentence for whoever asked. */
  constructor(status: FailureStatus, message: string, facts: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.status = status;
    this.facts = facts;
  }
}

/** What to say of an error. Messages of the store, the broker or the program itself stay inside. */
export function failureOf(error: unknown): Failure {
  if (error instanceof RequestRefusal) return error;
  if (error instanceof InvalidPathError || error instanceof InvalidArgumentError) {
    return { status: 400, message: `${error.message}.` };
  }
  const byCode = error instanceof S3SourceError ? BY_CODE.get(error.code) : undefined;
  const [, failure] = BY_TYPE.find(([type]) => error instanceof type) ?? [];
  return byCode ?? failure ?? { status: 500, message: "Something failed here, and the operator can see what." };
}

/** Whether an answer leaves out why, so that the operator must be told. */
export function hidesReason(error: unknown, { status }: Failure): boolean {
  return !(error instanceof RequestRefusal) && (status === 403 || status >= 500);
}

/** What only the operator can mend, by S3's code. */
const BY_CODE: ReadonlyMap<string, Failure> = new Map([
  ["InvalidAccessKeyId", { status: 403, message: "The store does not accept the keys of this source." }],
  ["SignatureDoesNotMatch", { status: 403, message: "The store does not accept the keys of this source." }],
  ["NoSuchBucket", { status: 502, message: "The bucket of this source does not exist." }],
]);

const UNREACHABLE = "The store cannot be reached, or does not accept this. The files are safe; try again in a moment.";
const NO_CREDENTIALS = "The credentials service does not answer. The files are safe.";

const BY_TYPE: readonly (readonly [typeof S3SourceError, Failure])[] = [
  [FileNotFoundError, { status: 404, message: "There is no such file." }],
  [FileTooLargeError, { status: 413, message: "This is too large, and was not stored." }],
  [AccessDeniedError, { status: 403, message: "The credentials of this source do not allow this." }],
  [PreconditionFailedError, {
    status: 412,
    message: "The file is not, or no longer, what this request expects. Nothing was changed.",
  }],
  [ScopeChangedError, {
    status: 409,
    message: "This source has moved to another folder. Start again from its first page.",
  }],
  [BrokerError, { status: 503, message: NO_CREDENTIALS }],
  [CredentialsExpiredError, { status: 503, message: NO_CREDENTIALS }],
  [TimeoutError, { status: 504, message: "The store took too long. Try again in a moment." }],
  [IntegrityError, {
    status: 502,
    message: "The bytes that arrived are not the ones announced. Nothing was stored; try again.",
  }],
  [ServiceError, { status: 502, message: UNREACHABLE }],
];
