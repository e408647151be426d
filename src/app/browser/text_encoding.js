/** @typedef {"utf-8" | "utf-16le" | "utf-16be" | "windows-1252"} TextEncodingName */

/**
 * Reads a text. A byte order mark stays in it, as saving it must not lose that.
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @param {boolean} isWhole otherwise half a character at the end is left out
 * @returns {{text: string, encoding: TextEncodingName} | undefined} undefined if it is not text
 */
export function decodeText(bytes, isWhole) {
  const mark = `${bytes[0]} ${bytes[1]}`;
  if (mark === "255 254") return decodeUnicode(bytes, "utf-16le", isWhole);
  if (mark === "254 255") return decodeUnicode(bytes, "utf-16be", isWhole);
  // Binary formats have zero bytes early on, texts in other encodings never.
  if (bytes.includes(0)) return undefined;
  const unicode = decodeUnicode(bytes, "utf-8", isWhole);
  if (unicode || !isWindows1252(bytes)) return unicode;
  // Not by the decoder of this name, which is that of Latin-1 in some releases of Node.
  const text = new TextDecoder("utf-16le").decode(Uint16Array.from(bytes, (byte) => codeOf(byte)));
  return { text, encoding: "windows-1252" };
}

/**
 * Writes a text in the encoding that it was read in.
 * @param {string} text @param {TextEncodingName} encoding
 * @returns {Uint8Array<ArrayBuffer>} @throws {RangeError} with a sentence for people if the encoding lacks a character
 */
export function encodeText(text, encoding) {
  if (encoding === "utf-8") return new TextEncoder().encode(text);
  if (encoding === "windows-1252") return Uint8Array.from([...text], byteOf);
  // Without a mark it could not be read again.
  const marked = text.startsWith("\uFEFF") ? text : `\uFEFF${text}`;
  const view = new DataView(new ArrayBuffer(marked.length * 2));
  for (let at = 0; at < marked.length; at++) view.setUint16(at * 2, marked.charCodeAt(at), encoding === "utf-16le");
  return new Uint8Array(view.buffer);
}

/** @param {Uint8Array<ArrayBuffer>} bytes @param {TextEncodingName} encoding @param {boolean} isWhole */
function decodeUnicode(bytes, encoding, isWhole) {
  const units = encoding === "utf-16be" ? swapped(bytes) : bytes;
  const decoder = new TextDecoder(encoding === "utf-8" ? encoding : "utf-16le", { fatal: true, ignoreBOM: true });
  try {
    const text = decoder.decode(units, { stream: !isWhole });
    return text.includes("\0") ? undefined : { text, encoding };
  } catch {
    return undefined;
  }
}

/** Not every runtime reads big-endian text. @param {Uint8Array<ArrayBuffer>} bytes */
const swapped = (bytes) => bytes.map((byte, at) => bytes[at ^ 1] ?? byte);

/** Whether bytes that are not UTF-8 are likely to be Windows-1252. @param {Uint8Array<ArrayBuffer>} bytes */
function isWindows1252(bytes) {
  if (bytes.some((byte) => UNUSED.has(byte))) return false;
  // More good than bad characters are UTF-8 that was damaged.
  const text = new TextDecoder().decode(bytes);
  const bad = text.length - text.replaceAll("\uFFFD", "").length;
  // deno-lint-ignore no-control-regex
  return text.replace(/[\u0000-\u007F\uFFFD]+/g, "").length < bad;
}

/** What 0x80 to 0x9F are: https://encoding.spec.whatwg.org/#windows-1252 */
const SPECIAL = "€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008DŽ\u008F\u0090‘’“”•–—˜™š›œ\u009DžŸ";
/** Bytes that no such text has: control characters, except for spaces and the one before colours in logs. */
const UNUSED = new Set([
  ...[...Array(32).keys()].filter((byte) => byte !== 27 && !(byte > 8 && byte < 14)),
  ...[0x7F, 0x81, 0x8D, 0x8F, 0x90, 0x9D],
]);

/** @param {number} byte */
const codeOf = (byte) => byte >> 5 === 4 ? SPECIAL.charCodeAt(byte - 0x80) : byte;

/** @param {string} char */
function byteOf(char) {
  const special = SPECIAL.indexOf(char);
  const code = special < 0 ? char.codePointAt(0) ?? 0 : special + 0x80;
  if (code > 0xFF || code >> 5 === 4 && special < 0) {
    throw new RangeError(
      `This file is in Windows-1252, an encoding without “${char}”. Replace that, or convert the file to UTF-8 first.`,
    );
  }
  return code;
}
