/** A way in which a store differs from AWS. If two contradict each other, the one that refuses more wins. */
export type MemoryS3Quirk =
  /** `If-Match` and its like match ETags without quotes only. */
  | "unquotedEtags"
  /** ETags of GET and HEAD are weak, `W/"…"`, and match no condition. */
  | "weakEtags"
  /** No response has an ETag, except those to parts. */
  | "noEtags"
  /** `If-Match` and `If-None-Match` are ignored, except on reads. */
  | "ignoresConditions"
  /** `x-amz-checksum-mode` is refused. */
  | "noChecksumMode"
  /** Checksum headers on writes are refused. */
  | "noChecksums"
  /** `x-amz-checksum-type` is refused, and is in no response. */
  | "noChecksumType"
  /** SHA-256 is refused as a checksum. */
  | "noSha256"
  /** Checksums on writes are not compared with the content, but kept. */
  | "unverifiedChecksums"
  /** The response to a range has the checksum of the whole object. */
  | "wholeChecksumOnRange"
  /** `encoding-type` is refused. */
  | "noEncodingType"
  /** Names in listings are not encoded, and the response does not say that they are. */
  | "ignoresEncodingType"
  /** Names in listings are not encoded, but the response says that they are. */
  | "claimsEncodingType"
  /** ListObjectsV2 is refused; ListObjects, the first version, works. */
  | "noListV2"
  /** ListObjectsV2 is answered as if it were ListObjects: its tokens are ignored. */
  | "ignoresListV2"
  /** DeleteObjects is refused. */
  | "noBulkDelete"
  /** DeleteObjects is refused without `Content-MD5`, whatever other checksum it has. */
  | "requiresContentMd5"
  /** DeleteObjects names only the keys that it could not delete. */
  | "quietDeletes"
  /** Deleting a key that does not exist fails with `NoSuchKey`. */
  | "deleteMissing404"
  /** GET and HEAD have no `Content-Length`. */
  | "noContentLength"
  /**
   * A proxy compresses what GET and HEAD return, unless `Accept-Encoding` is `identity`: no length, and a weak ETag.
   */
  | "compresses"
  /** Objects stored with `Content-Encoding: gzip` are decompressed for readers, as on Google Cloud Storage. */
  | "transcodesGzip"
  /** `Range` is ignored: the whole object is returned. */
  | "ignoresRange"
  /** All parts of an upload but the last must have the same size, as on Cloudflare R2. */
  | "equalPartsOnly"
  /** Uploads have 1,000 parts at most. */
  | "maxParts1000"
  /** ListMultipartUploads is refused. */
  | "noUploadListing";

/** Every {@link MemoryS3Quirk}. */
export const MEMORY_S3_QUIRKS: readonly MemoryS3Quirk[] = [
  "unquotedEtags",
  "weakEtags",
  "noEtags",
  "ignoresConditions",
  "noChecksumMode",
  "noChecksums",
  "noChecksumType",
  "noSha256",
  "unverifiedChecksums",
  "wholeChecksumOnRange",
  "noEncodingType",
  "ignoresEncodingType",
  "claimsEncodingType",
  "noListV2",
  "ignoresListV2",
  "noBulkDelete",
  "requiresContentMd5",
  "quietDeletes",
  "deleteMissing404",
  "noContentLength",
  "compresses",
  "transcodesGzip",
  "ignoresRange",
  "equalPartsOnly",
  "maxParts1000",
  "noUploadListing",
];

/** The quirks of a store. @throws {TypeError} If one is unknown. */
export function readQuirks(names: Iterable<MemoryS3Quirk>): ReadonlySet<MemoryS3Quirk> {
  const quirks = new Set(names);
  for (const name of quirks) {
    if (!MEMORY_S3_QUIRKS.includes(name)) throw unknownQuirk(String(name));
  }
  return quirks;
}

function unknownQuirk(name: string): TypeError {
  const likeness = MEMORY_S3_QUIRKS.map((quirk) => sharedEnds(name.toLowerCase(), quirk.toLowerCase()) / quirk.length);
  const most = Math.max(...likeness);
  const hint = most >= 0.5
    ? `did you mean "${MEMORY_S3_QUIRKS[likeness.indexOf(most)]}"?`
    : `known are ${MEMORY_S3_QUIRKS.join(", ")}`;
  return new TypeError(`Cannot create an in-memory S3: unknown quirk ${JSON.stringify(name)}; ${hint}`);
}

/** How many characters two names share at the beginning and, of what is left, at the end. */
function sharedEnds(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  let begin = 0;
  while (begin < length && a[begin] === b[begin]) begin++;
  let end = 0;
  while (end < length - begin && a.at(-1 - end) === b.at(-1 - end)) end++;
  return begin + end;
}
