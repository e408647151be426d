import { IntegrityError } from "../errors.ts";
import { fromHex, loadHash, toHex } from "../hash/hash.ts";
import { readByteCount, readEtag, WITH_CHECKSUM } from "../s3/headers.ts";
import type { Multipart, Part, SentParts } from "./multipart.ts";
import { checksumOfParts } from "./joined_parts.ts";
import { continueWithGrant, type OperationContext } from "./operation_context.ts";

/** The ETag of the stored object, if it is made of these parts, otherwise `null`. */
export async function findCompleted(
  context: OperationContext,
  multipart: Multipart,
  { parts, size }: SentParts,
): Promise<string | null> {
  const { target, grant, key } = multipart;
  const joined = await checksumOfParts(multipart, parts);
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
      const checksum = headers.get(joined?.header ?? "x-amz-checksum-sha256");
      const expected = hasOpaqueEtag(headers) ? null : partsEtag;
      const isOurs = checksum === null
        ? (readByteCount(headers.get("content-length")) ?? (expected && size)) === size &&
          (expected === null ? etag.endsWith(`-${parts.length}"`) : etag === expected)
        : checksum === joined?.value;
      return isOurs ? etag : null;
    }), target.signal);
}

/**
 * Some stores, as fauxqs 2.4, do not recognize a part with a checksum, and make a file without it.
 *
 * @throws {IntegrityError} If the ETag is that of another number of parts.
 */
export function assertJoined(etag: string | null, { purpose }: Multipart["target"], { parts }: SentParts): void {
  const joined = /^"?[0-9a-f]{32}-(\d+)"?$/i.exec(etag ?? "")?.[1];
  if (joined === undefined || Number(joined) === parts.length) return;
  const known = parts[0]?.checksum === undefined
    ? ""
    : '; if it does not know the checksums of parts, set store.checksums: "none"';
  const reason = `the store has made a file of ${joined} parts instead of ${parts.length}${known}`;
  throw new IntegrityError(`Cannot ${purpose.action}: ${reason}`, { code: "PartsMissing", path: purpose.path });
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
