import type {
  AbortedUpload,
  AbortStaleUploadsOptions,
  MultipartUpload,
  MultipartUploadState,
  PreparedUpload,
  PrepareMultipartUploadOptions,
  PrepareUploadOptions,
} from "./direct_uploads.ts";
import type { Credentials } from "./config.ts";
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
  StreamOptions,
  UploadBody,
  UploadOptions,
  WalkOptions,
} from "./files.ts";

/**
 * A folder in S3. Methods take paths relative to it, never keys. Each operation uses one set of credentials, and the
 * bucket and prefix that came with them.
 *
 * All methods that take a path throw {@link InvalidPathError} if it breaks the path rules.
 */
export interface S3Source {
  /** The capabilities of this source. */
  readonly capabilities: S3SourceCapabilities;
  /**
   * Obtains credentials now, e.g. to fail early at start-up. Other methods obtain them when needed.
   * @throws {CredentialsError} If the broker cannot be reached or its reply cannot be used.
   */
  connect(options?: SignalOptions): Promise<S3Connection>;
  /** Returns a file's facts, or `null` if the file, or its whole bucket, does not exist. */
  stat(path: string, options?: SignalOptions): Promise<FileInfo | null>;
  /**
   * Returns a file's bytes as stored: a `Content-Encoding` is not decoded, if the store supports that. More than 16 MiB
   * are read in slices of 8 MiB, four at a time and all of the same content. A whole file is verified by its stored
   * checksum or, if the store has none, by the metadata `sha256`; with `maxBytes` only by that metadata.
   * @throws {FileNotFoundError} If the file does not exist.
   * @throws {IntegrityError} If the bytes do not match the checksum, even after retries.
   */
  read(path: string, options?: ReadOptions): Promise<Uint8Array<ArrayBuffer>>;
  /**
   * Returns a file's bytes as they arrive. After a broken connection, the stream resumes at the same position; it fails
   * with {@link PreconditionFailedError} if the file has changed meanwhile. A whole file is verified as by
   * {@link S3Source.read}: if it is corrupt, the stream ends with an {@link IntegrityError} after its last byte.
   * @throws {FileNotFoundError} If the file does not exist.
   */
  stream(path: string, options?: StreamOptions): Promise<FileStream>;
  /**
   * Lists one page of files and, with the option `folders`, of folders.
   * @throws {ScopeChangedError} If `cursor` is from another folder.
   */
  list(options?: ListOptions): Promise<FileList>;
  /** Lists all files, page after page. */
  walk(options?: WalkOptions): AsyncIterable<FileInfo>;
  /**
   * Stores a file, and replaces an existing one. The file appears whole or not at all.
   * @throws {IntegrityError} If the body does not have the size given as `size`.
   * @throws {PreconditionFailedError} If `ifNoneMatch` or `ifMatch` does not hold.
   */
  upload(path: string, body: UploadBody, options?: UploadOptions): Promise<FileInfo>;
  /** Deletes a file; does nothing if it does not exist. */
  delete(path: string, options?: SignalOptions): Promise<void>;
  /**
   * Deletes any number of files, 1,000 per request. Files that cannot be deleted are in the result's `errors`. The
   * paths of an async iterable are taken as they are needed, and checked only then; all others are checked before
   * anything is deleted.
   * @throws {InvalidPathError} If a path breaks the rules.
   * @throws {CredentialsError} If no credentials can be obtained.
   */
  deleteMany(
    paths: (Iterable<string> | AsyncIterable<string>) & object,
    options?: SignalOptions,
  ): Promise<DeleteManyResult>;
  /**
   * Deletes everything below a folder, and the folder's marker; does nothing if there is none. `old` and `old/` are the
   * same folder: neither a file `old` nor `older/` is touched. Files that cannot be deleted are in the result's
   * `errors`; after 1,000 of them it gives up, and the last one says so.
   * @throws {CredentialsError} If no credentials can be obtained.
   */
  deleteFolder(path: string, options?: SignalOptions): Promise<DeleteManyResult>;
  /**
   * Copies a file within the source, in the store. With new `metadata`, `to` may be the same path.
   * @throws {FileNotFoundError} If `from` does not exist.
   */
  copy(from: string, to: string, options?: CopyOptions): Promise<FileInfo>;
  /**
   * Copies a file, then deletes the original, but only the version that was copied. If that fails, both exist. Stores
   * other than AWS may ignore the condition of the deletion; on those, a change in the moment between the last check
   * and the deletion is lost.
   * @throws {FileNotFoundError} If `from` does not exist.
   * @throws {PreconditionFailedError} If the original changed meanwhile; then both exist.
   */
  move(from: string, to: string, options?: SignalOptions): Promise<FileInfo>;
  /**
   * Signs a URL from which anyone can download the file until `expiresAt`. Sends nothing to the store: if the bucket is
   * in another region than configured, the URL does not work until another operation has found that out.
   * @throws {CredentialsExpiredError} If the credentials expire within a second.
   */
  downloadUrl(path: string, options?: DownloadUrlOptions): Promise<SignedUrl>;
  /**
   * Signs a request with which a browser, or anyone, can store one file at this path until `expiresAt`. The bytes go
   * directly to the store, which refuses a larger file than agreed. Sends nothing to the store.
   * @throws {InvalidArgumentError} If neither `size` nor `maxBytes` is given, or only `maxBytes` where the method is
   * PUT.
   * @throws {FileTooLargeError} If `size` is over `maxBytes` or 5 GiB, for which there is
   * {@link S3Source.prepareMultipartUpload}.
   */
  prepareUpload(path: string, options: PrepareUploadOptions): Promise<PreparedUpload>;
  /**
   * Begins the upload of a large file whose parts a browser, or anyone, sends directly to the store.
   * @throws {InvalidArgumentError} If `size` or `partSizeBytes` is out of range.
   * @throws {FileTooLargeError} If the file would have more than 10,000 parts of 5 GiB.
   */
  prepareMultipartUpload(path: string, options: PrepareMultipartUploadOptions): Promise<MultipartUpload>;
  /**
   * Resumes such an upload, e.g. after a page was reloaded. The state may come from a client: it is checked, and cannot
   * reach outside this source. Sends nothing to the store.
   * @throws {InvalidPathError} If the state's path breaks the path rules.
   * @throws {InvalidArgumentError} If it is not a valid state.
   */
  resumeMultipartUpload(state: MultipartUploadState): MultipartUpload;
  /**
   * Aborts the unfinished uploads in this source's folder, left behind by a crash, a closed page or a lost response.
   * The credentials need `s3:ListBucketMultipartUploads`, which AWS cannot limit to a prefix; without it, use a
   * lifecycle rule of the bucket.
   * https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpu-abort-incomplete-mpu-lifecycle-config.html
   * @throws {AccessDeniedError} If the credentials may not list uploads.
   */
  abortStaleUploads(options: AbortStaleUploadsOptions): Promise<AbortedUpload[]>;
  /** Returns a source for a folder of this one, with the same credentials and options. */
  folder(path: string): S3Source;
  /**
   * Tries what the credentials allow: inside the folder with files of its own, which it removes, and outside by
   * listing, and by reading a file that does not exist. Writes nothing outside.
   * @throws {CredentialsError} If no credentials can be obtained.
   */
  diagnose(options?: SignalOptions): Promise<Diagnosis>;
  /** Returns the current credentials, e.g. for an AWS SDK client: `credentials: () => source.credentials()`. */
  credentials(options?: SignalOptions): Promise<Credentials>;
}
