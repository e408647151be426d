import { ServiceError } from "../../errors.ts";

/**
 * Resolves entities in one pass, so that `&amp;lt;` becomes `&lt;`. A `&` that begins none stays.
 *
 * @throws {ServiceError} With the code `"InvalidResponse"`, if it has an unknown entity.
 */
export function decodeText(text: string): string {
  if (!text.includes("&") && !text.includes("\r")) return text;
  const lines = normalizeLineEnds(text);
  let decoded = "";
  let position = 0;
  let end = 0;
  for (let start = lines.indexOf("&"); start !== -1; start = lines.indexOf("&", position)) {
    if (end !== -1 && end <= start) end = lines.indexOf(";", start);
    const name = end === -1 ? "" : lines.slice(start + 1, Math.min(end, start + MAX_ENTITY_LENGTH));
    // Some stores do not escape `&` in keys.
    const isEntity = end !== -1 && /^#?\w*$/.test(name);
    if (isEntity && end - start > MAX_ENTITY_LENGTH) throw invalid("it has an unknown entity");
    decoded += lines.slice(position, start) + (isEntity ? decodeEntity(name) : "&");
    position = isEntity ? end + 1 : start + 1;
  }
  return position === 0 ? lines : decoded + lines.slice(position);
}

/** Only for literal line ends: https://www.w3.org/TR/xml/#sec-line-ends */
export function normalizeLineEnds(text: string): string {
  return text.includes("\r") ? text.replace(/\r\n?/g, "\n") : text;
}

const MAX_ENTITY_LENGTH = 16;

/** `#34` is for speed: S3 and Go programs write it around every ETag. */
const ENTITIES = new Map([["amp", "&"], ["lt", "<"], ["gt", ">"], ["apos", "'"], ["quot", '"'], ["#34", '"']]);

function decodeEntity(name: string): string {
  const known = ENTITIES.get(name);
  if (known !== undefined) return known;
  const number = /^#(?:x([0-9a-fA-F]+)|([0-9]+))$/.exec(name);
  const codePoint = number === null ? NaN : number[1] ? parseInt(number[1], 16) : parseInt(number[2] ?? "", 10);
  // An unpaired surrogate is not a character, and cannot be sent in a URL. https://www.w3.org/TR/xml/#NT-Char
  const isCharacter = codePoint <= 0x10ffff && !(codePoint >= 0xd800 && codePoint <= 0xdfff);
  if (!isCharacter) throw invalid("it has an unknown entity");
  return String.fromCodePoint(codePoint);
}

/** The error for XML that cannot be read. */
export function invalid(reason: string): ServiceError {
  return new ServiceError(`the XML of the response cannot be read: ${reason}`, { code: "InvalidResponse" });
}
