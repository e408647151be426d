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
  MoveOptions,
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
   * Stores a file, and replaces an existing one. The file appears whole or not at all: after a failure, the former file
   * is still there. One of up to `upload.partSizeBytes` (8 MiB) is sent with one request, a larger one in parts, four at
   * a time; failed requests are repeated, without reading the body again.
   *
   * @param path Where to store it, relative to the source.
   * @param body A `Blob`, text, bytes, or a stream or async iterable of text and bytes.
   * @returns The stored file's facts, with the SHA-256 of its bytes.
   * @throws {InvalidArgumentError} If the body is something else, such as a `Response`; the message says what to pass.
   * @throws {FileTooLargeError} If the body has more than `maxBytes`, or than the store accepts.
   * @throws {IntegrityError} If the body does not have the size given as `size`.
   * @throws {PreconditionFailedError} If `ifNoneMatch` or `ifMatch` does not hold.
   *
   * @example
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { createS3Source } from "@files/s3-source";
   * import { createMemoryS3 } from "@files/s3-source/testing";
   *
   * const { config, fetch } = createMemoryS3();
   * const source = createS3Source(config, { fetch });
   *
   * const rows = ReadableStream.from(["day;sales\n", "1;200\n"]);
   * const { size, contentType } = await source.upload("reports/may.csv", rows, { ifNoneMatch: "*", maxBytes: 1_000_000 });
   * assertEquals([size, contentType], [16, "text/csv; charset=utf-8"]);
   * ```
   */
  upload(path: string, body: UploadBody, options?: UploadOptions): Promise<FileInfo>;
  /** Deletes a file; does nothing if it does not exist. */
  delete(path: string, options?: SignalOptions): Promise<void>;
  /**
   * Deletes any number of files, 1,000 per request. Files that cannot be deleted are in the result's `errors`.
   * @throws {CredentialsError} If no credentials can be obtained.
   */
  deleteMany(paths: Iterable<string>, options?: SignalOptions): Promise<DeleteManyResult>;
  /**
   * Copies a file within the source, in the store: no bytes pass through here. Above 5 GiB it is copied in parts.
   *
   * The copy has the media type, headers, metadata, storage class and KMS key of the original, except for the attributes
   * that are given. With any of them, `to` may be the same path.
   *
   * @returns The copy's facts.
   * @throws {FileNotFoundError} If `from` does not exist.
   * @throws {PreconditionFailedError} If `ifNoneMatch` or `ifMatch` does not hold for `to`, or the original changed
   * meanwhile. MinIO and versitygw ignore conditions of copies.
   * @throws {InvalidArgumentError} If both paths are the same, and no attribute is given.
   *
   * @example
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { createS3Source } from "@files/s3-source";
   * import { createMemoryS3 } from "@files/s3-source/testing";
   *
   * const { config, fetch } = createMemoryS3();
   * const source = createS3Source(config, { fetch });
   *
   * await source.upload("a.txt", "Hello", { metadata: { colour: "blue" } });
   * await source.copy("a.txt", "b.txt", { ifNoneMatch: "*" });
   * const { metadata } = await source.copy("b.txt", "b.txt", { cacheControl: "no-cache" });
   * assertEquals(metadata, { colour: "blue" });
   * ```
   */
  copy(from: string, to: string, options?: CopyOptions): Promise<FileInfo>;
  /**
   * Copies a file, then deletes the original, but only the version that was copied. If that fails, both exist. Stores
   * other than AWS may ignore the condition of the deletion; on those, a change in the moment between the last check
   * and the deletion is lost.
   *
   * @returns The facts of the file at its new path.
   * @throws {FileNotFoundError} If `from` does not exist.
   * @throws {PreconditionFailedError} If `ifNoneMatch` or `ifMatch` does not hold for `to`, or the original changed
   * meanwhile; then both exist.
   * @throws {InvalidArgumentError} If both paths are the same.
   *
   * @example
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { createS3Source } from "@files/s3-source";
   * import { createMemoryS3 } from "@files/s3-source/testing";
   *
   * const { config, fetch } = createMemoryS3();
   * const source = createS3Source(config, { fetch });
   *
   * await source.upload("drafts/a.txt", "Hello");
   * await source.move("drafts/a.txt", "final/a.txt", { ifNoneMatch: "*" });
   * assertEquals(await source.stat("drafts/a.txt"), null);
   * ```
   */
  move(from: string, to: string, options?: MoveOptions): Promise<FileInfo>;
  /**
   * Signs a URL from which anyone can download the file until `expiresAt`. Sends nothing to the store: if the bucket is
   * in another region than configured, the URL does not work until another operation has found that out.
   * @throws {CredentialsExpiredError} If the credentials expire within a second.
   */
  downloadUrl(path: string, options?: DownloadUrlOptions): Promise<SignedUrl>;
  /**
   * Signs a request with which a browser, or anyone, can store one file at this path until `expiresAt`, even several
   * times. The bytes go directly to the store, which refuses a larger file than agreed and other attributes. Sends
   * nothing to the store.
   *
   * @param options `size`, or `maxBytes` with the method POST, is required.
   * @throws {InvalidArgumentError} If neither `size` nor `maxBytes` is given, or only `maxBytes` where the method is
   * PUT.
   * @throws {FileTooLargeError} If `size` is over `maxBytes` or 5 GiB, for which there is
   * {@link S3Source.prepareMultipartUpload}.
   *
   * @example
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { createS3Source } from "@files/s3-source";
   * import { createMemoryS3 } from "@files/s3-source/testing";
   *
   * const { config, fetch } = createMemoryS3();
   * const source = createS3Source(config, { fetch });
   *
   * const file = new Blob(["Hello"]);
   * const { url, method, headers } = await source.prepareUpload("a.txt", { size: file.size, method: "PUT" });
   * const { status } = await fetch(url, { method, headers: { ...headers }, body: file });
   * assertEquals([status, (await source.stat("a.txt"))?.size], [200, 5]);
   * ```
   */
  prepareUpload(path: string, options: PrepareUploadOptions): Promise<PreparedUpload>;
  /**
   * Begins the upload of a large file whose parts a browser, or anyone, sends directly to the store. It may pause for
   * days and go on elsewhere: keep its `state`.
   *
   * @throws {InvalidArgumentError} If `size` or `partSizeBytes` is out of range.
   * @throws {FileTooLargeError} If the file would have more than 10,000 parts of 5 GiB.
   *
   * @example
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { createS3Source } from "@files/s3-source";
   * import { createMemoryS3 } from "@files/s3-source/testing";
   *
   * const { config, fetch } = createMemoryS3();
   * const source = createS3Source(config, { fetch });
   *
   * const film = new Blob([new Uint8Array(12_000_000)]);
   * const upload = await source.prepareMultipartUpload("film.mp4", { size: film.size, partSizeBytes: 6_000_000 });
   * for (const { partNumber, offset, size } of await upload.parts()) {
   *   const { url } = await upload.partUrl(partNumber);
   *   await fetch(url, { method: "PUT", body: film.slice(offset, offset + size) });
   * }
   * assertEquals((await upload.complete()).size, film.size);
   * ```
   */
  prepareMultipartUpload(path: string, options: PrepareMultipartUploadOptions): Promise<MultipartUpload>;
  /**
   * Resumes such an upload, e.g. after a page was reloaded. The state may come from a client: it is checked, and cannot
   * reach outside this source. Sends nothing to the store.
   *
   * @throws {InvalidPathError} If the state's path breaks the path rules.
   * @throws {InvalidArgumentError} If it is not a valid state.
   *
   * @example
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { createS3Source } from "@files/s3-source";
   * import { createMemoryS3 } from "@files/s3-source/testing";
   *
   * const { config, fetch } = createMemoryS3();
   * const source = createS3Source(config, { fetch });
   *
   * const { state } = await source.prepareMultipartUpload("film.mp4", { size: 12_000_000 });
   * const upload = source.resumeMultipartUpload(JSON.parse(JSON.stringify(state)));
   * const missing = (await upload.parts()).filter(({ isStored }) => !isStored);
   * assertEquals(missing.map(({ size }) => size), [8_388_608, 3_611_392]);
   * ```
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
  credentials(options?: SignalOptions): Promise<SourceCredentials>;
}
