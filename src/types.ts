import type {
  AbortedUpload,
  AbortStaleUploadsOptions,
  MultipartUpload,
  MultipartUploadState,
  PreparedUpload,
  PrepareMultipartUploadOptions,
  PrepareUploadOptions,
} from "./direct_upload_types.ts";

/**
 * Where the files are and how to get credentials for them. Each option has two spellings: camelCase, and the one of the
 * Python plugin datasette-files-s3, so that a block of a datasette.yaml can be passed as it is. An absent option may also be
 * `null`, as an empty YAML value is.
 *
 * Credentials are taken from the first of these that is configured, and never from another when it fails:
 *
 * 1. a credentials broker: `credentialsUrl` with `credentialsUrlSecret`;
 * 2. the keys: `accessKeyId`, `secretAccessKey` and, for temporary ones, `sessionToken`;
 * 3. the default AWS credential chain.
 */
export interface S3SourceConfig {
  /** Bucket name. Required without a broker or a `provider`; ignored with a broker, whose `S3Folder` alone decides. */
  bucket?: string | null;
  /** AWS region of the bucket. Default `"us-east-1"`. */
  region?: string | null;
  /** The folder within the bucket, with or without a trailing slash. Default: the whole bucket. Ignored with a broker. */
  prefix?: string | null;
  /** The store's `http:` or `https:` URL when it is not AWS. The bucket is then part of the path. */
  endpointUrl?: string | null;
  /** Access key id; goes with `secretAccessKey`. */
  accessKeyId?: string | null;
  /** Secret access key; goes with `accessKeyId`. */
  secretAccessKey?: string | null;
  /** Session token of temporary keys. */
  sessionToken?: string | null;
  /** URL of a credentials broker: `https:`, or `http:` on the loopback interface. */
  credentialsUrl?: string | null;
  /** What is sent to the broker as the form field `secret`. Required with `credentialsUrl`. */
  credentialsUrlSecret?: string | null;
  /** Accept an `http:` broker beyond the loopback interface; the secret and the keys then cross the network in the clear. */
  allowInsecureCredentialsUrl?: boolean | null;
  /** Same as `endpointUrl`. */
  endpoint_url?: string | null;
  /** Same as `accessKeyId`. */
  access_key_id?: string | null;
  /** Same as `secretAccessKey`. */
  secret_access_key?: string | null;
  /** Same as `sessionToken`. */
  session_token?: string | null;
  /** Same as `credentialsUrl`. */
  credentials_url?: string | null;
  /** Same as `credentialsUrlSecret`. */
  credentials_url_secret?: string | null;
  /** Same as `allowInsecureCredentialsUrl`. */
  allow_insecure_credentials_url?: boolean | null;
}

/** How a source behaves. Everything has a default. */
export interface S3SourceOptions {
  /** The application's own way to a grant, in place of broker, keys and default chain; cached and checked like theirs. */
  provider?: GrantProvider;
  /** What sends requests, to the store and to the broker. Default `globalThis.fetch`, looked up at each request. */
  fetch?: typeof fetch;
  /** The clock for signing and for expiry, in epoch milliseconds. Default `Date.now`. */
  now?: () => number;
  /** When a failed request is tried again. */
  retry?: RetryOptions;
  /** How long a request may take. */
  timeouts?: TimeoutOptions;
  /** How files are cut into parts. */
  upload?: UploadDefaults;
  /** Receives what happens, for logs and tracing. Must not throw; never receives a secret or a URL. */
  onEvent?: (event: S3SourceEvent) => void;
}

/** When a failed request is tried again: network errors, 408, 429, 500, 502, 503, 504 and S3's own transient codes. */
export interface RetryOptions {
  /** Tries in all, the first included. Default 5. */
  maxAttempts?: number;
  /** Upper bound of the first delay, in milliseconds; it doubles with each try, and the delay is random below it. Default 100. */
  baseDelayMs?: number;
  /** Upper bound of any delay, in milliseconds; also caps what a `Retry-After` asks for. Default 5,000. */
  maxDelayMs?: number;
}

/** How long a request may take, in milliseconds. */
export interface TimeoutOptions {
  /** Until the headers of the answer are there, for one try; a body being sent adds a second for each 64 KiB. Default 30,000. */
  headersMs?: number;
  /** Between two chunks of a body. Default 30,000. */
  idleMs?: number;
  /** Over all tries of one request, until its headers are there. Default: no limit. */
  totalMs?: number;
}

/** How files are cut into parts. */
export interface UploadDefaults {
  /** Bytes in a part, at least 5 MiB; a file up to this size is sent as one request. Default 8 MiB. */
  partSizeBytes?: number;
  /** Parts of one file sent at the same time; with `partSizeBytes` it bounds the memory an upload takes. Default 4. */
  concurrency?: number;
  /** Cut every part but the last to the same size, for stores that need it; limits a file of unknown size to 10,000 parts of it. Default `false`. */
  equalParts?: boolean;
  /** Send `x-amz-checksum-sha256`, which the store verifies and keeps. `false` for stores that reject the header. Default `true`. */
  sendChecksums?: boolean;
}

/** Keys for signing requests. */
export interface Credentials {
  /** Access key id. */
  readonly accessKeyId: string;
  /** Secret access key. */
  readonly secretAccessKey: string;
  /** Session token of temporary keys. */
  readonly sessionToken?: string;
}

/** What a {@link GrantProvider} returns. */
export interface ProvidedGrant {
  /** The keys. */
  credentials: Credentials;
  /** When the keys end; absent if they do not. */
  expiration?: Date;
  /** The bucket the keys are for. Default: the configured one. */
  bucket?: string;
  /** The folder the keys are for. Default: the configured one. */
  prefix?: string;
}

/** Obtains credentials, and optionally where they apply. Called once whatever the number of operations that wait for it. */
export type GrantProvider = (context: { signal: AbortSignal }) => Promise<ProvidedGrant>;

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
  /** What kind, e.g. `"KeyOutsidePrefix"`, `"UnusableKey"`, `"AbortFailed"`, `"ClockSkew"`. */
  readonly code: string;
  /** A sentence about it. */
  readonly message: string;
}

/** What a source can do. */
export interface S3SourceCapabilities {
  /** Files can be uploaded. */
  readonly canUpload: boolean;
  /** Files can be deleted. */
  readonly canDelete: boolean;
  /** Files can be listed. */
  readonly canList: boolean;
  /** `downloadUrl` works. */
  readonly canGenerateSignedUrls: boolean;
  /** Downloads have to pass through the application; `false` for S3, where a signed URL does it. */
  readonly requiresProxyDownload: boolean;
  /** The largest file, in bytes. */
  readonly maxFileSizeBytes: number;
}

/** Where a source is connected to. */
export interface S3Connection {
  /** Bucket name. */
  readonly bucket: string;
  /** Empty for the whole bucket, otherwise ends in `/`. */
  readonly prefix: string;
  /** AWS region. */
  readonly region: string;
  /** The URL requests go to, without the bucket, e.g. `"https://s3.us-east-1.amazonaws.com"`. */
  readonly endpoint: string;
  /** When the credentials end; `null` if they do not. */
  readonly expiration: Date | null;
}

/** A file. */
export interface FileInfo {
  /** Relative to the source; never starts with `/`. */
  readonly path: string;
  /** The last segment of the path. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** Media type, where the operation learns it (a listing does not). */
  readonly contentType?: string;
  /** The store's tag for this content, with its quotes, as `ifMatch` takes it. */
  readonly etag?: string;
  /** When it was last written. */
  readonly lastModified?: Date;
  /** `"sha256:<hex>"` of the whole file, where it is known. */
  readonly contentHash?: string;
  /** User metadata; names in lower case, without `x-amz-meta-`. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** Bytes of a file: from `offset`, to its end or `length` of them; or the last `suffixLength`. */
export type ByteRange =
  | { readonly offset: number; readonly length?: number }
  | { readonly suffixLength: number };

/** Can be cancelled: the operation then rejects with `signal.reason`. */
export interface SignalOptions {
  /** Cancels the operation. */
  signal?: AbortSignal | undefined;
}

/** Options of {@link S3Source.stream}. */
export interface StreamOptions extends SignalOptions {
  /** Only these bytes. Default: the whole file. */
  range?: ByteRange;
  /** An etag the file must still have; otherwise {@link PreconditionFailedError}. */
  ifMatch?: string;
}

/** Options of {@link S3Source.read}. */
export interface ReadOptions extends StreamOptions {
  /** Refuse a file (or range) of more bytes with {@link FileTooLargeError}, having read at most one byte more. Default: no limit. */
  maxBytes?: number;
}

/** What {@link S3Source.stream} returns. */
export interface FileStream {
  /** The whole file's facts, also when only a range is streamed. */
  readonly info: FileInfo;
  /** Which bytes `body` has: `offset` and `length`. */
  readonly range: { readonly offset: number; readonly length: number };
  /** The bytes. Read it to its end or cancel it: until then it holds a connection. */
  readonly body: ReadableStream<Uint8Array<ArrayBuffer>>;
}

/** Options of {@link S3Source.list}. */
export interface ListOptions extends SignalOptions {
  /** Only what lies in this folder; with or without a trailing slash. Default: the source's own folder. */
  prefix?: string;
  /** Where to go on: the `cursor` of the page before. */
  cursor?: string | null;
  /** At most this many files and folders together; a page may have fewer. Default 100. */
  limit?: number;
  /** `true`: only this folder's own files, and the names of its folders. `false`: files of all levels. Default `false`. */
  folders?: boolean;
}

/** A page of a listing. */
export interface FileList {
  /** Files, in the order of their keys' UTF-8 bytes. */
  readonly files: FileInfo[];
  /** Folders, relative to the source, each with its trailing slash; empty unless `folders` was `true`. */
  readonly folders: string[];
  /** For the next page; `null` after the last. */
  readonly cursor: string | null;
}

/** Options of {@link S3Source.walk}. */
export interface WalkOptions extends SignalOptions {
  /** Only what lies in this folder; with or without a trailing slash. Default: the source's own folder. */
  prefix?: string;
}

/** What {@link S3Source.upload} takes. A stream or iterable is read once and cancelled if the upload fails. */
export type UploadBody =
  | Blob
  | Uint8Array
  | ArrayBuffer
  | string
  | ReadableStream<Uint8Array>
  | AsyncIterable<Uint8Array>;

/** How far an upload is. */
export interface UploadProgress {
  /** Bytes the store has confirmed. */
  readonly sentBytes: number;
  /** The file's size, if known. */
  readonly totalBytes?: number;
}

/** Options of {@link S3Source.upload}. */
export interface UploadOptions extends SignalOptions {
  /** Media type. Default: a `Blob`'s own type, otherwise `application/octet-stream`. */
  contentType?: string;
  /** Bytes, if known beforehand; an upload of another size commits nothing and ends in {@link IntegrityError}. */
  size?: number;
  /** User metadata: names of letters, digits and `-`; values of printable ASCII. Together at most 2 KB. */
  metadata?: Readonly<Record<string, string>>;
  /** `"*"`: only if there is no such file yet; otherwise {@link PreconditionFailedError}. */
  ifNoneMatch?: "*";
  /** An etag the file must still have; otherwise {@link PreconditionFailedError}. */
  ifMatch?: string;
  /** `Cache-Control` of downloads. */
  cacheControl?: string;
  /** `Content-Disposition` of downloads. */
  contentDisposition?: string;
  /** Called as bytes are confirmed. Must not throw. */
  onProgress?: (progress: UploadProgress) => void;
}

/** What {@link S3Source.deleteMany} did. */
export interface DeleteManyResult {
  /** Paths that are gone; those that never existed among them. */
  readonly deleted: string[];
  /** Paths that could not be deleted, and why. */
  readonly errors: { readonly path: string; readonly code: string; readonly message: string }[];
}

/** Options of {@link S3Source.downloadUrl}. */
export interface DownloadUrlOptions extends SignalOptions {
  /** Seconds the URL should work: 1 to 604,800. Shorter if the credentials end earlier. Default 300. */
  expiresInSeconds?: number;
  /** The name a browser saves the file under. Default: the file's own. */
  filename?: string;
  /** Let a browser show the file instead of saving it. Default `false`. */
  inline?: boolean;
}

/** A signed URL. */
export interface SignedUrl {
  /** Whoever has it can use it: treat it as a secret. */
  readonly url: string;
  /** When it stops working. */
  readonly expiresAt: Date;
}

/** Credentials as AWS SDK clients take them. */
export interface SourceCredentials extends Credentials {
  /** When they end; absent if they do not. */
  readonly expiration?: Date;
}

/** What {@link S3Source.diagnose} tries. */
export type DiagnosisCheckName =
  | "list"
  | "read"
  | "write"
  | "multipart"
  | "delete"
  | "missingFile"
  | "listBucketRoot"
  | "listSibling"
  | "readSibling";

/** One thing that was tried. */
export interface DiagnosisCheck {
  /** What. */
  readonly name: DiagnosisCheckName;
  /**
   * `"allowed"` or `"denied"` by the store; `"failed"` for another reason; `"skipped"` if it could not be tried. Of `missingFile`,
   * `"allowed"` means that the store tells that there is none (404), `"denied"` that it hides it (403).
   */
  readonly outcome: "allowed" | "denied" | "failed" | "skipped";
  /** Whether a source should have it so: allowed inside the folder, denied outside. */
  readonly isGood: boolean;
  /** A sentence for the operator. */
  readonly message: string;
}

/** What credentials may do. */
export interface Diagnosis {
  /** Where they lead. */
  readonly connection: S3Connection;
  /** Everything that was tried, in its order. */
  readonly checks: readonly DiagnosisCheck[];
  /** Whether something outside the folder can be listed or read. */
  readonly leaks: boolean;
}

/**
 * A folder in S3. Methods take paths relative to it, never keys. Each operation uses one set of credentials with the bucket
 * and the prefix that came with them.
 */
export interface S3Source {
  /** What this source can do. */
  readonly capabilities: S3SourceCapabilities;
  /**
   * Obtains credentials now, e.g. to fail early at start-up; every other method does so by itself.
   * @throws {BrokerError} If the broker cannot be reached or its reply cannot be used.
   */
  connect(options?: SignalOptions): Promise<S3Connection>;
  /** A file's facts, or `null` if there is no such file. */
  stat(path: string, options?: SignalOptions): Promise<FileInfo | null>;
  /**
   * A file's bytes.
   * @throws {FileNotFoundError} If there is no such file.
   */
  read(path: string, options?: ReadOptions): Promise<Uint8Array<ArrayBuffer>>;
  /**
   * A file's bytes as they arrive. A connection that breaks is taken up again where it was; if the file changed meanwhile,
   * the stream fails with {@link PreconditionFailedError}.
   * @throws {FileNotFoundError} If there is no such file.
   */
  stream(path: string, options?: StreamOptions): Promise<FileStream>;
  /** One page of files, and of folders if asked for. */
  list(options?: ListOptions): Promise<FileList>;
  /** All files, page after page. */
  walk(options?: WalkOptions): AsyncIterable<FileInfo>;
  /**
   * Stores a file, replacing the one at this path. It appears whole or not at all.
   * @throws {IntegrityError} If the body has another size than declared.
   */
  upload(path: string, body: UploadBody, options?: UploadOptions): Promise<FileInfo>;
  /** Deletes a file. A missing one is no error. */
  delete(path: string, options?: SignalOptions): Promise<void>;
  /**
   * Deletes any number of files, 1,000 a request. Rejects only if nothing could be tried; what fails later is told per path.
   */
  deleteMany(paths: Iterable<string>, options?: SignalOptions): Promise<DeleteManyResult>;
  /**
   * Copies a file within the source; the store does it, no bytes pass through.
   * @throws {FileNotFoundError} If there is no file at `from`.
   */
  copy(from: string, to: string, options?: SignalOptions): Promise<FileInfo>;
  /** Copies, then deletes the file at `from`. If deleting fails, both exist. */
  move(from: string, to: string, options?: SignalOptions): Promise<FileInfo>;
  /** A URL from which anyone can download the file until `expiresAt`. */
  downloadUrl(path: string, options?: DownloadUrlOptions): Promise<SignedUrl>;
  /**
   * What a browser, or anyone, needs to store one file until `expiresAt`, replacing the one at this path. The bytes go straight to the
   * store, which refuses a larger file than agreed. Asks nothing of the store.
   * @throws {InvalidArgumentError} If neither `size` nor `maxBytes` is given, or only `maxBytes` where the method is PUT.
   * @throws {FileTooLargeError} If `size` is more than `maxBytes`, or than 5 GiB: {@link S3Source.prepareMultipartUpload} is for those.
   */
  prepareUpload(path: string, options: PrepareUploadOptions): Promise<PreparedUpload>;
  /** Begins the upload of a large file whose parts a browser, or anyone, sends straight to the store. */
  prepareMultipartUpload(path: string, options: PrepareMultipartUploadOptions): Promise<MultipartUpload>;
  /**
   * Goes on with such an upload, e.g. after a page was reloaded. Every field of the state is checked: it may come from a client, and
   * cannot reach outside this source. Asks nothing of the store.
   * @throws {InvalidPathError} If its path breaks the path rules.
   * @throws {InvalidArgumentError} If it is not a state.
   */
  resumeMultipartUpload(state: MultipartUploadState): MultipartUpload;
  /**
   * Removes what is left of uploads that were never completed nor aborted, in this source's folder only: after a crash, a closed page, or
   * when the answer that named the upload was lost. The credentials need `s3:ListBucketMultipartUploads`, which AWS cannot limit to a
   * prefix; where they do not have it, let the bucket's lifecycle rule do this.
   * https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpu-abort-incomplete-mpu-lifecycle-config.html
   * @throws {AccessDeniedError} If the credentials may not list uploads.
   */
  abortStaleUploads(options: AbortStaleUploadsOptions): Promise<AbortedUpload[]>;
  /** The source of a folder within this one; shares credentials, connections and options. */
  folder(path: string): S3Source;
  /**
   * Tries what these credentials may do: inside the folder with files of its own, which it removes, and outside by listing and
   * reading what does not exist. Writes nothing outside.
   * @throws {BrokerError} If there are no credentials to try.
   */
  diagnose(options?: SignalOptions): Promise<Diagnosis>;
  /** The current credentials, e.g. for an AWS SDK client: `credentials: () => source.credentials()`. */
  credentials(options?: SignalOptions): Promise<SourceCredentials>;
}
