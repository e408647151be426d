import { createCrc } from "../hash/crc.ts";
import { sha256, toBase64, toHex } from "../hash/hash.ts";
import type { ErrorResponse } from "./error_response.ts";
import { CHECKSUM_MODE, DIGEST_HEADER } from "./headers.ts";
import { type KnownTraits, LIKE_AWS } from "./learned_traits.ts";
import type { S3Request } from "./s3_request.ts";

/** A trait that may explain a refusal. */
export type Guess =
  | { readonly trait: "checksums"; readonly value: KnownTraits["checksums"] }
  | {
    readonly trait:
      | "wholeChecksums"
      | "unsignedBodies"
      | "checksumMode"
      | "encodingType"
      | "quotedEtags"
      | "keepsCharset";
    readonly value: false;
  };

/** A request that is meant for AWS, in the form that the store takes. */
export function toForm(request: S3Request, known: KnownTraits): S3Request {
  if (known === LIKE_AWS) return request;
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
  return isCrc ? { ...form, [CRC32]: toBase64(createCrc("crc32").update(bytes).digest()) } : form;
}

/** Whether the body's SHA-256 is missing: the store wants it, or no checksum ties the signature to the bytes. */
export function isUncovered({ body, signsBody, headers = {} }: S3Request): boolean {
  return body !== undefined && body.sha256Hex === undefined && (signsBody === true || headers[CRC32] === undefined);
}

/** A request whose signature covers the bytes. */
export async function withPayloadHash(request: S3Request): Promise<S3Request> {
  if (request.body === undefined) return request;
  const { bytes } = request.body;
  return { ...request, body: { bytes, sha256Hex: toHex(await sha256(bytes)) } };
}

/** The same media type: names of charsets are case-insensitive. https://www.rfc-editor.org/rfc/rfc9110#section-8.3.2 */
function upperCaseCharset(type: string): string {
  return type.replace(/(?<=;\s*charset=)[\w-]+/i, (charset) => charset.toUpperCase());
}

function withoutCrc({ [CRC32]: _, ...others }: Record<string, string>): Record<string, string> {
  return others;
}

/**
 * Traits that may explain why a store refuses a request of this form; the likeliest first. DeleteObjects must have a
 * digest, and CompleteMultipartUpload has what the store has agreed to, so they are not among these requests.
 */
export function guessesOf(form: S3Request, refused: ErrorResponse, { isAws }: { readonly isAws: boolean }): Guess[] {
  if (refused.code === "SignatureDoesNotMatch") return guessCharset(form, isAws);
  if (isDenied(refused) && form.body !== undefined && form.body.sha256Hex === undefined) {
    return [{ trait: "unsignedBodies", value: false }];
  }
  if (!isUnsupported(refused) || FIXED_FORMS.has(form.operation)) return [];
  const { headers = {}, query = {} } = form;
  const named = namesIn(refused.message);
  // AWS takes all of them, and other requests for the same reason are refused too.
  const isMeant = (name: string) =>
    named.length === 0
      ? !isAws
      : named.some((one) => one === name || (IS_CHECKSUM.test(one) && IS_CHECKSUM.test(name)));
  const sent = [CHECKSUM_MODE, TYPE, SHA256, CRC32, ALGORITHM].filter((name) =>
    headers[name] !== undefined && isMeant(name)
  );
  const guesses: Guess[] = [];
  if (sent.includes(CHECKSUM_MODE)) guesses.push({ trait: "checksumMode", value: false });
  if (sent.includes(TYPE)) guesses.push({ trait: "wholeChecksums", value: false });
  if (sent.includes(SHA256) && form.operation === "PutObject") guesses.push({ trait: "checksums", value: "crc32" });
  if (sent.some((name) => name !== CHECKSUM_MODE)) guesses.push({ trait: "checksums", value: "none" });
  if (query["encoding-type"] !== undefined && isMeant("encoding-type")) {
    guesses.push({ trait: "encodingType", value: false });
  }
  return guesses;
}

/**
 * Bucket policies can deny `UNSIGNED-PAYLOAD`; the response does not say so.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/bucket-policy-s3-sigv4-conditions.html
 */
function isDenied({ status, code }: ErrorResponse): boolean {
  return status === 403 && code === "AccessDenied";
}

/** Jetty, on which s3proxy runs, has common media types in a form of its own before the signature is verified. */
function guessCharset({ headers = {} }: S3Request, isAws: boolean): Guess[] {
  const { "content-type": type = "" } = headers;
  return isAws || upperCaseCharset(type) === type ? [] : [{ trait: "keepsCharset", value: false }];
}

/**
 * Whether a store may refuse what it does not know. Stores word this in many ways; what is a matter of permissions,
 * signatures, names or bytes has other codes, or another status.
 */
export function isUnsupported({ status, code }: Pick<ErrorResponse, "status" | "code">): boolean {
  if (status !== 400 && status !== 405 && status !== 501) return false;
  return code === undefined || UNSUPPORTED.test(code);
}

const UNSUPPORTED = new RegExp(
  [
    "\\w*Not(?:Implemented|Supported|Allowed)\\w*",
    "\\w*Unsupported(?!Signature)\\w*",
    "(?:Invalid|Unknown|Unrecognized|Bad|Malformed)(?:Argument|Header|Parameter|Query|Request)\\w*",
    "ValidationError",
    // An error without S3's code.
    "UnexpectedStatus",
  ].map((code) => `^${code}$`).join("|"),
  "i",
);

/** The headers and parameters that a message names. */
function namesIn(message = ""): string[] {
  const names = message.toLowerCase().match(/x-amz-[a-z0-9-]*[a-z0-9]|encoding-?type|list-type|content-md5/g) ?? [];
  return names.map((name) => name === "encodingtype" ? "encoding-type" : name);
}

/** The conditions of a request whose tags are quoted, and the keys of the objects that they are about. */
export function quotedConditions({ headers = {}, key, sourceKey }: S3Request): { key: string; tag: string }[] {
  const keys = [key, sourceKey];
  return TAG_HEADERS.flatMap((name, index) => {
    const key = keys[index];
    const tag = headers[name];
    return key !== undefined && tag?.startsWith('"') ? [{ key, tag }] : [];
  });
}

const FIXED_FORMS: ReadonlySet<string> = new Set(["DeleteObjects", "CompleteMultipartUpload"]);
/** Stores also name a header of this kind that was not sent. */
const IS_CHECKSUM = /^x-amz-(?:sdk-)?checksum/;
const SHA256 = "x-amz-checksum-sha256";
const CRC32 = "x-amz-checksum-crc32";
const TYPE = "x-amz-checksum-type";
const ALGORITHM = "x-amz-checksum-algorithm";
const TAG_HEADERS = ["if-match", "x-amz-copy-source-if-match"] as const;
