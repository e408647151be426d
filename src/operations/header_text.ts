import { fromBase64 } from "../hash/hash.ts";

/**
 * The text in the header of a response: UTF-8, whose bytes `fetch` returns as Latin-1, or the encoded words of RFC 2047,
 * which AWS returns. What is neither stays as it is.
 */
export function decodeHeaderText(value: string): string {
  if (/[\x80-\xff]/.test(value)) return /[^\0-\xff]/.test(value) ? value : decodeUtf8(toBytes(value)) ?? value;
  return value.includes("=?") ? value.replaceAll(ENCODED_WORDS, decodeWords) : value;
}

/** White space between encoded words does not count. https://www.rfc-editor.org/rfc/rfc2047#section-6.2 */
function decodeWords(words: string): string {
  const bytes: number[] = [];
  // Together, as some stores cut a character in two.
  for (const [, encoding = "", text = ""] of words.matchAll(ENCODED_WORD)) {
    const decoded = encoding.toUpperCase() === "B" ? readBase64(text) : readQ(text);
    if (decoded === undefined) return words;
    for (const byte of decoded) bytes.push(byte);
  }
  return decodeUtf8(Uint8Array.from(bytes)) ?? words;
}

function readBase64(text: string): Uint8Array | undefined {
  return /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text) ? fromBase64(text) : undefined;
}

/** https://www.rfc-editor.org/rfc/rfc2047#section-4.2 */
function readQ(text: string): Uint8Array {
  const plain = text.replaceAll("_", " ");
  return toBytes(plain.replaceAll(/=([0-9a-f]{2})/gi, (_, hex) => String.fromCharCode(parseInt(hex, 16))));
}

function toBytes(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

function decodeUtf8(bytes: Uint8Array<ArrayBuffer>): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** Other character sets do not occur: S3's metadata is UTF-8. */
const ENCODED_WORD = /=\?utf-8\?([bq])\?([!->@-~]*)\?=/gi;
const ENCODED_WORDS = /=\?utf-8\?[bq]\?[!->@-~]*\?=(?:\s+=\?utf-8\?[bq]\?[!->@-~]*\?=)*/gi;
