/** Something a source did. */
export type S3SourceEvent = RequestEvent | RetryEvent | RefreshEvent | WarningEvent;

/** An answer of the store arrived (its headers), or a try ended without one. */
export interface RequestEvent {
  /** Tells the events apart. */
  readonly type: "request";
  /** S3's name of the operation, e.g. `"GetObject"`. */
  readonly operation: string;
  /** HTTP method. */
  readonly method: string;
  /** Path relative to the source; absent for operations on the bucket. */
  readonly path?: string;
  /** 1 for the first try. */
  readonly attempt: number;
  /** HTTP status; absent when there was no answer. */
  readonly status?: number;
  /** Until the headers, in milliseconds. */
  readonly durationMs: number;
  /** The store's request id. */
  readonly requestId?: string;
}

/** A request will be tried again. */
export interface RetryEvent {
  /** Tells the events apart. */
  readonly type: "retry";
  /** S3's name of the operation. */
  readonly operation: string;
  /** Path relative to the source; absent for operations on the bucket. */
  readonly path?: string;
  /** The try that failed; 1 for the first. */
  readonly attempt: number;
  /** Until the next try, in milliseconds. */
  readonly delayMs: number;
  /** Why it failed: S3's code, `"NetworkError"` or `"Timeout"`. */
  readonly reason: string;
}

/** Credentials were asked for. */
export interface RefreshEvent {
  /** Tells the events apart. */
  readonly type: "refresh";
  /** Whether there are usable new credentials. */
  readonly ok: boolean;
  /** How long it took, in milliseconds. */
  readonly durationMs: number;
  /** When the credentials end; absent when they do not, or on failure. */
  readonly expiration?: Date;
  /** Whether bucket and prefix differ from before; absent on failure. */
  readonly scopeChanged?: boolean;
  /** Why it failed; absent on success. */
  readonly error?: string;
}

/** Something is odd but was coped with. */
export interface WarningEvent {
  /** Tells the events apart. */
  readonly type: "warning";
  /** What kind, e.g. `"KeyOutsidePrefix"`, `"UnusableKey"`, `"AbortFailed"`, `"ClockSkew"`, `"NotVerified"`. */
  readonly code: string;
  /** A sentence about it. */
  readonly message: string;
}
