import { combineCrc32 } from "../hash/crc32_combine.ts";
import { hash, toBase64 } from "../hash/hash.ts";
import { escapeXml, XML_NAMESPACE } from "../s3/xml/xml.ts";
import type { Multipart, Part, PartChecksum } from "./multipart.ts";

/** The body of CompleteMultipartUpload: the parts, in order. */
export function partsXml(parts: readonly Part[]): string {
  const list = parts.map(({ etag, checksum }, index) =>
    `<Part><PartNumber>${index + 1}</PartNumber><ETag>${escapeXml(etag)}</ETag>${checksumXml(checksum)}</Part>`
  );
  return `<CompleteMultipartUpload xmlns="${XML_NAMESPACE}">${list.join("")}</CompleteMultipartUpload>`;
}

function checksumXml(checksum: PartChecksum | undefined): string {
  if (checksum === undefined) return "";
  const name = `Checksum${checksum.algorithm.toUpperCase()}`;
  return `<${name}>${toBase64(checksum.digest)}</${name}>`;
}

/** The checksum that the store has of an object of these parts. `undefined` if they were sent without. */
export async function checksumOfParts(
  { isWhole }: Pick<Multipart, "isWhole">,
  parts: readonly Part[],
): Promise<{ header: string; value: string } | undefined> {
  const checksums = parts.flatMap(({ checksum }) => checksum ?? []);
  const [first] = checksums;
  if (first === undefined || checksums.length < parts.length) return undefined;
  const { algorithm } = first;
  const header = `x-amz-checksum-${algorithm}`;
  if (isWhole) return { header, value: toBase64(joinCrc32(checksums)) };
  const digests = Uint8Array.from(checksums.flatMap(({ digest }) => [...digest]));
  return { header, value: `${toBase64(await hash(algorithm, digests))}-${parts.length}` };
}

/** The CRC-32 of the parts one after the other. */
function joinCrc32(checksums: readonly PartChecksum[]): Uint8Array {
  const whole = new DataView(new ArrayBuffer(4));
  for (const { digest, byteLength } of checksums) {
    const part = new DataView(digest.buffer, digest.byteOffset).getUint32(0);
    whole.setUint32(0, combineCrc32(whole.getUint32(0), part, byteLength));
  }
  return new Uint8Array(whole.buffer);
}
