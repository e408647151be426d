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
  FileEntry,
  FileInfo,
  FileStream,
  ListOptions,
  ListPage,
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
  /**
   * What this kind of storage can do; the same for every source. {@link S3Source.diagnose} finds out what the
   * credentials allow.
   *
   * @example
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { createS3Source } from "@files/s3-source";
   * import { createMemoryS3 } from "@files/s3-source/testing";
   *
   * const { config, fetch } = createMemoryS3();
   * const source = createS3Source(config, { fetch });
   * assertEquals([source.capabilities.canList, source.capabilities.requiresProxyDownload], [true, false]);
   * ```
   */
  readonly capabilities: S3SourceCapabilities;
  /**
   * Obtains credentials now, e.g. to fail early at start-up, and returns where they lead. Other methods obtain them when
   * needed. Sends nothing to the store: the credentials may still be wrong or allow nothing.
   * @throws {BrokerError} If the broker cannot be reached or its reply cannot be used.
   *
   * @example
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { createS3Source } from "@files/s3-source";
   * import { createMemoryS3 } from "@files/s3-source/testing";
   *
   * const { config, fetch } = createMemoryS3();
   * const source = createS3Source(config, { fetch });
   * const { bucket, prefix, expiration } = await source.folder("team").connect();
   * assertEquals([bucket, prefix, expiration], ["bucket", "team/", null]);
   * ```
   */
  connect(options?: SignalOptions): Promise<S3Connection>;
  /**
   * Returns a file's facts, or `null` if the file, or its whole bucket, does not exist.
   *
   * @throws {AccessDeniedError} If the credentials may not read the file. S3 also denies access to a file that does not
   * exist, unless the credentials may list.
   * https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
   *
   * @example
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { createS3Source } from "@files/s3-source";
   * import { createMemoryS3 } from "@files/s3-source/testing";
   *
   * const { config, fetch } = createMemoryS3();
   * const source = createS3Source(config, { fetch });
   * await source.upload("notes/hello.txt", "Hello", { metadata: { author: "Ines" } });
   * const info = await source.stat("notes/hello.txt");
   * assertEquals([info?.name, info?.size, info?.metadata], ["hello.txt", 5, { author: "Ines" }]);
   * assertEquals(await source.stat("notes/none.txt"), null);
   * ```
   */
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
   * Lists one page: by default the files of all levels, 100 at most, from the start. Files are ordered by the UTF-8
   * bytes of their paths, if the store does as S3. {@link S3Source.walk} lists all pages.
   * https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
   *
   * @throws {InvalidPathError} If no path can begin with `prefix`.
   * @throws {InvalidArgumentError} If `cursor` is not one that this method returned.
   * @throws {ScopeChangedError} If `cursor` is of another listing, or the credentials are now for another folder.
   *
   * @example
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { createS3Source } from "@files/s3-source";
   * import { createMemoryS3 } from "@files/s3-source/testing";
   *
   * const { config, fetch } = createMemoryS3();
   * const source = createS3Source(config, { fetch });
   * for (const path of ["readme.md", "team.txt", "team/a", "team/b/c", "team-2/a"]) await source.upload(path, "");
   *
   * const { files, folders } = await source.list({ recursive: false });
   * assertEquals(files.map(({ path }) => path), ["readme.md", "team.txt"]);
   * assertEquals(folders, ["team-2/", "team/"]);
   *
   * const first = await source.list({ prefix: "team/", limit: 1 });
   * const second = await source.list({ prefix: "team/", limit: 1, cursor: first.cursor });
   * assertEquals([...first.files, ...second.files].map(({ path }) => path), ["team/a", "team/b/c"]);
   * assertEquals(second.cursor, null);
   * ```
   */
  list(options?: ListOptions): Promise<ListPage>;
  /**
   * Lists all files, of all levels. Requests pages of 1,000 when they are needed, the next one while the current one is
   * used; leaving the loop ends that request. Each loop over the result lists anew. Files that are stored or deleted
   * meanwhile may or may not be among them.
   *
   * @throws {InvalidPathError} If no path can begin with `prefix`; at once, as for other invalid options.
   * @throws {ScopeChangedError} In the loop, if the credentials are for another folder by the next page.
   *
   * @example
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { createS3Source } from "@files/s3-source";
   * import { createMemoryS3 } from "@files/s3-source/testing";
   *
   * const { config, fetch } = createMemoryS3();
   * const source = createS3Source(config, { fetch });
   * for (const path of ["team/a", "team/b/c", "team-2/a"]) await source.upload(path, "text");
   *
   * let bytes = 0;
   * for await (const { size } of source.walk({ prefix: "team" })) bytes += size;
   * assertEquals(bytes, 12);
   *
   * const paths = await Array.fromAsync(source.folder("team").walk(), ({ path }) => path);
   * assertEquals(paths, ["a", "b/c"]);
   * ```
   */
  walk(options?: WalkOptions): AsyncIterable<FileEntry>;
  /**
   * Stores a file, and replaces an existing one. The file appears whole or not at all.
   * @throws {IntegrityError} If the body does not have the size given as `size`.
   * @throws {PreconditionFailedError} If `ifNoneMatch` or `ifMatch` does not hold.
   */
  upload(path: string, body: UploadBody, options?: UploadOptions): Promise<FileInfo>;
  /** Deletes a file; does nothing if it does not exist. */
  delete(path: string, options?: SignalOptions): Promise<void>;
  /**
   * Deletes any number of files, 1,000 per request. Files that cannot be deleted are in the result's `errors`.
   * @throws {BrokerError} If no credentials can be obtained.
   */
  deleteMany(paths: Iterable<string>, options?: SignalOptions): Promise<DeleteManyResult>;
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
   * Aborts the unfinished uploads in this source's folder, left behind by a crash, a closed page or a lost response, and
   * returns those that it removed, in no particular order.
   * The credentials need `s3:ListBucketMultipartUploads`, which AWS cannot limit to a prefix; without it, use a
   * lifecycle rule of the bucket.
   * https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpu-abort-incomplete-mpu-lifecycle-config.html
   * @throws {InvalidArgumentError} If `olderThanSeconds` is missing, or not a whole number from 0.
   * @throws {AccessDeniedError} If the credentials may not list uploads.
   *
   * @example
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { createS3Source } from "@files/s3-source";
   * import { createMemoryS3 } from "@files/s3-source/testing";
   *
   * const { config, fetch } = createMemoryS3();
   * const source = createS3Source(config, { fetch });
   * await source.prepareMultipartUpload("film.mp4", { size: 20_000_000 });
   * assertEquals(await source.abortStaleUploads({ olderThanSeconds: 86_400 }), []);
   * const removed = await source.abortStaleUploads({ olderThanSeconds: 0 });
   * assertEquals(removed.map(({ path }) => path), ["film.mp4"]);
   * ```
   */
  abortStaleUploads(options: AbortStaleUploadsOptions): Promise<readonly AbortedUpload[]>;
  /**
   * Returns a source for a folder of this one, with the same credentials and options. Its paths are relative to the
   * folder, and cannot leave it. Sends nothing: the folder need not exist.
   *
   * @param path With or without a trailing slash; empty for this source's own folder.
   * @throws {InvalidPathError} If the path breaks the path rules.
   *
   * @example
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { createS3Source } from "@files/s3-source";
   * import { createMemoryS3 } from "@files/s3-source/testing";
   *
   * const { config, fetch } = createMemoryS3();
   * const source = createS3Source(config, { fetch });
   * const team = source.folder("team");
   * await team.upload("a.txt", "A");
   * await source.upload("team-2/b.txt", "B");
   * assertEquals((await team.list()).files.map(({ path }) => path), ["a.txt"]);
   * assertEquals((await source.stat("team/a.txt"))?.size, 1);
   * ```
   */
  folder(path: string): S3Source;
  /**
   * Tries what the credentials allow: inside the folder with files of its own, which it removes, and outside by
   * listing, and by reading a file that does not exist. Writes nothing outside. What the store denies is in the result,
   * and rejects nothing.
   * @throws {BrokerError} If no credentials can be obtained.
   *
   * @example
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { createS3Source } from "@files/s3-source";
   * import { createMemoryS3 } from "@files/s3-source/testing";
   *
   * const { config, fetch } = createMemoryS3();
   * const { checks, leaks } = await createS3Source({ ...config, prefix: "team" }, { fetch }).diagnose();
   * assertEquals(checks.find(({ name }) => name === "write")?.outcome, "allowed");
   * // These keys are for the whole bucket.
   * assertEquals(leaks, true);
   * assertEquals(checks.filter(({ ok }) => !ok).map(({ name }) => name), [
   *   "listBucketRoot",
   *   "listSibling",
   *   "readSibling",
   * ]);
   * ```
   */
  diagnose(options?: SignalOptions): Promise<Diagnosis>;
  /** Returns the current credentials, e.g. for an AWS SDK client: `credentials: () => source.credentials()`. */
  credentials(options?: SignalOptions): Promise<SourceCredentials>;
}
