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
  FileEntry,
  FileInfo,
  FileStream,
  ListOptions,
  ListPage,
  MoveOptions,
  ReadOptions,
  S3Connection,
  S3SourceCapabilities,
  ServeFileOptions,
  SignalOptions,
  SignedUrl,
  StreamOptions,
  TextOptions,
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
   * What this kind of storage can do; without keys (`anonymous`) it cannot sign URLs. {@link S3Source.diagnose} finds
   * out what the credentials allow.
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
   * Obtains credentials now, e.g. to fail early at start-up, and returns where they lead. Other methods obtain them
   * when needed. Sends nothing to the store: the credentials may still be wrong or allow nothing.
   *
   * @param options Default: it cannot be aborted.
   * @throws {CredentialsError} If no credentials can be obtained.
   *
   * @example
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { createS3Source } from "@files/s3-source";
   * import { createMemoryS3 } from "@files/s3-source/testing";
   *
   * const { config, fetch } = createMemoryS3();
   * const source = createS3Source(config, { fetch });
   * const { bucket, prefix, expiresAt } = await source.folder("team").connect();
   * assertEquals([bucket, prefix, expiresAt], ["bucket", "team/", null]);
   * ```
   */
  connect(options?: SignalOptions): Promise<S3Connection>;
  /**
   * Returns a file's facts, or `null` if the file does not exist. Its size is the number of bytes that `read` returns.
   * https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
   *
   * @param path The file, relative to the source.
   * @param options Default: it cannot be aborted.
   * @throws {ServiceError} With the code `"NoSuchBucket"`, if its bucket does not exist.
   * @throws {AccessDeniedError} If the credentials may not read the file. S3 also denies access to a file that does not
   * exist, unless the credentials may list.
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
   * Returns a file's bytes as stored: a `Content-Encoding` is decoded only where the store does so itself, or cannot
   * leave out that header (`response-content-encoding`). More than 16 MiB are read in slices of 8 MiB, eight at a time
   * and all of the same content.
   *
   * A whole file is verified by its stored checksum or, if the store has none, by the metadata `sha256`; with
   * `maxBytes` only by that metadata. `verify: false` skips this.
   * https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
   *
   * @param path The file, relative to the source.
   * @param options Default: the whole file, of any size and version.
   * @throws {FileNotFoundError} If the file does not exist.
   * @throws {FileTooLargeError} If it has more than `maxBytes`.
   * @throws {RangeNotSatisfiableError} If `range` begins after its end.
   * @throws {PreconditionFailedError} If it does not have the etag `ifMatch`, or changes meanwhile.
   * @throws {IntegrityError} If the bytes do not match the checksum, even after retries.
   *
   * @example
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { createS3Source } from "@files/s3-source";
   * import { createMemoryS3 } from "@files/s3-source/testing";
   *
   * const store = createMemoryS3();
   * const source = createS3Source(store.config, { fetch: store.fetch });
   * await source.upload("a.bin", new Uint8Array([1, 2, 3, 4]));
   * assertEquals(await source.read("a.bin", { maxBytes: 1_000_000 }), new Uint8Array([1, 2, 3, 4]));
   * assertEquals(await source.read("a.bin", { range: { offset: 1, length: 2 } }), new Uint8Array([2, 3]));
   * ```
   */
  read(path: string, options?: ReadOptions): Promise<Uint8Array<ArrayBuffer>>;
  /**
   * Returns a file as text: {@link S3Source.read} and a strict UTF-8 decoder, which removes a byte order mark.
   * https://encoding.spec.whatwg.org/#dom-textdecoder-fatal
   *
   * @param path The file, relative to the source.
   * @param options Those of `read`, without `range`. Default: any size and version.
   * @throws {InvalidContentError} If the bytes are not UTF-8.
   * @throws {FileNotFoundError} If the file does not exist.
   * @throws {FileTooLargeError} If it has more than `maxBytes`.
   *
   * @example
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { createS3Source } from "@files/s3-source";
   * import { createMemoryS3 } from "@files/s3-source/testing";
   *
   * const store = createMemoryS3();
   * const source = createS3Source(store.config, { fetch: store.fetch });
   * await source.upload("hello.txt", "Hello");
   * assertEquals(await source.readText("hello.txt"), "Hello");
   * ```
   */
  readText(path: string, options?: TextOptions): Promise<string>;
  /**
   * Returns a file's JSON, parsed. It is `unknown`: check its form before you use it.
   *
   * @param path The file, relative to the source.
   * @param options Those of `read`, without `range`. Default: any size and version.
   * @throws {InvalidContentError} If it is not UTF-8 or not JSON; the message says where, and never quotes the file.
   * @throws {FileNotFoundError} If the file does not exist.
   * @throws {FileTooLargeError} If it has more than `maxBytes`.
   *
   * @example
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { createS3Source } from "@files/s3-source";
   * import { createMemoryS3 } from "@files/s3-source/testing";
   *
   * const store = createMemoryS3();
   * const source = createS3Source(store.config, { fetch: store.fetch });
   * await source.upload("settings.json", JSON.stringify({ theme: "dark" }));
   * assertEquals(await source.readJson("settings.json", { maxBytes: 100_000 }), { theme: "dark" });
   * ```
   */
  readJson(path: string, options?: TextOptions): Promise<unknown>;
  /**
   * Returns a file's bytes as they arrive, in bounded memory. After a broken connection, the stream resumes at the same
   * position; if a large file arrives slowly, the rest of it comes over `download.concurrency` connections. A whole file
   * is verified as by {@link S3Source.read}, unless `verify` is `false`.
   *
   * The `body` fails with {@link PreconditionFailedError} if the file has changed before one of these requests, and with
   * {@link IntegrityError} in place of its last chunk if the file is corrupt. Read it to its end or cancel it.
   *
   * @param path The file, relative to the source.
   * @param options Default: the whole file, of any version.
   * @throws {FileNotFoundError} If the file does not exist.
   * @throws {RangeNotSatisfiableError} If `range` begins after its end.
   * @throws {PreconditionFailedError} If it does not have the etag `ifMatch`.
   *
   * @example
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { createS3Source } from "@files/s3-source";
   * import { createMemoryS3 } from "@files/s3-source/testing";
   *
   * const store = createMemoryS3();
   * const source = createS3Source(store.config, { fetch: store.fetch });
   * await source.upload("log.txt", "one\ntwo\n");
   * const { info, range, body } = await source.stream("log.txt", { range: { suffixLength: 4 } });
   * assertEquals([info.size, range], [8, { offset: 4, length: 4 }]);
   * assertEquals(await new Response(body).text(), "two\n");
   * ```
   */
  stream(path: string, options?: StreamOptions): Promise<FileStream>;
  /**
   * Answers a GET or HEAD with a file: ranges, conditions and headers as in RFC 9110, for `Deno.serve`, `Bun.serve`,
   * Workers and frameworks whose requests are `Request`s. Check beforehand who may have the file.
   * https://www.rfc-editor.org/rfc/rfc9110
   *
   * - 200 with the whole file, or 206 with one range of it. Several ranges are answered with the whole file.
   * - 304, 412 or 416 if the conditions or the range say so, 404 if the file does not exist or the path is invalid, 405
   *   for other methods. These have no body.
   * - `Content-Disposition: attachment` unless `inline`, and always `X-Content-Type-Options: nosniff`. A media type
   *   that is not valid becomes `application/octet-stream`.
   * - A file with a `Content-Encoding` is sent as stored and labelled with it. Only if it has been decoded on its way,
   *   as some stores make unavoidable, it is sent decoded: without that label, a length, or ranges.
   *
   * Conditions are checked against the store's first answer, so most requests cost one request to the store. The body
   * is one version of the file, verified as by {@link S3Source.stream}, so the client of a corrupt file gets less than
   * announced. It ends with the request's `signal`.
   *
   * @param request The client's request, e.g. Hono's `c.req.raw`. Only its method, headers and signal are used. (In
   * Deno 2.9, `Deno.serve` notes once that signals also abort after a success, which does no harm here.
   * `--unstable-no-legacy-abort` turns that off.)
   * @param path The file, relative to the source; not yet percent-encoded or already decoded.
   * @param options Default: saved under its own name, cached by the client only.
   * @throws {InvalidArgumentError} If `request` is not a request, or an option is invalid.
   * @throws {AccessDeniedError} If the credentials do not allow it; and so every other failure of the store rejects.
   *
   * @example
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { createS3Source } from "@files/s3-source";
   * import { createMemoryS3 } from "@files/s3-source/testing";
   *
   * const store = createMemoryS3();
   * const source = createS3Source(store.config, { fetch: store.fetch });
   * await source.upload("hello.txt", "Hello", { contentType: "text/plain" });
   *
   * const handle = (request: Request) => source.serveFile(request, "hello.txt", { inline: true });
   *
   * const response = await handle(new Request("http://localhost/", { headers: { range: "bytes=1-3" } }));
   * assertEquals([response.status, response.headers.get("content-range")], [206, "bytes 1-3/5"]);
   * assertEquals(await response.text(), "ell");
   * ```
   */
  serveFile(request: Request, path: string, options?: ServeFileOptions): Promise<Response>;
  /**
   * Lists one page: by default the files of all levels, 100 at most, from the start. Files are ordered by the UTF-8
   * bytes of their paths, if the store does as S3. {@link S3Source.walk} lists all pages.
   * https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
   *
   * @param options Default: the first 100 files, of all levels.
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
   * used, or several with `concurrency`; leaving the loop ends these requests. Each loop over the result lists anew.
   * Files that are stored or deleted meanwhile may or may not be among them.
   *
   * @param options Default: all files.
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
   * Stores a file, and replaces an existing one. The file appears whole or not at all: after a failure, the former file
   * is still there. One of up to `upload.partSizeBytes` (8 MiB) is sent with one request, a larger one in parts, four
   * at a time; failed requests are repeated, without reading the body again.
   *
   * @param path Where to store it, relative to the source.
   * @param body A `Blob`, text, bytes, or a stream or async iterable of text and bytes.
   * @param options Default: of any size and replacing an existing file; the media type by the ending of the path.
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
   * const options = { ifNoneMatch: "*", maxBytes: 1_000_000 } as const;
   * const { size, contentType } = await source.upload("reports/may.csv", rows, options);
   * assertEquals([size, contentType], [16, "text/csv; charset=utf-8"]);
   * ```
   */
  upload(path: string, body: UploadBody, options?: UploadOptions): Promise<FileInfo>;
  /**
   * Deletes a file; does nothing if it does not exist. Of a path that ends in `/`, only the folder's marker object is
   * deleted, not the files below it.
   * https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html
   *
   * @param path The file, relative to the source.
   * @param options Default: it cannot be aborted.
   * @throws {AccessDeniedError} If the credentials do not allow it.
   *
   * @example
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { createS3Source } from "@files/s3-source";
   * import { createMemoryS3 } from "@files/s3-source/testing";
   *
   * const store = createMemoryS3();
   * const source = createS3Source(store.config, { fetch: store.fetch });
   * await source.upload("a.txt", "A");
   * await source.delete("a.txt");
   * await source.delete("a.txt"); // Nothing to do, and no error.
   * assertEquals(await source.stat("a.txt"), null);
   * ```
   */
  delete(path: string, options?: SignalOptions): Promise<void>;
  /**
   * Deletes any number of files, 1,000 per request. Files that cannot be deleted are in the result's `errors`. The
   * paths of an async iterable are taken as they are needed, and checked only then; all others are checked before
   * anything is deleted.
   * https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
   *
   * @param paths Any iterable but a string. Paths of another source are other files here.
   * @param options Default: it cannot be aborted.
   * @throws {InvalidPathError} If a path breaks the rules.
   * @throws {CredentialsError} If no credentials can be obtained.
   *
   * @example
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { createS3Source } from "@files/s3-source";
   * import { createMemoryS3 } from "@files/s3-source/testing";
   *
   * const { config, fetch } = createMemoryS3();
   * const source = createS3Source(config, { fetch });
   * for (const path of ["a.tmp", "b.txt", "c/d.tmp"]) await source.upload(path, "text");
   *
   * const found = await Array.fromAsync(source.walk(), ({ path }) => path);
   * const { deletedCount, errors } = await source.deleteMany(found.filter((path) => path.endsWith(".tmp")));
   * assertEquals([deletedCount, errors], [2, []]);
   * ```
   */
  deleteMany(
    paths: (Iterable<string> | AsyncIterable<string>) & object,
    options?: SignalOptions,
  ): Promise<DeleteManyResult>;
  /**
   * Deletes everything below a folder, and the folder's marker; does nothing if there is none. `old` and `old/` are the
   * same folder: neither a file `old` nor `older/` is touched. Files that cannot be deleted are in the result's
   * `errors`; after 1,000 of them it gives up, and the last one says so.
   *
   * @param path The folder, relative to the source.
   * @param options Default: it cannot be aborted.
   * @throws {CredentialsError} If no credentials can be obtained.
   *
   * @example
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { createS3Source } from "@files/s3-source";
   * import { createMemoryS3 } from "@files/s3-source/testing";
   *
   * const { config, fetch } = createMemoryS3();
   * const source = createS3Source(config, { fetch });
   * for (const path of ["old/a", "old/b/c", "older/d"]) await source.upload(path, "text");
   *
   * const { deletedCount, errors } = await source.deleteFolder("old");
   * assertEquals([deletedCount, errors], [2, []]);
   * assertEquals(await Array.fromAsync(source.walk(), ({ path }) => path), ["older/d"]);
   * ```
   */
  deleteFolder(path: string, options?: SignalOptions): Promise<DeleteManyResult>;
  /**
   * Copies a file within the source, in the store: no bytes pass through here. Above 5 GiB it is copied in parts.
   *
   * The copy has the media type, headers, metadata, tags, storage class and KMS key of the original, except for the
   * attributes that are given. With any of them, `to` may be the same path.
   *
   * @param from The original, relative to the source.
   * @param to Where to store the copy, relative to the source.
   * @param options Default: with the original's attributes, replacing an existing file.
   * @returns The copy's facts.
   * @throws {FileNotFoundError} If `from` does not exist.
   * @throws {AccessDeniedError} If the credentials may not copy it, or not its tags.
   * @throws {PreconditionFailedError} If `ifNoneMatch` or `ifMatch` does not hold for `to`, or the original changed
   * meanwhile. Many stores, such as MinIO, ignore conditions of copies: see `store.conditions`.
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
   * @param from The file, relative to the source.
   * @param to Its new path, relative to the source.
   * @param options Default: it replaces an existing file.
   * @returns The facts of the file at its new path.
   * @throws {FileNotFoundError} If `from` does not exist.
   * @throws {PreconditionFailedError} If `ifNoneMatch` or `ifMatch` does not hold for `to`, or the original changed
   * meanwhile; then both exist.
   * @throws {InvalidArgumentError} If both paths are the same or, on stores other than AWS, differ only in slashes:
   * SeaweedFS has one file for `a//b` and `a/b`.
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
   * Signs a URL from which anyone can download the file until `expiresAt`, which is never later than the credentials
   * expire. A browser saves the file, unless `inline` is `true`.
   *
   * Sends nothing to the store. So a URL can be signed for a file that does not exist, and if the bucket is in another
   * region than configured, the URL does not work until another operation has found that out.
   * https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-presigned-url.html
   *
   * @param path The file, relative to the source.
   * @param options Default: for 300 seconds, under the file's own name.
   * @throws {CredentialsExpiredError} If the credentials expire within a second.
   *
   * @example
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { createS3Source } from "@files/s3-source";
   * import { createMemoryS3 } from "@files/s3-source/testing";
   *
   * const store = createMemoryS3();
   * const source = createS3Source(store.config, { fetch: store.fetch });
   * await source.upload("report.pdf", "%PDF-1.7");
   * const { url } = await source.downloadUrl("report.pdf", { expiresInSeconds: 60, filename: "Report 2030.pdf" });
   * const response = await store.fetch(url);
   * assertEquals(response.headers.get("content-disposition"), 'attachment; filename="Report 2030.pdf"');
   * assertEquals(await response.text(), "%PDF-1.7");
   * ```
   */
  downloadUrl(path: string, options?: DownloadUrlOptions): Promise<SignedUrl>;
  /**
   * Signs a request with which a browser, or anyone, can store one file at this path until `expiresAt`, even several
   * times. The bytes go directly to the store, which refuses a larger file than agreed and other attributes. Sends
   * nothing to the store.
   *
   * @param path Where the file will be, relative to the source.
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
   * @param path Where the file will be, relative to the source.
   * @param options `size` is required.
   * @throws {InvalidArgumentError} If `size` or `partSizeBytes` is out of range.
   * @throws {FileTooLargeError} If the file would have more than `store.maxParts` parts of 5 GiB.
   * @throws {CredentialsError} If the source is anonymous: without keys, no URL of a part can be signed.
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
   * Resumes an upload of {@link S3Source.prepareMultipartUpload}, e.g. after a page was reloaded. The state may come
   * from a client: it is checked, and cannot reach outside this source. Sends nothing to the store.
   *
   * @param state The upload's `state`, kept or sent as JSON.
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
   * Aborts the unfinished uploads in this source's folder, left behind by a crash, a closed page or a lost response,
   * and returns those that it removed, in no particular order. The credentials need `s3:ListBucketMultipartUploads`,
   * which AWS cannot limit to a prefix; without it, use a lifecycle rule of the bucket.
   * https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpu-abort-incomplete-mpu-lifecycle-config.html
   *
   * @param options `olderThanSeconds` is required.
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
   * and rejects nothing; if it cannot be used at all, only the check `connect` says so.
   *
   * It also tries `ifNoneMatch` and `ifMatch`. Where the store ignores them, this source refuses them from then on,
   * with an {@link InvalidArgumentError} whose code is `"ConditionIgnored"`.
   *
   * @param options Default: it cannot be aborted.
   * @throws {CredentialsError} If no credentials can be obtained.
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
  /**
   * Returns the current credentials, in the form that AWS SDK clients take: pass
   * `credentials: () => source.credentials()`, and the client asks again before they expire. They are secret.
   * https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html
   *
   * @param options Default: it cannot be aborted.
   * @throws {CredentialsError} If no credentials can be obtained.
   *
   * @example
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { createS3Source } from "@files/s3-source";
   * import { createMemoryS3 } from "@files/s3-source/testing";
   *
   * const store = createMemoryS3();
   * const source = createS3Source(store.config, { fetch: store.fetch });
   * const { accessKeyId, expiration } = await source.credentials();
   * assertEquals(accessKeyId, store.config.accessKeyId);
   * assertEquals(expiration, undefined); // These keys do not expire.
   * ```
   */
  credentials(options?: SignalOptions): Promise<Credentials>;
}
