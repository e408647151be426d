/** The CRC-32 of a body. */
export const CRC32_HEADER = "x-amz-checksum-crc32";

/** The user metadata that replaces a checksum on stores that reject it: the SHA-256 in hexadecimal. */
export const DIGEST_HEADER = "x-amz-meta-sha256";

/**
 * Asks the store for the checksum it keeps.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html
 */
export const CHECKSUM_MODE = "x-amz-checksum-mode";

/** The header that does so. */
export const WITH_CHECKSUM: Readonly<Record<string, string>> = { [CHECKSUM_MODE]: "ENABLED" };

/** Whether text can be sent as a header value: printable ASCII. Runtimes quote other values in their errors. */
export function isHeaderValue(text: string): boolean {
  return /^[\x20-\x7e]*$/.test(text);
}

/**
 * Whether text can be an access key id or a session token. They are sent in headers, which lose white space at the
 * ends.
 */
export function isCredential(text: string): boolean {
  return /^[\x21-\x7e]+$/.test(text);
}

/** Whether text can be a secret access key: stores let people choose any, but not with the line end of a file. */
export function isSecretKey(text: string): boolean {
  return text !== "" && !/\p{Cc}/u.test(text);
}

/** A number of bytes in decimal digits; `undefined` for anything else, such as `-5`, `0x10` or an empty text. */
export function readByteCount(text: string | null | undefined): number | undefined {
  const count = /^\d+$/.test(text ?? "") ? Number(text) : NaN;
  return Number.isSafeInteger(count) ? count : undefined;
}

/** The tag of `If-Match` for an entity tag: a weak one never matches (RFC 9110, section 13.1.1). */
export function strongTag(etag: string): string {
  return etag.startsWith("W/") ? etag.slice(2) : etag;
}

/** Whether the tag in a header stands for the same bytes, not only for the same content. */
export function isStrong(etag: string | null): boolean {
  return etag !== null && etag !== "" && !etag.startsWith("W/");
}

/**
 * An entity tag with its quotes, which some stores omit; `null` if there is none. It is as the store made it: strong,
 * although proxies that compress weaken it.
 */
export function readEtag(text: string | null | undefined): string | null {
  if (!text) return null;
  const tag = strongTag(text);
  return tag.startsWith('"') ? tag : `"${tag}"`;
}
