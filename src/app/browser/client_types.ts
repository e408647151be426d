/** What to do with a file whose name is taken. */
export type Choice = "ask" | "keep_both" | "replace" | "skip";

/** A file as the API describes it; what the pages' script needs of it. */
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

/** The API's answer to `prepare`. */
export interface Ticket {
  readonly upload_token: string;
  readonly upload_url?: string;
  readonly upload_method?: string;
  readonly upload_headers?: Readonly<Record<string, string>>;
  /** Of a file that goes in parts. */
  readonly parts?: { readonly size_bytes: number; readonly count: number };
}

/** Where a part goes. */
export interface PartUrl {
  readonly number: number;
  readonly url: string;
  readonly offset: number;
  readonly size: number;
  readonly expires_at: string;
}

/** Where an upload is. */
export type UploadState = "waiting" | "running" | "paused" | "failed" | "done" | "skipped" | "cancelled";

/** A file on its way. */
export interface UploadItem {
  readonly name: string;
  /** Below `folder`, for a file of a dropped folder; else its name. */
  readonly path: string;
  /** Empty, or ends in `/`. */
  readonly folder: string;
  readonly size: number;
  readonly blob: Blob;
  readonly meter: Meter;
  state: UploadState;
  /** Bytes on the other side. */
  loaded: number;
  /** Can no longer be stopped: the store puts it in place. */
  isFinishing: boolean;
  /** Why nothing moves, for people. */
  note: string;
  /** Numbers of parts that are stored. */
  sent: Set<number>;
  choice?: Choice | undefined;
  ticket?: Ticket | undefined;
  file?: FileRecord;
  stop?: AbortController;
}

/** What {@link UploadItem} is made of. */
export type NewFile = Pick<UploadItem, "path" | "folder" | "blob">;

/** Speed over the last seconds. */
export interface Meter {
  /** Notes bytes that have just gone. */
  add(bytes: number): void;
  /** Bytes per second. */
  rate(): number;
}

/** How a request with a body ended; status 0 when there was no answer. */
export interface Sent {
  readonly status: number;
  readonly text: string;
}

/** What an upload needs of the world around it. */
export interface UploadWorld {
  /** Straight to the store, until that has failed. */
  isDirect: boolean;
  /** A request straight to the store has succeeded. */
  directWorks: boolean;
  /** Asks the API; rejects with an `ApiError`. */
  // deno-lint-ignore no-explicit-any -- JSON
  post(action: string, body: object): Promise<any>;
  /** Sends bytes. Never rejects; ends early when the signal aborts. */
  send(url: string, request: {
    method: string;
    headers: Readonly<Record<string, string>>;
    body: Blob;
    signal: AbortSignal;
    onProgress: (bytes: number) => void;
  }): Promise<Sent>;
  /** Asks what to do with a taken name. */
  decide(item: UploadItem, collision: { suggestion?: string }): Promise<Choice>;
  /** What was decided for all, if it was. */
  choiceForAll(): Choice | undefined;
  /** Waits before the next try: until the network or the credentials are back, or for `delayMs`. */
  wait(error: { status?: number }, delayMs: number, signal: AbortSignal): Promise<void>;
  /** Epoch milliseconds. */
  now(): number;
}
