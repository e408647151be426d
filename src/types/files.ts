import type { S3SourceError } from "../errors.ts";
import type { Conditions, FileAttributes } from "./file_attributes.ts";

/** What a source can do. */
export interface S3SourceCapabilities {
  /** Whether files can be uploaded. */
  readonly canUpload: boolean;
  /** Whether files can be deleted. */
  readonly canDelete: boolean;
  /** Whether files can be listed. */
  readonly canList: boolean;
  /** Whether `downloadUrl` works. */
  readonly canGenerateSignedUrls: boolean;
  /** Whether downloads must pass through the application: `true` only for an anonymous source. */
  readonly requiresProxyDownload: boolean;
  /** Bytes in the largest possible file: `store.maxParts` parts of 5 GiB. */
  readonly maxFileSizeBytes: number;
}

/** The folder and endpoint of a source. */
export interface S3Connection {
  /** Bucket name. */
  readonly bucket: string;
  /** The folder's prefix in the bucket: ends in `/`, or is empty for the whole bucket. */
  readonly prefix: string;
  /** AWS region. */
  readonly region: string;
  /** The store's URL without the bucket, e.g. `"https://s3.us-east-1.amazonaws.com"`. */
  readonly endpoint: string;
  /** When the credentials expire; `null` if they do not. */
  readonly expiresAt: Date | null;
}

/** A file in a listing. */
export interface FileEntry {
  /** Path relative to the source; never starts with `/`. */
  readonly path: string;
  /** The last segment of the path. */
  readonly name: string;
  /** Bytes in the file. */
  readonly size: number;
  /** The store's tag for this content, with its quotes, for `ifMatch`; `null` if the store sends none. */
  readonly etag: string | null;
  /** When the file was last written; `null` if the store does not say, as after an upload. */
  readonly lastModified: Date | null;
}

/** The facts about a file. */
export interface FileInfo extends FileEntry {
  /** Media type; `application/octet-stream` if the store sends none. */
  readonly contentType: string;
  /** `"sha256:<hex>"` of the whole file; `null` if the store does not have it. */
  readonly contentHash: string | null;
  /** User metadata, with names in lower case and without `x-amz-meta-`; `{}` if there is none. */
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * A range of a file: `length` bytes from `offset` (default: all the rest), or the last `suffixLength` bytes, none if
 * the file is empty.
 */
export type ByteRange =
  | { readonly offset: number; readonly length?: number | undefined }
  | { readonly suffixLength: number };

/** Options of an operation that can be aborted. */
export interface SignalOptions {
  /** Aborts the operation, which then rejects with `signal.reason`. Default: it cannot be aborted. */
  signal?: AbortSignal | undefined;
}

/** Options of {@link S3Source.stream}. */
export interface StreamOptions extends SignalOptions {
  /**
   * Read only this range; {@link RangeNotSatisfiableError} if it begins after the end of the file. Default: the whole
   * file.
   */
  range?: ByteRange | undefined;
  /** Fail with {@link PreconditionFailedError} unless the file has this etag. Default: read any version. */
  ifMatch?: string | undefined;
  /**
   * `false`: do not compare a whole file with its stored checksum, e.g. to rescue what is left of a corrupt one, or to
   * save the time. The number of bytes is checked in any case. Default `true`.
   */
  verify?: boolean | undefined;
}

/** Options of {@link S3Source.read}. */
export interface ReadOptions extends StreamOptions {
  /**
   * Fail with {@link FileTooLargeError} if the file or range has more bytes, having read at most one more. Default: no
   * limit.
   */
  maxBytes?: number | undefined;
}

/** Options of {@link S3Source.readText} and {@link S3Source.readJson}: those of `read`, without a range. */
export type TextOptions = Omit<ReadOptions, "range">;

/** Options of {@link S3Source.serveFile}. */
export interface ServeFileOptions {
  /** The name under which a browser saves the file. Default: the last segment of the path. */
  filename?: string | undefined;
  /**
   * Whether a browser shows the file instead of saving it. It then runs in a sandbox: no script, form or plug-in of an
   * HTML or SVG file works. Default `false`.
   * https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/Content-Security-Policy/sandbox
   */
  inline?: boolean | undefined;
  /**
   * `Cache-Control` of the file, whatever is stored with it. Default `"private, no-cache"`: only the client's own cache
   * may keep it, and asks before each use.
   */
  cacheControl?: string | undefined;
}

/** A file, or a range of it, as a stream. */
export interface FileStream {
  /** The facts about the whole file, even if only a range is streamed. */
  readonly info: FileInfo;
  /** The bytes of the file that `body` has. */
  readonly range: { readonly offset: number; readonly length: number };
  /** The bytes. Holds a connection until it is read to its end or cancelled. */
  readonly body: ReadableStream<Uint8Array<ArrayBuffer>>;
}

/**
 * Options of {@link S3Source.copy}. Each attribute replaces that of the original; its default is the original's.
 * Conditions are about `to`.
 */
export interface CopyOptions extends SignalOptions, FileAttributes, Conditions {}

/** Options of {@link S3Source.move}. Conditions are about `to`. */
export interface MoveOptions extends SignalOptions, Conditions {}

/** Options of {@link S3Source.list}. */
export interface ListOptions extends SignalOptions {
  /**
   * List only paths that begin with this, exactly as S3 compares: `"team"` matches `team.txt`, `team/a` and
   * `team-2/b`. For a folder, end it with a slash, or use {@link S3Source.folder}. Default: the whole source.
   */
  prefix?: string | undefined;
  /**
   * The `cursor` of the previous page; {@link ScopeChangedError} if that was of another `prefix`, folder or
   * `recursive`. Default: the first page.
   */
  cursor?: string | null | undefined;
  /** Most files and folders together on a page, 1 or more; a page may have fewer. Default 100. */
  limit?: number | undefined;
  /**
   * `true`: the files of all levels. `false`: up to the next slash after `prefix`, so of one level; the folders there
   * are in `folders`. Default `true`.
   */
  recursive?: boolean | undefined;
}

/** A page of a listing. */
export interface ListPage {
  /** Files, ordered by the UTF-8 bytes of their paths. */
  readonly files: readonly FileEntry[];
  /**
   * Paths of folders, relative to the source and with a trailing slash; empty unless the option `recursive` is `false`.
   */
  readonly folders: readonly string[];
  /** Cursor of the next page; `null` on the last. */
  readonly cursor: string | null;
  /**
   * The number of keys on this page that are left out, because no path can name them, they are outside the source, or
   * the store does not give their size. The events `"UnusableKey"`, `"KeyOutsidePrefix"` and `"OddListing"` name them.
   */
  readonly skipped: number;
}

/** Options of {@link S3Source.walk}. */
export interface WalkOptions extends SignalOptions {
  /** List only paths that begin with this, as for {@link S3Source.list}. Default: the whole source. */
  prefix?: string | undefined;
  /**
   * How many pages to request at the same time, for many files on a distant store; the order stays the same. That can
   * take twice as many requests, and holds at most 8,000 files for each. Default 1.
   */
  concurrency?: number | undefined;
}

/** Bytes, or text that is stored as UTF-8. Buffers of Node and all other views are bytes. */
export type UploadChunk = string | ArrayBufferView | ArrayBuffer;

/**
 * The content of a file to upload: whole, or in chunks, as from a `ReadableStream`, a stream of Node or an async
 * generator. A body of chunks is read once, and cancelled if the upload fails; it is left untouched if another argument
 * is invalid.
 */
export type UploadBody = Blob | UploadChunk | ReadableStream<UploadChunk> | AsyncIterable<UploadChunk>;

/** The progress of a transfer. */
export interface TransferProgress {
  /**
   * Bytes transferred so far. Never decreases, and ends at the total. Advances within a part in Deno, Bun and Node, and
   * part by part in browsers and Workers, where `fetch` does not report progress.
   */
  readonly transferredBytes: number;
  /** Bytes in the file; absent while unknown. */
  readonly totalBytes?: number | undefined;
}

/** Options of {@link S3Source.upload}. */
export interface UploadOptions extends SignalOptions, FileAttributes, Conditions {
  /**
   * Bytes in the body. If it has another size, nothing is stored, and the upload rejects with {@link IntegrityError}.
   * Default: any size.
   */
  size?: number | undefined;
  /**
   * Fail with {@link FileTooLargeError}, and store nothing, if the body has more bytes. Of a stream, at most one chunk
   * is read beyond. Default: 48.8 TiB, S3's own limit.
   * https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
   */
  maxBytes?: number | undefined;
  /**
   * `false`: do not compute the SHA-256 of the whole file. That takes time with more than one part, whose own checksums
   * the store verifies anyway. The result then has no `contentHash`, and a metadata `sha256` is not compared with the
   * bytes. Default: compute it.
   */
  contentHash?: false | undefined;
  /** Called with 0 bytes at first, and as bytes are sent. Errors it throws are ignored. Default: no reports. */
  onProgress?: ((progress: TransferProgress) => void) | undefined;
}

/** The outcome of {@link S3Source.deleteMany} and {@link S3Source.deleteFolder}. */
export interface DeleteManyResult {
  /** Number of files that no longer exist; `deleteMany` also counts those that never existed. */
  readonly deletedCount: number;
  /** For each file that could not be deleted, the error that `delete` would throw, with its `path`. */
  readonly errors: readonly S3SourceError[];
}

/** Options of {@link S3Source.downloadUrl}. */
export interface DownloadUrlOptions extends SignalOptions {
  /** Seconds for which the URL works, 1 to 604,800; fewer if the credentials expire earlier. Default 300. */
  expiresInSeconds?: number | undefined;
  /** The name under which a browser saves the file. Default: the last segment of the path. */
  filename?: string | undefined;
  /** Whether a browser shows the file instead of saving it. Default `false`. */
  inline?: boolean | undefined;
}

/** A signed URL. */
export interface SignedUrl {
  /** The URL. Anyone who has it can use it: treat it as a secret. */
  readonly url: string;
  /** When it stops working. */
  readonly expiresAt: Date;
}
