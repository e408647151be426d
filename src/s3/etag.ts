/** An entity tag with its quotes, which some stores leave out in XML; `undefined` if there is none. */
export function readEtag(text: string | null | undefined): string | undefined {
  if (!text) return undefined;
  return text.startsWith('"') || text.startsWith("W/") ? text : `"${text}"`;
}
