import type { FileInfo, SignalOptions, SignedUrl } from "./files.ts";

/** Options of {@link S3Source.prepareUpload}: `size` or `maxBytes` is required. */
export interface PrepareUploadOptions extends SignalOptions {
  /** Media type the file is stored with. Default, also for the empty one that browsers give: `application/octet-stream`. */
  contentType?: string | undefined;
  /** Bytes of the file: the store refuses any other number. At most 5 GiB. */
  size?: number | undefined;
  /** The most bytes the store takes; only with the method POST, unless `size` is given as well. More than 5 GiB are 5 GiB. */
  maxBytes?: number | undefined;
  /** Seconds until it has to be begun: 1 to 604,800. Shorter if the credentials end earlier. Default 300. */
  expiresInSeconds?: number | undefined;
  /**
   * `"POST"`: a form, whose signed policy bounds the size. `"PUT"`: a signed URL for exactly `size` bytes. Default `"POST"` on AWS,
   * `"PUT"` with an `endpointUrl`, as not every store takes forms.
   */
  method?: "POST" | "PUT" | undefined;
  /**
   * `"*"`: the store refuses (412) if there is such a file by then; only with the method PUT, among whose `headers` it then is. Default:
   * the file at this path is replaced.
   */
  ifNoneMatch?: "*" | undefined;
  /** User metadata, as with {@link S3Source.upload}. */
  metadata?: Readonly<Record<string, string>> | undefined;
}

/** A request with which anyone can store one file, once or again, until `expiresAt`. */
export interface PreparedUpload extends SignedUrl {
  /** HTTP method. With POST the body is a form, with PUT the file itself. */
  readonly method: "POST" | "PUT";
  /** Headers to send with a PUT just so, beside the `Content-Length` that HTTP clients set by themselves; empty with POST. */
  readonly headers: Readonly<Record<string, string>>;
  /** Fields to put into the form in this order, before the field `file`; empty with PUT. Secret like the URL. */
  readonly fields: Readonly<Record<string, string>>;
}

/** Options of {@link S3Source.prepareMultipartUpload}. */
export interface PrepareMultipartUploadOptions extends SignalOptions {
  /** Bytes of the file: 1 or more, and no more than 10,000 parts of 5 GiB and the store take. */
  size: number;
  /** Media type the file is stored with. Default, also for the empty one that browsers give: `application/octet-stream`. */
  contentType?: string | undefined;
  /** Bytes in a part, 5 MiB to 5 GiB; more if the file would have over 10,000 parts. Default: the source's `upload.partSizeBytes`. */
  partSizeBytes?: number | undefined;
  /** User metadata, as with {@link S3Source.upload}. */
  metadata?: Readonly<Record<string, string>> | undefined;
}

/**
 * What {@link S3Source.resumeMultipartUpload} goes on from; survives `JSON.stringify`. It has no secret in it, but nothing protects it
 * either: of one that comes back from a client, compare `path` and `size` with what was agreed.
 */
export interface MultipartUploadState {
  /** Relative to the source. */
  readonly path: string;
  /** The store's name for the upload. */
  readonly uploadId: string;
  /** Bytes of the file. */
  readonly size: number;
  /** Bytes in each part but the last. */
  readonly partSizeBytes: number;
}

/** Where to send one part, and which bytes of the file it has. */
export interface PartUrl extends SignedUrl {
  /** The part's first byte, counted from the beginning of the file. */
  readonly offset: number;
  /** Bytes; the store refuses any other number. */
  readonly size: number;
}

/** Options of {@link MultipartUpload.partUrl}. */
export interface PartUrlOptions extends SignalOptions {
  /** Seconds until the part has to be begun: 1 to 604,800. Shorter if the credentials end earlier. Default 300. */
  expiresInSeconds?: number | undefined;
}

/** Options of {@link MultipartUpload.complete}. */
export interface CompleteUploadOptions extends SignalOptions {
  /** `"*"`: only if there is no such file by then; otherwise {@link PreconditionFailedError}, and the parts stay. */
  ifNoneMatch?: "*" | undefined;
  /** An etag the file must still have; otherwise {@link PreconditionFailedError}, and the parts stay. */
  ifMatch?: string | undefined;
}

/** A part that the store has. */
export interface UploadedPart {
  /** From 1. */
  readonly partNumber: number;
  /** Bytes. */
  readonly size: number;
}

/**
 * A large file whose parts are sent to the store by someone else. It may take longer than any credentials live. Until
 * {@link MultipartUpload.complete} there is no file; parts that are never completed cost storage until they are removed.
 *
 * All methods reject with {@link ScopeChangedError} if the credentials have moved to another folder since the upload began, and, but
 * for `abort`, with a {@link ServiceError} of the code `"NoSuchUpload"` if it has been completed or removed.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html
 */
export interface MultipartUpload {
  /** To go on later, or elsewhere. */
  readonly state: MultipartUploadState;
  /** How many parts the file has. */
  readonly partCount: number;
  /**
   * The URL to PUT a part's bytes to; may be asked for again, and a part sent again replaces the former one. Asks nothing of the store.
   * @param partNumber From 1 to `partCount`.
   */
  partUrl(partNumber: number, options?: PartUrlOptions): Promise<PartUrl>;
  /**
   * Sends a part from here, with its MD5, which the store checks; may be done again, and a part sent again replaces the former one.
   * @throws {IntegrityError} If it has not just the bytes that belong to it.
   */
  uploadPart(partNumber: number, bytes: Uint8Array<ArrayBuffer>, options?: SignalOptions): Promise<void>;
  /** The parts that the store has, in their order, e.g. to send only the others. */
  parts(options?: SignalOptions): Promise<UploadedPart[]>;
  /**
   * Makes the file of its parts.
   * @throws {IntegrityError} If the parts at the store are not exactly the file; it names those to send again, and nothing is stored.
   */
  complete(options?: CompleteUploadOptions): Promise<FileInfo>;
  /** Removes the parts. An upload that is no longer there is no error. A part that is just arriving may stay: abort again then. */
  abort(options?: SignalOptions): Promise<void>;
}

/** Options of {@link S3Source.abortStaleUploads}. */
export interface AbortStaleUploadsOptions extends SignalOptions {
  /** Seconds since an upload began, from which on it counts as given up. `0`: all, also those under way. */
  olderThanSeconds: number;
}

/** An upload that {@link S3Source.abortStaleUploads} removed. */
export interface AbortedUpload {
  /** Relative to the source. */
  readonly path: string;
  /** The store's name for the upload. */
  readonly uploadId: string;
  /** When it began. */
  readonly initiated: Date;
}
