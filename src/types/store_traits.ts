/**
 * How a store differs from AWS. What is not given is found out when the store refuses a request: it is repeated in a
 * form that the store takes, and later ones are sent in this form at once. Over `http:` to another host, what makes a
 * check weaker (`checksums`, `checksumMode`, `quotedEtags`) is not found out: the request fails, and the error names
 * the option.
 */
export interface StoreTraits {
  /**
   * The place of the bucket in requests and signed URLs: in the host name (`"virtual"`) or in the path (`"path"`).
   * Default `"auto"`: in the host name on AWS, except for names with dots, and in the path with an `endpointUrl`.
   */
  addressing?: "auto" | "virtual" | "path" | undefined;
  /**
   * The checksum to send, which the store verifies and keeps: `x-amz-checksum-sha256`, `x-amz-checksum-crc32`, or
   * `"none"` for stores that reject both, and `x-amz-checksum-mode` with them. The metadata `sha256` then replaces it,
   * except for streams of more than one part. Default `"auto"`: the first of them that the store takes; parts of a file
   * have CRC-32, of which the store keeps that of the whole file.
   */
  checksums?: "auto" | "sha256" | "crc32" | "none" | undefined;
  /**
   * Make all parts but the last the same size, for stores that require it. A file of unknown size then has at most
   * `maxParts` times `partSizeBytes`, or fails with {@link FileTooLargeError}. Default `false`.
   */
  equalParts?: boolean | undefined;
  /**
   * The most parts of one file, 2 to 10,000; parts are larger for stores that take fewer than AWS. Default 10,000.
   * https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
   */
  maxParts?: number | undefined;
  /**
   * Whether the store has DeleteObjects, which deletes many files with one request; `false` deletes them one by one.
   * Default: found out.
   * https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
   */
  bulkDelete?: boolean | undefined;
  /**
   * Whether the store has ListObjectsV2; `false` lists with ListObjects. Default: found out.
   * https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjects.html
   */
  listV2?: boolean | undefined;
  /**
   * Whether the store takes `encoding-type=url`; without it, names with control characters cannot be listed. Default:
   * found out.
   */
  encodingType?: boolean | undefined;
  /**
   * Whether the store takes the tag of `If-Match` in quotes, as RFC 9110 demands. Default: found out after a 412, if a
   * HEAD shows the very tag.
   */
  quotedEtags?: boolean | undefined;
  /**
   * Whether the store honours `If-Match` and `If-None-Match` of writes, or only of `"uploads"` and not of copies.
   * Others are refused, as they would replace a file unconditionally. Default: as if it did, until `diagnose` finds out
   * that it does not. https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-requests.html
   */
  conditions?: boolean | "uploads" | undefined;
  /**
   * Whether the store takes `x-amz-checksum-mode`, without which AWS returns no checksum to verify a download by.
   * Default: found out; `false` with `checksums: "none"`.
   */
  checksumMode?: boolean | undefined;
  /** Same as `equalParts`. */
  equal_parts?: boolean | undefined;
  /** Same as `maxParts`. */
  max_parts?: number | undefined;
  /** Same as `bulkDelete`. */
  bulk_delete?: boolean | undefined;
  /** Same as `listV2`. */
  list_v2?: boolean | undefined;
  /** Same as `encodingType`. */
  encoding_type?: boolean | undefined;
  /** Same as `quotedEtags`. */
  quoted_etags?: boolean | undefined;
  /** Same as `checksumMode`. */
  checksum_mode?: boolean | undefined;
}
