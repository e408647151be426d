/** An event of a source. */
export type S3SourceEvent = RequestEvent | RetryEvent | RefreshEvent | WarningEvent;

/** The headers of a response arrived, or a try ended without a response. */
export interface RequestEvent {
  /** Tells the events apart. */
  readonly type: "request";
  /** S3's name of the operation, e.g. `"GetObject"`. */
  readonly operation: string;
  /** HTTP method. */
  readonly method: string;
  /** Path relative to the source; absent for requests that concern no single file. */
  readonly path?: string;
  /** Number of the try, from 1. */
  readonly attempt: number;
  /** HTTP status; absent without a response. */
  readonly status?: number;
  /** Milliseconds until the headers arrived or the try failed. */
  readonly durationMs: number;
  /** The store's request id; absent if it sent none. */
  readonly requestId?: string;
}

/** A request failed and will be retried. */
export interface RetryEvent {
  /** Tells the events apart. */
  readonly type: "retry";
  /** S3's name of the operation. */
  readonly operation: string;
  /** Path relative to the source; absent for requests that concern no single file. */
  readonly path?: string;
  /** Number of the try that failed, from 1. */
  readonly attempt: number;
  /** Milliseconds until the next try. */
  readonly delayMs: number;
  /** Why it failed: the `code` of the error, e.g. S3's, `"NetworkError"` or `"Timeout"`. */
  readonly code: string;
}

/** Credentials were requested. */
export interface RefreshEvent {
  /** Tells the events apart. */
  readonly type: "refresh";
  /** Whether usable credentials were obtained. */
  readonly ok: boolean;
  /** Milliseconds it took. */
  readonly durationMs: number;
  /** When the credentials expire; absent if they never do, and on failure. */
  readonly expiresAt?: Date;
  /** Whether bucket and prefix differ from before; absent on failure. */
  readonly scopeChanged?: boolean;
  /** Why it failed: the `code` of the error; absent on success. */
  readonly code?: string;
  /** The message of the error; absent on success. */
  readonly message?: string;
}

/** Something unexpected that did not fail the operation. */
export interface WarningEvent {
  /** Tells the events apart. */
  readonly type: "warning";
  /**
   * The kind: `"AbortFailed"`, `"ClockSkew"`, `"KeyOutsidePrefix"`, `"NotVerified"`, `"OddListing"`, `"StoreLearned"`,
   * `"TagsUnknown"`, `"UnnamedFiles"` or `"UnusableKey"`; later releases may add more.
   */
  readonly code: string;
  /** A sentence for the operator. */
  readonly message: string;
}
