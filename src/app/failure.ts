import {
  AccessDeniedError,
  CredentialsError,
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
import { StateError } from "../state/state_error.ts";

/** Statuses of failed requests. */
export type FailureStatus =
  | 400
  | 401
  | 403
  | 404
  | 408
  | 409
  | 411
  | 412
  | 413
  | 421
  | 429
  | 500
  | 502
  | 503
  | 504
  | 507;

/** The part of an error that is safe to show to the client. */
export interface Failure {
  /** Of the response. */
  readonly status: FailureStatus;
  /** For people: what happened, what is safe, what to do. */
  readonly message: string;
  /** Above the message on a page. Default: one for the status. */
  readonly heading?: string;
  /** For programs, such as a `code`; part of the JSON. */
  readonly facts?: Readonly<Record<string, unknown>>;
}

/** The app refuses a request. */
export class RequestRefusal extends Error implements Failure {
  /** Of the response. */
  readonly status: FailureStatus;
  /** For programs, such as a `code`; part of the JSON. */
  readonly facts: Readonly<Record<string, unknown>>;

  /** @param message Shown to the client. */
  constructor(status: FailureStatus, message: string, facts: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.status = status;
    this.facts = facts;
  }
}

/** What to show of an error. Messages of the store, the broker and the program itself are not shown. */
export function failureOf(error: unknown): Failure {
  if (error instanceof RequestRefusal) return error;
  if (error instanceof StateError) return NO_STATE;
  if (error instanceof InvalidPathError || error instanceof InvalidArgumentError) {
    return { status: 400, message: `${error.message}.` };
  }
  if (error instanceof IntegrityError && error.code === "SizeMismatch") return OTHER_SIZE;
  const byCode = error instanceof S3SourceError ? BY_CODE.get(error.code) : undefined;
  if (byCode !== undefined) return byCode;
  if (error instanceof ServiceError && !isTransient(error)) return REJECTED;
  if (isRefusedByBroker(error)) return NOT_ACCEPTED;
  const [, failure] = BY_TYPE.find(([type]) => error instanceof type) ?? [];
  return failure ?? { status: 500, message: "Something went wrong on the server. The operator can see why." };
}

/** Whether the broker does not accept the app's secret, perhaps since its last keys were made. */
export function isRefusedByBroker(error: unknown): boolean {
  return error instanceof CredentialsError && (error.code === "BrokerRefused" || isRefusedByBroker(error.cause));
}

/** The client is gone, which is no failure of the server's. */
export const BROKEN_OFF: RequestRefusal = new RequestRefusal(400, "The client disconnected before the end.");

/** Whether a request failed because its client is gone, not because the server stops. */
export function isBrokenOff(error: unknown, { aborted, reason }: AbortSignal): boolean {
  return aborted && error === reason && !(reason instanceof RequestRefusal);
}

/** Whether the response hides the reason, so that the operator needs it in the log. */
export function needsLog(error: unknown, { status }: Failure): boolean {
  const isOfStore = error instanceof S3SourceError && BY_CODE.has(error.code);
  return !(error instanceof RequestRefusal) && (status === 403 || status >= 500 || isOfStore);
}

const NO_STATE: Failure = {
  status: 503,
  heading: "Not possible at the moment",
  message:
    "The servers of this site cannot reach what they share, which this needs. The files are safe; try again in a " +
    "moment.",
  facts: { code: "state" },
};
const OTHER_SIZE: Failure = {
  status: 400,
  message: "The body has another size than announced. Nothing was stored; send it again.",
};
/** Trying again does not help before something else has changed. */
const FINAL = { code: "rejected" } as const;

const NO_ROOM: Failure = {
  status: 507,
  heading: "The store is full",
  message: "The store has no room left for this source. Nothing was stored, and existing files are safe. " +
    "Delete files you no longer need, or ask the operator for more room.",
  facts: FINAL,
};
const WRONG_KEYS: Failure = {
  status: 403,
  heading: "The store does not accept the keys",
  message: "The store does not accept the keys of this source. The files are safe. The operator must check the keys.",
};
const ARCHIVED: Failure = {
  status: 409,
  heading: "This file is archived",
  message: "This file is safe, but archived. It must be restored from the store's archive before it can be read.",
};
const ACCOUNT_CLOSED: Failure = {
  status: 502,
  heading: "The account at the store is suspended",
  message: "The store has suspended the account of this source. Nothing was changed. " +
    "The operator must settle this with the store.",
  facts: FINAL,
};

/** Failures that trying again does not help, by S3's code. */
const BY_CODE: ReadonlyMap<string, Failure> = new Map([
  ["QuotaExceeded", NO_ROOM],
  ["InsufficientStorage", NO_ROOM],
  ["XMinioStorageFull", NO_ROOM],
  ["XMinioAdminBucketQuotaExceeded", NO_ROOM],
  ["InvalidAccessKeyId", WRONG_KEYS],
  ["InvalidClientTokenId", WRONG_KEYS],
  ["UnrecognizedClientException", WRONG_KEYS],
  ["InvalidToken", WRONG_KEYS],
  ["InvalidTokenId", WRONG_KEYS],
  ["SignatureDoesNotMatch", WRONG_KEYS],
  ["AccountProblem", ACCOUNT_CLOSED],
  ["NotSignedUp", ACCOUNT_CLOSED],
  ["AllAccessDisabled", {
    status: 403,
    message: "The store has disabled all access to this. Nothing was changed. The operator must ask the store why.",
  }],
  ["InvalidObjectState", ARCHIVED],
  ["ObjectNotInActiveTierError", ARCHIVED],
  ["RequestTimeTooSkewed", {
    status: 502,
    heading: "The clock is wrong",
    message:
      "The clock of this server differs too much from the store's. The files are safe, and nothing was changed. " +
      "The operator must set the clock.",
    facts: FINAL,
  }],
  ["KeyTooLongError", {
    status: 400,
    heading: "The name is too long",
    message:
      "Together with its folders, this name is too long for the store. Nothing was stored; choose a shorter one.",
  }],
  ["NoSuchBucket", {
    status: 502,
    message: "The bucket of this source does not exist. Nothing was changed.",
    facts: FINAL,
  }],
]);

const UNREACHABLE: Failure = {
  status: 502,
  heading: "The store does not respond",
  message: "The store cannot be reached at the moment. The files are safe; try again in a moment.",
};
const REJECTED: Failure = {
  status: 502,
  heading: "The store does not accept this",
  message: "The store does not accept this. The files are safe, and nothing was changed. The operator can see why.",
  facts: FINAL,
};
const NO_CREDENTIALS: Failure = {
  status: 503,
  heading: "No credentials right now",
  message: "The credentials service does not answer. The files are safe.",
};

const NOT_ACCEPTED: Failure = {
  status: 502,
  heading: "No credentials",
  message: "The credentials service refuses this app. Waiting does not help: the operator must look into it. " +
    "The files are safe.",
  facts: FINAL,
};

const BY_TYPE: readonly (readonly [typeof S3SourceError, Failure])[] = [
  [FileNotFoundError, { status: 404, message: "There is no such file." }],
  [FileTooLargeError, { status: 413, message: "This is too large, and was not stored." }],
  [AccessDeniedError, {
    status: 403,
    message: "The credentials of this source do not allow this. Nothing was changed.",
  }],
  [PreconditionFailedError, {
    status: 412,
    message: "The file is not what this request expects. Nothing was changed.",
  }],
  [ScopeChangedError, {
    status: 409,
    heading: "This folder has moved",
    message: "This source has moved to another folder. Start again from its first page.",
  }],
  [CredentialsError, NO_CREDENTIALS],
  [TimeoutError, { status: 504, message: "The store took too long. Try again in a moment." }],
  [IntegrityError, {
    status: 502,
    message: "The bytes do not match their checksum. Nothing was changed; try again.",
  }],
  [ServiceError, UNREACHABLE],
];
