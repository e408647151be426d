import type { S3SourceError } from "../errors.ts";

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
  /** Whether downloads must pass through the application; `false` for S3, which has signed URLs. */
  readonly requiresProxyDownload: boolean;
  /** Bytes in the largest possible file. */
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

/** The facts about a file. */
export interface FileInfo {
  /** Path relative to the source; never starts with `/`. */
  readonly path: string;
  /** The last segment of the path. */
  readonly name: string;
  /** Bytes in the file. */
  readonly size: number;
  /** Media type; absent in listings and after an upload in parts by others. */
  readonly contentType?: string;
  /** The store's tag for this content, with its quotes, for `ifMatch`; absent if the store sends none. */
  readonly etag?: string;
  /** When the file was last written; absent after an upload, and if the store does not say. */
  readonly lastModified?: Date;
  /** `"sha256:<hex>"` of the whole file; absent if unknown, as in listings. */
  readonly contentHash?: string;
  /** User metadata, with names in lower case and without `x-amz-meta-`; absent in listings and if there is none. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** A range of a file: `length` bytes from `offset` (default: all the rest), or the last `suffixLength` bytes. */
export type ByteRange =
  | { readonly offset: number; readonly length?: number }
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
}

/** Options of {@link S3Source.read}. */
export interface ReadOptions extends StreamOptions {
  /**
   * Fail with {@link FileTooLargeError} if the file or range has more bytes, having read at most one more. Default: no
   * limit.
   */
  maxBytes?: number | undefined;
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

/** Options of {@link S3Source.copy}. */
export interface CopyOptions extends SignalOptions {
  /** User metadata to replace the original's, as for {@link S3Source.upload}. Default: keep the original's. */
  metadata?: Readonly<Record<string, string>> | undefined;
}

/** Options of {@link S3Source.list}. */
export interface ListOptions extends SignalOptions {
  /** List only this folder; with or without a trailing slash. Default: the whole source. */
  prefix?: string | undefined;
  /**
   * The `cursor` of the previous page; {@link ScopeChangedError} if that was of another folder. Default: the first
   * page.
   */
  cursor?: string | null | undefined;
  /** Most files and folders together on a page, 1 or more; a page may have fewer. Default 100. */
  limit?: number | undefined;
  /**
   * `true`: only the files directly in this folder, and its folders. `false`: the files of all levels. Default `false`.
   */
  folders?: boolean | undefined;
}

/** A page of a listing. */
export interface FileList {
  /** Files, ordered by the UTF-8 bytes of their paths. */
  readonly files: FileInfo[];
  /**
   * Paths of folders, relative to the source and with a trailing slash; empty unless the option `folders` is `true`.
   */
  readonly folders: string[];
  /** Cursor of the next page; `null` on the last. */
  readonly cursor: string | null;
}

/** Options of {@link S3Source.walk}. */
export interface WalkOptions extends SignalOptions {
  /** List only this folder; with or without a trailing slash. Default: the whole source. */
  prefix?: string | undefined;
}

/**
 * The content of a file to upload. A stream or iterable is read once, and cancelled if the upload fails; it is left
 * untouched if another argument is invalid.
 */
export type UploadBody =
  | Blob
  | Uint8Array
  | ArrayBuffer
  | string
  | ReadableStream<Uint8Array>
  | AsyncIterable<Uint8Array>;

/** The progress of an upload. */
export interface UploadProgress {
  /**
   * Bytes sent so far. Never decreases, and ends at the total. Advances within a part in Deno, Bun and Node, and part
   * by part in browsers and Workers, where `fetch` does not report progress.
   */
  readonly sentBytes: number;
  /** Bytes in the file; absent while unknown. */
  readonly totalBytes?: number;
}

/** Options of {@link S3Source.upload}. */
export interface UploadOptions extends SignalOptions {
  /** Media type. Default: a `Blob`'s own type, otherwise `application/octet-stream`. */
  contentType?: string | undefined;
  /**
   * Bytes in the body. If it has another size, nothing is stored, and the upload rejects with {@link IntegrityError}.
   * Default: any size.
   */
  size?: number | undefined;
  /** User metadata: names of letters, digits and `-`, values of printable ASCII, 2 KB in total. Default: none. */
  metadata?: Readonly<Record<string, string>> | undefined;
  /** `"*"`: fail with {@link PreconditionFailedError} if the file already exists. Default: replace it. */
  ifNoneMatch?: "*" | undefined;
  /** Fail with {@link PreconditionFailedError} unless the existing file has this etag. Default: no condition. */
  ifMatch?: string | undefined;
  /** `Cache-Control` header of downloads. Default: none. */
  cacheControl?: string | undefined;
  /** `Content-Disposition` header of downloads. Default: none. */
  contentDisposition?: string | undefined;
  /** Called with 0 bytes at first, and as bytes are sent. Errors it throws are ignored. Default: no reports. */
  onProgress?: ((progress: UploadProgress) => void) | undefined;
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
