import { InvalidArgumentError } from "../errors.ts";
import { toHex } from "../hash/hash.ts";
import { DIGEST_HEADER, strongTag } from "../s3/headers.ts";
import { ignoresConditions } from "../s3/learned_traits.ts";
import type { Conditions, FileAttributes } from "../types/file_attributes.ts";
import { METADATA_PREFIX } from "./file_info.ts";
import { assertHeaderValue, type FilePurpose, refusal } from "./file_purpose.ts";
import { encodeHeaderText } from "./header_text.ts";
import { contentTypeByName } from "./media_type.ts";
import type { OperationContext } from "./operation_context.ts";

/**
 * The headers to store with a new object. Without a `contentType`, the path's ending decides.
 *
 * @throws {InvalidArgumentError} If a value cannot be sent, or the metadata is too large.
 */
export function toObjectHeaders(purpose: FilePurpose, attributes: FileAttributes): Record<string, string> {
  return toAttributeHeaders(purpose, { ...attributes, contentType: attributes.contentType ?? "" });
}

/** The headers of the attributes that are given, except how the store keeps the file. */
export function toAttributeHeaders(
  purpose: FilePurpose,
  { contentType, cacheControl, contentDisposition, metadata }: FileAttributes,
): Record<string, string> {
  const headers: Record<string, string> = {};
  add("content-type", contentType === "" ? contentTypeByName(purpose.path) : contentType);
  add("cache-control", cacheControl);
  add("content-disposition", contentDisposition);
  return metadata === undefined ? headers : Object.assign(headers, toMetadataHeaders(purpose, metadata));

  function add(name: string, value: string | undefined): void {
    if (value === undefined) return;
    assertHeaderValue(name, value, purpose);
    headers[name] = value;
  }
}

function toMetadataHeaders(
  purpose: FilePurpose,
  metadata: Readonly<Record<string, string>>,
): Record<string, string> {
  const headers: Record<string, string> = {};
  let metadataBytes = 0;
  for (const [name, value] of Object.entries(metadata)) {
    const header = METADATA_PREFIX + name.toLowerCase();
    if (!/^[\w-]+$/.test(name)) {
      throw refusal(purpose, `the metadata name ${JSON.stringify(name)} may only have A-Z, a-z, 0-9, - and _`);
    }
    if (header in headers) {
      throw refusal(purpose, `the metadata name ${JSON.stringify(name)} is given twice (case is ignored)`);
    }
    if (/[\p{Cc}\p{Cs}]/u.test(value)) {
      throw refusal(purpose, `the value of ${header} has a control character or half of a surrogate pair; encode it`);
    }
    headers[header] = encodeHeaderText(value.trim());
    metadataBytes += name.length + encoder.encode(value).byteLength;
  }
  if (metadataBytes > MAX_METADATA_BYTES) {
    throw refusal(purpose, `the metadata has ${metadataBytes} bytes, more than ${MAX_METADATA_BYTES}`);
  }
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
 * @throws {InvalidArgumentError} If both are given, the etag is not printable ASCII, or the store is known to ignore
 * them, and so to replace the file regardless.
 */
export function toConditionHeaders(
  { traits }: Pick<OperationContext, "traits">,
  purpose: FilePurpose,
  { ifNoneMatch, ifMatch }: Conditions,
  kind: "upload" | "copy" = "upload",
): Record<string, string> {
  if (ifNoneMatch === undefined && ifMatch === undefined) return {};
  if (ifNoneMatch !== undefined && ifMatch !== undefined) {
    throw refusal(purpose, '"ifNoneMatch" and "ifMatch" exclude each other');
  }
  if (ifMatch !== undefined) assertHeaderValue("ifMatch", ifMatch, purpose);
  if (ignoresConditions(traits.known, kind)) {
    const name = ifMatch === undefined ? "ifNoneMatch" : "ifMatch";
    const reason =
      `the store ignores "${name}" and would replace a file regardless; leave it out, and check with stat() first, ` +
      "which does not protect against others who write at the same moment";
    throw new InvalidArgumentError(`Cannot ${purpose.action}: ${reason}`, {
      code: "ConditionIgnored",
      path: purpose.path,
    });
  }
  return {
    ...ifNoneMatch !== undefined && { "if-none-match": ifNoneMatch },
    ...ifMatch !== undefined && { "if-match": strongTag(ifMatch) },
  };
}

const encoder = new TextEncoder();
/** Of UTF-8. https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html */
const MAX_METADATA_BYTES = 2048;
