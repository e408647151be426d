import { fromBase64, toBase64 } from "../hash/hash.ts";

/**
 * A text as the header of a request: as it is if it is ASCII, or else as encoded words of RFC 2047. AWS and R2 decode
 * them, and read raw UTF-8 as Latin-1; other stores keep them as they are.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html,
 * https://developers.cloudflare.com/r2/api/s3/extensions/#extended-metadata-using-unicode
 */
export function encodeHeaderText(text: string): string {
  // A text that looks like encoded words would be read as another.
  if (!/[^ -~]/.test(text) && decodeHeaderText(text) === text) return text;
  const words: string[] = [];
  let word = "";
  for (const character of text) {
    if (encoder.encode(word + character).byteLength > MAX_WORD_BYTES) {
      words.push(word);
      word = "";
    }
    word += character;
  }
  return [...words, word].map((word) => `=?UTF-8?B?${toBase64(encoder.encode(word))}?=`).join(" ");
}

const encoder = new TextEncoder();
/** An encoded word has 75 characters at most. https://www.rfc-editor.org/rfc/rfc2047#section-2 */
const MAX_WORD_BYTES = 45;

/**
 * The text in the header of a response: UTF-8, whose bytes `fetch` returns as Latin-1, or the encoded words of RFC
 * 2047, which AWS returns. What is neither stays as it is.
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
