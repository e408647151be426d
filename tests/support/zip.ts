import { createCrc } from "../../src/hash/crc.ts";

/** A file or folder in a zip. */
export interface ZipEntry {
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** `YYYY-MM-DD`. */
  readonly date: string;
}

/** A zip, of which everything is checked that two copies of it must agree in. */
export interface Zip {
  readonly entries: readonly ZipEntry[];
  readonly comment: string;
}

/** Reads a zip without compression and below 4 GiB. https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT */
export function readZip(bytes: Uint8Array<ArrayBuffer>): Zip {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const textAt = (start: number, length: number) => decoder.decode(bytes.subarray(start, start + length));
  let end = bytes.byteLength - 22;
  while (view.getUint32(end, true) !== 0x06054b50) end--;
  const commentLength = view.getUint16(end + 20, true);
  if (end + 22 + commentLength !== bytes.byteLength) throw new Error("the comment does not end the zip");
  const entries: ZipEntry[] = [];
  let at = view.getUint32(end + 16, true);
  for (let left = view.getUint16(end + 10, true); left > 0; left--) {
    if (view.getUint32(at, true) !== 0x02014b50) throw new Error(`there is no central header at ${at}`);
    if ((view.getUint16(at + 8, true) & 0x800) === 0) throw new Error("a name is not flagged as UTF-8");
    const [nameLength, extraLength] = [view.getUint16(at + 28, true), view.getUint16(at + 30, true)];
    const name = textAt(at + 46, nameLength);
    const [start = 0, size = 0] = [42, 24].map((offset) => view.getUint32(at + offset, true));
    const localName = textAt(start + 30, view.getUint16(start + 26, true));
    if (view.getUint32(start, true) !== 0x04034b50 || localName !== name) {
      throw new Error(`the two headers of ${name} differ: ${localName}`);
    }
    const data = start + 30 + view.getUint16(start + 26, true) + view.getUint16(start + 28, true);
    const content = bytes.slice(data, data + size);
    const crc = new DataView(createCrc("crc32").update(content).digest().buffer).getUint32(0);
    if (crc !== view.getUint32(at + 16, true)) throw new Error(`the CRC of ${name} is wrong`);
    entries.push({ name, bytes: content, date: dosDate(view.getUint16(at + 14, true)) });
    at += 46 + nameLength + extraLength + view.getUint16(at + 32, true);
  }
  return { entries, comment: textAt(end + 22, commentLength) };
}

/** The texts of a zip's files by name. */
export function textsOf({ entries }: Zip): Record<string, string> {
  return Object.fromEntries(entries.map(({ name, bytes }) => [name, decoder.decode(bytes)]));
}

function dosDate(date: number): string {
  const [year, month, day] = [(date >> 9) + 1980, date >> 5 & 15, date & 31];
  return `${year}-${String(month).padStart(2, "0")}-${String(day).padStart(2, "0")}`;
}

const decoder = new TextDecoder();
