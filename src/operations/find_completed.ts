import { fromHex, loadHash, sha256, toBase64, toHex } from "../hash/hash.ts";
import { readByteCount, readEtag } from "../s3/headers.ts";
import { WITH_CHECKSUM } from "./file_info.ts";
import type { Multipart, Part, SentParts } from "./multipart.ts";
import { continueWithGrant, type OperationContext } from "./operation_context.ts";

/** The ETag of the stored object, if it is made of these parts, otherwise `null`. */
export async function findCompleted(
  context: OperationContext,
  { target, grant, key }: Multipart,
  { parts, size }: SentParts,
): Promise<string | null> {
  const digests = new Uint8Array(parts.length * 32);
  parts.forEach(({ sha256 }, index) => sha256 && digests.set(sha256, index * 32));
  const composite = `${toBase64(await sha256(digests))}-${parts.length}`;
  const partsEtag = await etagOfParts(parts);
  return await continueWithGrant(context, grant, (newest) =>
    context.client.send({
      ...target.purpose,
      operation: "HeadObject",
      method: "HEAD",
      grant: newest,
      key,
      headers: WITH_CHECKSUM,
      signal: target.signal,
    }, async (exchange) => {
      await exchange.drain();
      const { headers } = exchange;
      const etag = readEtag(headers.get("etag")) ?? "";
      const checksum = headers.get("x-amz-checksum-sha256");
      const expected = hasOpaqueEtag(headers) ? null : partsEtag;
      const isOurs = checksum === null
        ? (readByteCount(headers.get("content-length")) ?? (expected && size)) === size &&
          (expected === null ? etag.endsWith(`-${parts.length}"`) : etag === expected)
        : checksum === composite;
      return isOurs ? etag : null;
    }), target.signal);
}

/** The ETag of an object of these parts: the MD5 of their MD5s. `null` if their own ETags are something else. */
async function etagOfParts(parts: readonly Part[]): Promise<string | null> {
  const md5s = parts.map(({ etag }) => /^"?([0-9a-f]{32})"?$/.exec(etag)?.[1]);
  if (md5s.includes(undefined)) return null;
  const md5 = (await loadHash("md5"))().update(fromHex(md5s.join(""))).digest();
  return `"${toHex(md5)}-${parts.length}"`;
}

/**
 * Whether the ETag is no MD5, although it may look like one.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html
 */
function hasOpaqueEtag(headers: Headers): boolean {
  return (headers.get("x-amz-server-side-encryption") ?? "").startsWith("aws:kms");
}
