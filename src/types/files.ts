import type { Credentials } from "./config.ts";

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
  range?: ByteRange | undefined;
  /** An etag the file must still have; otherwise {@link PreconditionFailedError}. */
  ifMatch?: string | undefined;
}

/** Options of {@link S3Source.read}. */
export interface ReadOptions extends StreamOptions {
  /** Refuse a file (or range) of more bytes with {@link FileTooLargeError}, having read at most one byte more. Default: no limit. */
  maxBytes?: number | undefined;
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

/** Options of {@link S3Source.copy}. */
export interface CopyOptions extends SignalOptions {
  /** User metadata in place of the original's, as with {@link S3Source.upload}. Default: the original's. */
  metadata?: Readonly<Record<string, string>> | undefined;
}

/** Options of {@link S3Source.list}. */
export interface ListOptions extends SignalOptions {
  /** Only what lies in this folder; with or without a trailing slash. Default: the source's own folder. */
  prefix?: string | undefined;
  /** Where to go on: the `cursor` of the page before. */
  cursor?: string | null | undefined;
  /** At most this many files and folders together; a page may have fewer. Default 100. */
  limit?: number | undefined;
  /** `true`: only this folder's own files, and the names of its folders. `false`: files of all levels. Default `false`. */
  folders?: boolean | undefined;
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
  prefix?: string | undefined;
}

/**
 * What {@link S3Source.upload} takes. A stream or iterable is read once, and cancelled if the upload fails; an argument that
 * cannot be used leaves it alone.
 */
export type UploadBody =
  | Blob
  | Uint8Array
  | ArrayBuffer
  | string
  | ReadableStream<Uint8Array>
  | AsyncIterable<Uint8Array>;

/** How far an upload is. */
export interface UploadProgress {
  /**
   * Bytes that are on their way or stored; never less than before, and the total at the end. In Deno, Bun and Node it moves within a
   * part; where `fetch` does not tell how far it is (browsers, Workers), part by part.
   */
  readonly sentBytes: number;
  /** The file's size, once it is known. */
  readonly totalBytes?: number;
}

/** Options of {@link S3Source.upload}. */
export interface UploadOptions extends SignalOptions {
  /** Media type. Default: a `Blob`'s own type, otherwise `application/octet-stream`. */
  contentType?: string | undefined;
  /** Bytes, if known beforehand; an upload of another size commits nothing and ends in {@link IntegrityError}. */
  size?: number | undefined;
  /** User metadata: names of letters, digits and `-`; values of printable ASCII. Together at most 2 KB. */
  metadata?: Readonly<Record<string, string>> | undefined;
  /** `"*"`: only if there is no such file yet; otherwise {@link PreconditionFailedError}. */
  ifNoneMatch?: "*" | undefined;
  /** An etag the file must still have; otherwise {@link PreconditionFailedError}. */
  ifMatch?: string | undefined;
  /** `Cache-Control` of downloads. */
  cacheControl?: string | undefined;
  /** `Content-Disposition` of downloads. */
  contentDisposition?: string | undefined;
  /** Called with 0 bytes at the beginning, and as bytes are sent. What it throws is ignored. */
  onProgress?: ((progress: UploadProgress) => void) | undefined;
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
  expiresInSeconds?: number | undefined;
  /** The name a browser saves the file under. Default: the file's own. */
  filename?: string | undefined;
  /** Let a browser show the file instead of saving it. Default `false`. */
  inline?: boolean | undefined;
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
