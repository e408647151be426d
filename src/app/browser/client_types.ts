/** What to do with a file whose name is taken. */
export type Choice = "ask" | "keep_both" | "replace" | "skip";

/** A file in a response of the API, as far as scripts use it. */
export interface FileRecord {
  readonly id: string;
  readonly filename: string;
  readonly content_type: string | null;
  readonly size: number;
  readonly url: string;
  readonly download_url: string;
  readonly thumbnail_url: string;
  readonly path: string;
  readonly etag: string | null;
  readonly last_modified: string | null;
}

/** What tells two files of one name apart. */
export interface FileFacts {
  readonly size: number;
  /** ISO 8601; `null` if unknown. */
  readonly last_modified: string | null;
}

/** The API's response to `prepare`. */
export interface Ticket {
  readonly upload_token: string;
  readonly upload_url?: string;
  readonly upload_method?: string;
  readonly upload_headers?: Readonly<Record<string, string>>;
  /** For a file that is sent in parts. */
  readonly parts?: { readonly size_bytes: number; readonly count: number };
  readonly expires_at?: string;
}

/** Where to send a part. */
export interface PartUrl {
  readonly number: number;
  readonly url: string;
  readonly offset: number;
  readonly size: number;
  readonly expires_at: string;
}

/** The progress of an upload. */
export type UploadState = "waiting" | "running" | "paused" | "failed" | "done" | "skipped" | "cancelled";

/** A file that is uploaded. */
export interface UploadItem {
  readonly name: string;
  /** Below `folder`: a name, or a path in a dropped folder. */
  readonly path: string;
  /** Empty, or ends in `/`. */
  readonly folder: string;
  readonly size: number;
  readonly blob: Blob;
  readonly meter: Meter;
  /** The files that were chosen or dropped with it. */
  readonly batch: object;
  state: UploadState;
  /** Bytes sent. */
  loaded: number;
  /** The store is completing the upload, which can no longer be stopped. */
  isFinishing: boolean;
  /** Whether another try could help, after a failure. */
  canRetry: boolean;
  /** Shown instead of the progress. */
  note: string;
  /** Numbers of stored parts. */
  sent: Set<number>;
  choice?: Choice | undefined;
  /** The path of another file to replace, in the source: one that looks the same. */
  target?: string | undefined;
  ticket?: Ticket | undefined;
  file?: FileRecord;
  stop?: AbortController;
}

/** A file to upload. */
export type NewFile = Pick<UploadItem, "path" | "folder" | "blob">;

/** Measures the rate of a transfer. */
export interface Meter {
  /** Counts bytes that were just sent. */
  add(bytes: number): void;
  /** Bytes per second. */
  rate(): number;
}

/** The response to a request with a body; status 0 without one. */
export interface Sent {
  readonly status: number;
  readonly text: string;
}

/** The surroundings of an upload, which tests replace. */
export interface UploadWorld {
  /** Whether files go straight to the store; false once that has failed. */
  isDirect: boolean;
  /** Whether a request straight to the store has succeeded. */
  directWorks: boolean;
  /** Whether files may go through the app instead. */
  readonly mayProxy: boolean;
  /** Posts to the API; rejects with an `ApiError`. */
  // deno-lint-ignore no-explicit-any -- JSON
  post(action: string, body: object): Promise<any>;
  /** Sends bytes. Never rejects; resolves early when the signal aborts. */
  send(url: string, request: {
    method: string;
    headers: Readonly<Record<string, string>>;
    body: Blob;
    signal: AbortSignal;
    onProgress: (bytes: number) => void;
  }): Promise<Sent>;
  /** The ticket of an upload of the same file that a closed tab has left, if the person wants to continue it. */
  resume(item: UploadItem): Promise<Ticket | undefined>;
  /** Keeps an upload in parts for a later tab. */
  remember(item: UploadItem): void;
  /** No later tab can continue it. */
  forget(item: UploadItem): void;
  /** Asks what to do with a taken name. */
  decide(
    item: UploadItem,
    collision: { suggestion?: string; namesake?: string; existing?: FileFacts },
  ): Promise<Choice>;
  /** The choice for every taken name of its batch. */
  choiceForAll(item: UploadItem): Choice | undefined;
  /** Waits before the next try: for the network, the credentials and `delayMs`. */
  wait(error: { status?: number }, delayMs: number, signal: AbortSignal): Promise<void>;
  /** Epoch milliseconds. */
  now(): number;
}
