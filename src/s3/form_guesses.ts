import type { ErrorResponse } from "./error_response.ts";
import { CHECKSUM_MODE, CRC32_HEADER } from "./headers.ts";
import type { KnownTraits } from "./learned_traits.ts";
import { ALGORITHM, SHA256, TAG_HEADERS, TYPE, upperCaseCharset } from "./request_forms.ts";
import type { S3Request } from "./s3_request.ts";
import { isUnsupported } from "./unsupported.ts";

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
  const sent = [CHECKSUM_MODE, TYPE, SHA256, CRC32_HEADER, ALGORITHM].filter((name) =>
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
