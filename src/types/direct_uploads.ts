import type { Conditions, FileAttributes } from "./file_attributes.ts";
import type { FileInfo, SignalOptions, SignedUrl } from "./files.ts";

/** Options of {@link S3Source.prepareUpload}: `size` or `maxBytes` is required. */
export interface PrepareUploadOptions extends SignalOptions, FileAttributes {
  /**
   * Bytes in the file, at most 5 GiB; the store refuses any other number. Required, unless `maxBytes` is given and the
   * method is POST.
   */
  size?: number | undefined;
  /** The most bytes the store accepts; more than 5 GiB count as 5 GiB. Required, unless `size` is given. */
  maxBytes?: number | undefined;
  /** Seconds in which the upload must begin, 1 to 604,800; fewer if the credentials expire earlier. Default 300. */
  expiresInSeconds?: number | undefined;
  /**
   * `"POST"`: a form with a signed policy that limits the size. `"PUT"`: a signed URL for exactly `size` bytes. Default
   * `"POST"` on AWS, `"PUT"` with an `endpointUrl`, as not every store accepts forms.
   */
  method?: "POST" | "PUT" | undefined;
  /**
   * `"*"`: the store refuses (412) the upload if the file already exists. Only with the method PUT, whose `headers`
   * then include it. Default: the upload replaces an existing file.
   */
  ifNoneMatch?: "*" | undefined;
}

/** A request with which anyone can store one file, even several times, until `expiresAt`. */
export interface PreparedUpload extends SignedUrl {
  /** HTTP method. The body is a form with POST, the file itself with PUT. */
  readonly method: "POST" | "PUT";
  /** Headers to send unchanged with a PUT, in addition to `Content-Length`, which HTTP clients add; empty with POST. */
  readonly headers: Readonly<Record<string, string>>;
  /** Fields of the form, in this order and before the field `file`; empty with PUT. As secret as the URL. */
  readonly fields: Readonly<Record<string, string>>;
}

/** Options of {@link S3Source.prepareMultipartUpload}. */
export interface PrepareMultipartUploadOptions extends SignalOptions, FileAttributes {
  /** Bytes in the file: from 1 to `store.maxParts` parts of 5 GiB, or the store's own limit. */
  size: number;
  /**
   * Bytes in a part, 5 MiB to 5 GiB; raised if the file would have over `store.maxParts` parts. Default: the source's
   * `upload.partSizeBytes`.
   */
  partSizeBytes?: number | undefined;
}

/**
 * The state for {@link S3Source.resumeMultipartUpload}, which survives JSON. It has no secret, and no signature: if it
 * comes back from a client, check that `path` and `size` are as agreed.
 */
export interface MultipartUploadState {
  /** Path relative to the source. */
  readonly path: string;
  /** The store's id of the upload. */
  readonly uploadId: string;
  /** Bytes in the file. */
  readonly size: number;
  /** Bytes in each part except the last. */
  readonly partSizeBytes: number;
}

/** The bytes of the file that make up a part. */
export interface UploadPartPlace {
  /** Number of the part, from 1. */
  readonly partNumber: number;
  /** Bytes of the file before the part. */
  readonly offset: number;
  /** Bytes in the part. */
  readonly size: number;
}

/** A part of a file. */
export interface UploadPart extends UploadPartPlace {
  /** Whether the store has it, in its right size. */
  readonly isStored: boolean;
}

/** Options of {@link MultipartUpload.partUrl}. */
export interface PartUrlOptions extends SignalOptions {
  /**
   * Seconds in which sending the part must begin, 1 to 604,800; fewer if the credentials expire earlier. Default 300.
   */
  expiresInSeconds?: number | undefined;
}

/** Options of {@link MultipartUpload.complete}. If a condition does not hold, the parts are kept. */
export interface CompleteUploadOptions extends SignalOptions, Conditions {}

/**
 * The upload of a large file whose parts someone else sends to the store. It may take longer than the credentials live.
 * The file does not exist before {@link MultipartUpload.complete}; the parts of an unfinished upload cost storage until
 * they are removed.
 *
 * All methods reject with {@link ScopeChangedError} once the first credentials have expired and newer ones are for
 * another folder. Those that ask the store, except `abort`, reject with a {@link ServiceError} with the code
 * `"NoSuchUpload"` if the upload has been completed or aborted.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html
 */
export interface MultipartUpload {
  /** State with which to resume the upload later or elsewhere. */
  readonly state: MultipartUploadState;
  /** Number of parts of the file. */
  readonly partCount: number;
  /**
   * Signs a URL to which anyone can PUT a part: `file.slice(offset, offset + size)`. The store refuses any other number
   * of bytes. A part that is sent again replaces the former one. Sends nothing to the store.
   * @param partNumber From 1 to `partCount`.
   * @param options Default: for 300 seconds.
   * @throws {InvalidArgumentError} If `partNumber` or `expiresInSeconds` is out of range.
   *
   * @example
   * ```ts
   * import { assert } from "@std/assert";
   * import { createS3Source } from "@files/s3-source";
   * import { createMemoryS3 } from "@files/s3-source/testing";
   *
   * const { config, fetch } = createMemoryS3();
   * const file = new Blob(["Hello"]);
   * const upload = await createS3Source(config, { fetch }).prepareMultipartUpload("a.txt", { size: file.size });
   * const { url, offset, size } = await upload.partUrl(1, { expiresInSeconds: 600 });
   * const response = await fetch(url, { method: "PUT", body: file.slice(offset, offset + size) });
   * assert(response.ok);
   * ```
   */
  partUrl(partNumber: number, options?: PartUrlOptions): Promise<SignedUrl & UploadPartPlace>;
  /**
   * Sends a part from here, with its MD5, which the store verifies. A part that is sent again replaces the former one.
   * @param partNumber From 1 to `partCount`.
   * @param bytes As many as the part has, e.g. a slice of a `File`.
   * @param options Default: it cannot be aborted.
   * @throws {IntegrityError} If the part must have another number of bytes.
   *
   * @example
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { createS3Source } from "@files/s3-source";
   * import { createMemoryS3 } from "@files/s3-source/testing";
   *
   * const { config, fetch } = createMemoryS3();
   * const file = new Blob(["Hello"]);
   * const upload = await createS3Source(config, { fetch }).prepareMultipartUpload("a.txt", { size: file.size });
   * for (const { partNumber, offset, size, isStored } of await upload.parts()) {
   *   if (!isStored) await upload.uploadPart(partNumber, file.slice(offset, offset + size));
   * }
   * assertEquals((await upload.complete()).size, 5);
   * ```
   */
  uploadPart(
    partNumber: number,
    bytes: Blob | ArrayBufferView | ArrayBuffer,
    options?: SignalOptions,
  ): Promise<void>;
  /**
   * Lists all parts of the file in order, and which of them the store has: the others are still to be sent.
   *
   * @param options Default: it cannot be aborted.
   *
   * @example
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { createS3Source } from "@files/s3-source";
   * import { createMemoryS3 } from "@files/s3-source/testing";
   *
   * const { config, fetch } = createMemoryS3();
   * const upload = await createS3Source(config, { fetch }).prepareMultipartUpload("a.txt", { size: 5 });
   * assertEquals(await upload.parts(), [{ partNumber: 1, offset: 0, size: 5, isStored: false }]);
   * ```
   */
  parts(options?: SignalOptions): Promise<readonly UploadPart[]>;
  /**
   * Makes the file of its parts. If that fails, the parts are kept, and it may be called again.
   *
   * @param options Default: it replaces an existing file.
   * @throws {IntegrityError} If parts are missing or do not belong to the file. The message names them, and no file is
   * stored.
   * @throws {PreconditionFailedError} If `ifNoneMatch` or `ifMatch` does not hold.
   *
   * @example
   * ```ts
   * import { assertRejects } from "@std/assert";
   * import { createS3Source, IntegrityError } from "@files/s3-source";
   * import { createMemoryS3 } from "@files/s3-source/testing";
   *
   * const { config, fetch } = createMemoryS3();
   * const source = createS3Source(config, { fetch });
   *
   * const upload = await source.prepareMultipartUpload("a.txt", { size: 5 });
   * await assertRejects(() => upload.complete({ ifNoneMatch: "*" }), IntegrityError, "these are missing");
   * await upload.uploadPart(1, new TextEncoder().encode("Hello"));
   * await upload.complete({ ifNoneMatch: "*" });
   * ```
   */
  complete(options?: CompleteUploadOptions): Promise<FileInfo>;
  /**
   * Removes the parts; does nothing if the upload no longer exists. A part that is just arriving may be left: abort
   * again then.
   *
   * @param options Default: it cannot be aborted.
   *
   * @example
   * ```ts
   * import { assertRejects } from "@std/assert";
   * import { createS3Source, ServiceError } from "@files/s3-source";
   * import { createMemoryS3 } from "@files/s3-source/testing";
   *
   * const { config, fetch } = createMemoryS3();
   * const source = createS3Source(config, { fetch });
   *
   * const upload = await source.prepareMultipartUpload("a.txt", { size: 5 });
   * await upload.abort();
   * await assertRejects(() => upload.parts(), ServiceError, "NoSuchUpload");
   * ```
   */
  abort(options?: SignalOptions): Promise<void>;
}

/** Options of {@link S3Source.abortStaleUploads}. */
export interface AbortStaleUploadsOptions extends SignalOptions {
  /** Minimum age of an upload, in seconds. `0`: all, including those in progress. */
  olderThanSeconds: number;
}

/** An upload that {@link S3Source.abortStaleUploads} removed. */
export interface AbortedUpload {
  /** Path relative to the source. */
  readonly path: string;
  /** The store's id of the upload. */
  readonly uploadId: string;
  /** When the upload began. */
  readonly startedAt: Date;
}
