import { sha256, toHex } from "../hash/hash.ts";
import { CRC32_HEADER } from "./headers.ts";
import type { S3Request } from "./s3_request.ts";

/** Whether the body's SHA-256 is missing: the store wants it, or no checksum ties the signature to the bytes. */
export function isUncovered({ body, signsBody, headers = {} }: S3Request): boolean {
  return body !== undefined && body.sha256Hex === undefined &&
    (signsBody === true || headers[CRC32_HEADER] === undefined && headers["content-md5"] === undefined);
}

/** A request whose signature covers the bytes. */
export async function withPayloadHash(request: S3Request): Promise<S3Request> {
  if (request.body === undefined) return request;
  const { bytes } = request.body;
  return { ...request, body: { bytes, sha256Hex: toHex(await sha256(bytes)) } };
}
