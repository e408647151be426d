import { InvalidArgumentError } from "../errors.ts";
import { toHex } from "../hash/hash.ts";
import { isHeaderValue } from "../s3/headers.ts";
import type { UploadOptions } from "../types/files.ts";
import { METADATA_PREFIX } from "./file_info.ts";
import { contentTypeByName } from "./media_type.ts";
import { DIGEST_HEADER } from "./stored_checksum.ts";

/** The options that are stored with an object. */
type ObjectOptions = Pick<UploadOptions, "contentType" | "cacheControl" | "contentDisposition" | "metadata">;

/**
 * The headers to store with an object. Without a `contentType`, or with an empty one, as browsers give for unknown types,
 * the path's ending decides.
 *
 * @throws {InvalidArgumentError} If a value is not printable ASCII, or the metadata is too large.
 */
export function toObjectHeaders(
  path: string,
  { contentType, cacheControl, contentDisposition, metadata = {} }: ObjectOptions,
): Record<string, string> {
  const headers: Record<string, string> = { "content-type": contentType || contentTypeByName(path) };
  if (cacheControl !== undefined) headers["cache-control"] = cacheControl;
  if (contentDisposition !== undefined) headers["content-disposition"] = contentDisposition;
  for (const [name, value] of Object.entries(headers)) assertHeaderValue(name, value);
  return { ...headers, ...toMetadataHeaders(metadata) };
}

/**
 * The headers of user metadata.
 *
 * @throws {InvalidArgumentError} If a name or a value cannot be sent as a header, or all of it is too large.
 */
export function toMetadataHeaders(metadata: Readonly<Record<string, string>>): Record<string, string> {
  const headers: Record<string, string> = {};
  let metadataBytes = 0;
  for (const [name, value] of Object.entries(metadata)) {
    if (!/^[A-Za-z0-9-]+$/.test(name)) {
      throw new InvalidArgumentError(
        `Cannot upload: the metadata name ${JSON.stringify(name)} may only have A-Z, a-z, 0-9 and -`,
      );
    }
    const header = METADATA_PREFIX + name.toLowerCase();
    if (header in headers) {
      throw new InvalidArgumentError(
        `Cannot upload: the metadata name ${JSON.stringify(name)} is given twice (case is ignored)`,
      );
    }
    headers[header] = value.trim();
    metadataBytes += name.length + value.length;
  }
  if (metadataBytes > MAX_METADATA_BYTES) {
    throw new InvalidArgumentError(
      `Cannot upload: the metadata has ${metadataBytes} bytes, more than ${MAX_METADATA_BYTES}`,
    );
  }
  for (const [name, value] of Object.entries(headers)) assertHeaderValue(name, value);
  return headers;
}

/** The user metadata that replaces the checksum on stores that reject it; downloads are verified by it. */
export function digestHeader(sha256: Uint8Array): Record<string, string> {
  return { [DIGEST_HEADER]: toHex(sha256) };
}

/**
 * The headers that make a write conditional.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
 *
 * @throws {InvalidArgumentError} If both are given, or the etag is not printable ASCII.
 */
export function toConditionHeaders(
  { ifNoneMatch, ifMatch }: Pick<UploadOptions, "ifNoneMatch" | "ifMatch">,
): Record<string, string> {
  if (ifNoneMatch !== undefined && ifMatch !== undefined) {
    throw new InvalidArgumentError('Cannot upload: "ifNoneMatch" and "ifMatch" exclude each other');
  }
  if (ifMatch !== undefined) assertHeaderValue("ifMatch", ifMatch);
  return {
    ...ifNoneMatch !== undefined && { "if-none-match": ifNoneMatch },
    ...ifMatch !== undefined && { "if-match": ifMatch },
  };
}

/** @throws {InvalidArgumentError} If the value is not printable ASCII. */
export function assertHeaderValue(name: string, value: string): void {
  if (!isHeaderValue(value)) {
    throw new InvalidArgumentError(`Cannot send the value of ${name}: it must be printable ASCII; encode it`);
  }
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html */
const MAX_METADATA_BYTES = 2048;
