import { createCrc } from "../hash/crc.ts";
import { toBase64 } from "../hash/hash.ts";
import { CHECKSUM_MODE, CRC32_HEADER, DIGEST_HEADER } from "./headers.ts";
import type { KnownTraits } from "./learned_traits.ts";
import type { S3Request } from "./s3_request.ts";

/** A request that is meant for AWS, in the form that the store takes. */
export function toForm(request: S3Request, known: KnownTraits): S3Request {
  const { "encoding-type": encodingType, ...query } = request.query ?? {};
  return {
    ...request,
    headers: formHeaders(request, known),
    ...!known.unsignedBodies && { signsBody: true },
    ...!known.encodingType && encodingType !== undefined && { query },
  };
}

function formHeaders(request: S3Request, known: KnownTraits): Record<string, string> {
  const headers = { ...request.headers };
  if (!known.checksumMode) delete headers[CHECKSUM_MODE];
  if (!known.wholeChecksums || known.checksums === "none") delete headers[TYPE];
  const type = headers["content-type"];
  if (!known.keepsCharset && type !== undefined) headers["content-type"] = upperCaseCharset(type);
  if (!known.quotedEtags) {
    for (const name of TAG_HEADERS) {
      const tag = headers[name];
      if (tag !== undefined) headers[name] = tag.replace(/^"([^"]*)"$/, "$1");
    }
  }
  if (known.checksums === "sha256") return headers;
  const { [SHA256]: digest, [ALGORITHM]: algorithm, ...others } = headers;
  const isCrc = known.checksums === "crc32";
  if (algorithm !== undefined) return { ...others, ...isCrc && { [ALGORITHM]: "CRC32" } };
  // The parts of an upload have the kind of checksum that it was announced with.
  if (request.operation === "UploadPart") return isCrc ? headers : withoutCrc(others);
  const { bytes, sha256Hex } = request.body ?? {};
  if (digest === undefined || bytes === undefined || sha256Hex === undefined) return headers;
  // Downloads are verified by this metadata if the store returns no checksum.
  const form = { [DIGEST_HEADER]: sha256Hex, ...others };
  return isCrc ? { ...form, [CRC32_HEADER]: toBase64(createCrc("crc32").update(bytes).digest()) } : form;
}

/** The same media type: names of charsets are case-insensitive. https://www.rfc-editor.org/rfc/rfc9110#section-8.3.2 */
export function upperCaseCharset(type: string): string {
  return type.replace(/(?<=;\s*charset=)[\w-]+/i, (charset) => charset.toUpperCase());
}

function withoutCrc({ [CRC32_HEADER]: _, ...others }: Record<string, string>): Record<string, string> {
  return others;
}

/** Headers of uploads. */
export const SHA256 = "x-amz-checksum-sha256";
export const TYPE = "x-amz-checksum-type";
export const ALGORITHM = "x-amz-checksum-algorithm";
export const TAG_HEADERS = ["if-match", "x-amz-copy-source-if-match"] as const;
