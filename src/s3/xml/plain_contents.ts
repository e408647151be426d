import { decodeText } from "./xml.ts";

/** The texts of the elements in a `<Contents>` or `<CommonPrefixes>` of a listing. */
export interface ListedTexts {
  key: string | undefined;
  size: string | undefined;
  etag: string | undefined;
  lastModified: string | undefined;
  prefix: string | undefined;
}

/** No texts yet. */
export function noTexts(): ListedTexts {
  return { key: undefined, size: undefined, etag: undefined, lastModified: undefined, prefix: undefined };
}

/**
 * Takes the first run of `<Contents>` out of a listing, if they have the usual form: elements with text only, without
 * attributes, comments or white space between them. This is much faster than parsing them as XML, and covers nearly all
 * of a listing.
 *
 * @returns The elements, and the rest of the document, which may contain more.
 */
export function takePlainContents(xml: string): { readonly items: ListedTexts[]; readonly rest: string } {
  const items: ListedTexts[] = [];
  const start = xml.indexOf("<Contents>");
  if (start === -1 || start > MAX_HEAD_LENGTH || !PLAIN_HEAD.test(xml.slice(0, start))) return { items, rest: xml };
  let end = start;
  let position = start;
  while (xml.startsWith("<Contents>", position)) {
    position += "<Contents>".length;
    let key, size, etag, lastModified: string | undefined;
    while (xml[position + 1] !== "/") {
      const textStart = xml.indexOf(">", position) + 1;
      const textEnd = xml.indexOf("<", textStart);
      // The first of several elements of a name counts.
      if (xml.startsWith("<Key>", position) && xml.startsWith("</Key>", textEnd)) {
        key ??= decodeText(xml.slice(textStart, textEnd));
      } else if (xml.startsWith("<ETag>", position) && xml.startsWith("</ETag>", textEnd)) {
        etag ??= decodeText(xml.slice(textStart, textEnd));
      } else if (
        xml.startsWith("<LastModified>", position) && xml.startsWith("</LastModified>", textEnd)
      ) {
        lastModified ??= decodeText(xml.slice(textStart, textEnd));
      } else if (xml.startsWith("<Size>", position) && xml.startsWith("</Size>", textEnd)) {
        size ??= decodeText(xml.slice(textStart, textEnd));
      } else if (!isIgnorable(xml.slice(position, textStart), xml, textEnd)) {
        return { items, rest: xml.slice(0, start) + xml.slice(end) };
      }
      // An end tag is one slash longer than its start tag.
      position = textEnd + (textStart - position) + 1;
    }
    if (!xml.startsWith("</Contents>", position)) break;
    position += "</Contents>".length;
    items.push({ key, size, etag, lastModified, prefix: undefined });
    end = position;
  }
  return { items, rest: xml.slice(0, start) + xml.slice(end) };
}

/** Whether the element has text only. */
function isIgnorable(tag: string, xml: string, textEnd: number): boolean {
  if (tag === "<StorageClass>") return xml.startsWith("</StorageClass>", textEnd);
  return /^<\w+>$/.test(tag) && xml.startsWith(`</${tag.slice(1)}`, textEnd);
}

/** The usual head has a few thousand characters; with millions, the expression would overflow the stack. */
const MAX_HEAD_LENGTH = 64 * 1024;

/** A declaration, the root's start tag and complete elements: at its end only the root is open. */
const PLAIN_HEAD = /^\s*(?:<\?xml [^<>]*\?>\s*)?<ListBucketResult(?: [^<>]*)?>(?:\s|<(\w+)>[^<]*<\/\1>|<\w+ ?\/>)*$/;
