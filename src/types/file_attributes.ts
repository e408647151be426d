import type { Encryption } from "./config.ts";

/** What is stored with a file: the same wherever a file is made. */
export interface FileAttributes {
  /**
   * Media type. Default, also for an empty string, which browsers give for unknown types: by the ending of the path,
   * such as `image/png` for `.png` and `text/csv; charset=utf-8` for `.csv`, or else `application/octet-stream`.
   */
  contentType?: string | undefined;
  /**
   * User metadata: names of letters, digits, `-` and `_`, values of any text without control characters, 2 KB of UTF-8
   * in total. What is not ASCII is sent as encoded words of RFC 2047, which `stat` decodes. Proxies may drop names with
   * `_`, as nginx does by default. Default: none.
   * https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html
   */
  metadata?: Readonly<Record<string, string>> | undefined;
  /** `Cache-Control` header of downloads. Default: none. */
  cacheControl?: string | undefined;
  /** `Content-Disposition` header of downloads. Default: none. */
  contentDisposition?: string | undefined;
  /**
   * Storage class, e.g. `"STANDARD_IA"`; the store refuses one that it does not have. Default: the source's
   * `upload.storageClass`, or else the store's.
   * https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-class-intro.html
   */
  storageClass?: string | undefined;
  /**
   * How the store encrypts the file. Default: the source's `upload.encryption`, or else that of the bucket.
   * https://docs.aws.amazon.com/AmazonS3/latest/userguide/serv-side-encryption.html
   */
  encryption?: Encryption | undefined;
}

/**
 * Conditions on the file that a write would replace; at most one. Where the store is known to ignore it, by
 * `store.conditions` or by `diagnose`, the write is refused with an {@link InvalidArgumentError} whose code is
 * `"ConditionIgnored"`, before anything is sent.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
 */
export interface Conditions {
  /**
   * Fail with {@link PreconditionFailedError} unless the existing file has this etag, or with
   * {@link FileNotFoundError} if there is none. `null`, as the etag of a store without etags, is refused. Default: no
   * condition.
   */
  ifMatch?: string | undefined;
  /** `"*"`: fail with {@link PreconditionFailedError} if the file already exists. Default: replace it. */
  ifNoneMatch?: "*" | undefined;
}
