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
import { isTransient } from "../s3/retry.ts";

/** Statuses of failed requests. */
export type FailureStatus = 400 | 403 | 404 | 408 | 409 | 411 | 412 | 413 | 421 | 429 | 500 | 502 | 503 | 504 | 507;

/** What whoever asked may know of a failure. */
export interface Failure {
  /** Of the answer. */
  readonly status: FailureStatus;
  /** A sentence: what happened, what is safe, what to do. */
  readonly message: string;
  /** Stands above it on a page. Default: one for the status. */
  readonly heading?: string;
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
  if (byCode === undefined && error instanceof ServiceError && !isTransient(error)) return REFUSED;
  return byCode ?? failure ?? { status: 500, message: "Something failed here, and the operator can see what." };
}

/** Whether an answer leaves out why, so that the operator must be told. */
export function needsLog(error: unknown, { status }: Failure): boolean {
  const isOfStore = error instanceof S3SourceError && BY_CODE.has(error.code);
  return !(error instanceof RequestRefusal) && (status === 403 || status >= 500 || isOfStore);
}

const NO_ROOM: Failure = {
  status: 507,
  heading: "The store is full",
  message: "The store has no room left for this source. Nothing was stored, and the files that are there are safe. " +
    "Delete what is not needed any more, or ask the operator for more room.",
};
const WRONG_KEYS: Failure = {
  status: 403,
  heading: "The store does not accept the keys",
  message: "The store does not accept the keys of this source. The files are safe. The operator has to check the keys.",
};
const ACCOUNT_CLOSED: Failure = {
  status: 502,
  heading: "The account at the store is suspended",
  message: "The store has suspended the account of this source. Nothing was changed. " +
    "The operator has to settle this with the store.",
};

/** What trying again does not change, by S3's code. */
const BY_CODE: ReadonlyMap<string, Failure> = new Map([
  ["QuotaExceeded", NO_ROOM],
  ["InsufficientStorage", NO_ROOM],
  ["XMinioStorageFull", NO_ROOM],
  ["XMinioAdminBucketQuotaExceeded", NO_ROOM],
  ["InvalidAccessKeyId", WRONG_KEYS],
  ["InvalidToken", WRONG_KEYS],
  ["SignatureDoesNotMatch", WRONG_KEYS],
  ["AccountProblem", ACCOUNT_CLOSED],
  ["NotSignedUp", ACCOUNT_CLOSED],
  ["AllAccessDisabled", {
    status: 403,
    message: "The store has disabled all access to this. Nothing was changed. The operator has to ask the store why.",
  }],
  ["InvalidObjectState", {
    status: 409,
    heading: "This file is archived",
    message: "This file is safe, but archived. It has to be restored from the store's archive before it can be read.",
  }],
  ["RequestTimeTooSkewed", {
    status: 502,
    heading: "The clock is wrong",
    message:
      "The clock of this server differs too much from the store's. The files are safe, and nothing was changed. " +
      "The operator has to set the clock.",
  }],
  ["KeyTooLongError", {
    status: 400,
    heading: "The name is too long",
    message:
      "This name is too long for the store, together with its folders. Nothing was stored; choose a shorter one.",
  }],
  ["NoSuchBucket", { status: 502, message: "The bucket of this source does not exist." }],
]);

const UNREACHABLE = "The store cannot be reached at the moment. The files are safe; try again in a moment.";
const REFUSED: Failure = {
  status: 502,
  heading: "The store does not accept this",
  message: "The store does not accept this. The files are safe, and nothing was changed. The operator can see why.",
};
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
