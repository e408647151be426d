import type { FileAttributes } from "../types/file_attributes.ts";
import { type StorageAttributes, storageHeaders } from "./storage_headers.ts";
import { METADATA_PREFIX } from "./file_info.ts";
import { type FilePurpose, refusal } from "./file_purpose.ts";
import { toAttributeHeaders } from "./object_headers.ts";
import { DIGEST_HEADER } from "../s3/headers.ts";

/** The attributes that a copy is to have. */
export interface CopiedAttributes {
  /** Whether any was given. Then the request must name all: S3 keeps either every one or none. */
  readonly isReplaced: boolean;
  /**
   * Checks that the headers of the original have all of its metadata, if that is to be kept.
   *
   * @throws {InvalidArgumentError} If some would be lost.
   */
  assertReadable(original: Headers): void;
  /** The headers to store, from those of the original. */
  storedHeaders(original: Headers): Record<string, string>;
  /** The headers for how the store keeps the copy, which it never takes from the original by itself. */
  storageHeaders(original: Headers, defaults: StorageAttributes): Record<string, string>;
}

/**
 * Reads the attributes that are given for a copy; the others are the original's.
 *
 * @throws {InvalidArgumentError} If one cannot be sent.
 */
export function readCopiedAttributes(purpose: FilePurpose, attributes: FileAttributes): CopiedAttributes {
  const { contentType, cacheControl, contentDisposition, metadata, encryption, storageClass } = attributes;
  const given = toAttributeHeaders(purpose, attributes);
  const all = [contentType, cacheControl, contentDisposition, metadata, encryption, storageClass];
  const isKept = (name: string) => CONTENT_HEADERS.has(name) || (!metadata && name.startsWith(METADATA_PREFIX));
  return {
    isReplaced: all.some((attribute) => attribute !== undefined),
    assertReadable(original) {
      if (metadata || !(Number(original.get("x-amz-missing-meta")) > 0)) return;
      throw refusal(purpose, 'some of its metadata cannot be read, and would be lost; pass the "metadata" to store');
    },
    storedHeaders(original) {
      const kept = Object.fromEntries([...original].filter(([name]) => isKept(name)));
      // Describes the bytes, not the file: stores without checksums need it to verify downloads.
      const digest = original.get(DIGEST_HEADER);
      return { ...kept, ...given, ...digest !== null && { [DIGEST_HEADER]: digest } };
    },
    storageHeaders(original, defaults) {
      const chosen = storageHeaders(defaults, { encryption, storageClass });
      const kept = [...original].filter(([name]) =>
        KEPT_HEADERS.has(name) || (isKmsHeader(name, original) && !(ENCRYPTION_HEADER in chosen))
      );
      return { ...Object.fromEntries(kept), ...chosen };
    },
  };
}

/** Not with AES256, the least that any bucket encrypts with: the bucket may ask for more by now. */
function isKmsHeader(name: string, original: Headers): boolean {
  return name.startsWith(ENCRYPTION_HEADER) && (original.get(ENCRYPTION_HEADER) ?? "").startsWith("aws:kms");
}

/** Also the beginning of the names of the headers with the key. */
const ENCRYPTION_HEADER = "x-amz-server-side-encryption";

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html */
const KEPT_HEADERS: ReadonlySet<string> = new Set(["x-amz-storage-class", "x-amz-website-redirect-location"]);

const CONTENT_HEADERS: ReadonlySet<string> = new Set([
  "cache-control",
  "content-disposition",
  "content-encoding",
  "content-language",
  "content-type",
  "expires",
]);
