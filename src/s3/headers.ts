/** Whether text can be sent as the value of a header as it is: printable ASCII. Runtimes quote others in their error messages. */
export function isHeaderValue(text: string): boolean {
  return /^[\x20-\x7e]*$/.test(text);
}

/** Whether text can be a key id or a session token, which become headers. White space at an end would be lost on the way. */
export function isCredential(text: string): boolean {
  return /^[\x21-\x7e]+$/.test(text);
}

/** A number of bytes as headers have it; `undefined` if it is none. `Number` alone would take `-5`, `0x10` and nothing at all. */
export function readByteCount(text: string | null | undefined): number | undefined {
  const count = /^\d+$/.test(text ?? "") ? Number(text) : NaN;
  return Number.isSafeInteger(count) ? count : undefined;
}

/** An entity tag with its quotes, which some stores leave out in XML; `undefined` if there is none. */
export function readEtag(text: string | null | undefined): string | undefined {
  if (!text) return undefined;
  return text.startsWith('"') || text.startsWith("W/") ? text : `"${text}"`;
}
