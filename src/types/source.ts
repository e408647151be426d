import type {
  AbortedUpload,
  AbortStaleUploadsOptions,
  MultipartUpload,
  MultipartUploadState,
  PreparedUpload,
  PrepareMultipartUploadOptions,
  PrepareUploadOptions,
} from "./direct_uploads.ts";
import type { Diagnosis } from "./diagnosis.ts";
import type {
  CopyOptions,
  DeleteManyResult,
  DownloadUrlOptions,
  FileInfo,
  FileList,
  FileStream,
  ListOptions,
  ReadOptions,
  S3Connection,
  S3SourceCapabilities,
  SignalOptions,
  SignedUrl,
  SourceCredentials,
  StreamOptions,
  UploadBody,
  UploadOptions,
  WalkOptions,
} from "./files.ts";

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
  /** A file's facts, or `null` if there is no such file; of a bucket that does not exist the store tells no difference. */
  stat(path: string, options?: SignalOptions): Promise<FileInfo | null>;
  /**
   * A file's bytes, as they are stored: a `Content-Encoding` is not taken off where the store can be told so. More than 16 MiB
   * are fetched in slices of 8 MiB, four at a time and all of the same content. A whole file is verified by the checksum that the
   * store keeps of it or, where it keeps none, by the metadata `sha256`; with `maxBytes` only by that metadata.
   * @throws {FileNotFoundError} If there is no such file.
   * @throws {IntegrityError} If other bytes arrive than were stored, as often as they are asked for.
   */
  read(path: string, options?: ReadOptions): Promise<Uint8Array<ArrayBuffer>>;
  /**
   * A file's bytes as they arrive. A connection that breaks is taken up again where it was; if the file changed meanwhile,
   * the stream fails with {@link PreconditionFailedError}. A whole file is verified as by {@link S3Source.read}: the stream then
   * ends in an {@link IntegrityError}, behind the last of the bytes that cannot be relied on.
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
   * Copies a file within the source; the store does it, no bytes pass through. With new `metadata` also to its own path.
   * @throws {FileNotFoundError} If there is no file at `from`.
   */
  copy(from: string, to: string, options?: CopyOptions): Promise<FileInfo>;
  /**
   * Copies, then deletes the file at `from`, in the version that was copied. If deleting fails, both exist. Stores other than AWS may not
   * obey a condition of a deletion; there, what is written in the moment between a look at the file and its deletion is lost.
   * @throws {PreconditionFailedError} If the file at `from` was changed meanwhile: both exist then.
   */
  move(from: string, to: string, options?: SignalOptions): Promise<FileInfo>;
  /**
   * A URL from which anyone can download the file until `expiresAt`. Signing makes no request: of a bucket in another region than
   * the configured one it is wrong until some request has found that out.
   */
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
