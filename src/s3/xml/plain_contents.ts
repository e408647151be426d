import { decodeText } from "./xml_text.ts";

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
  const start = xml.indexOf(START_TAG);
  if (start === -1 || start > MAX_HEAD_LENGTH || !PLAIN_HEAD.test(xml.slice(0, start))) return { items, rest: xml };
  let position = start;
  const layouts: Layout[] = [];
  while (true) {
    const found = findLayout(layouts, xml, position);
    if (found === undefined) return { items, rest: xml.slice(0, start) + xml.slice(position) };
    const { layout: { key, size, etag, lastModified }, match } = found;
    items.push({
      key: decode(match[key]),
      size: decode(match[size]),
      etag: decodeTag(match[etag]),
      lastModified: decode(match[lastModified]),
      prefix: undefined,
    });
    position += match[0].length;
  }
}

/** The elements in a `<Contents>`, each with text only. */
interface Layout {
  /** Matches a `<Contents>` with these elements. */
  readonly pattern: RegExp;
  /** The pattern's groups; one that it has not if there is no such element. */
  readonly key: number;
  readonly size: number;
  readonly etag: number;
  readonly lastModified: number;
}

/** The layout of a `<Contents>`; `undefined` if it is none, or has something else than a few elements with text. */
function readLayout(xml: string, start: number): Layout | undefined {
  if (!xml.startsWith(START_TAG, start)) return undefined;
  const names: string[] = [];
  let position = start + START_TAG.length;
  while (!xml.startsWith(END_TAG, position)) {
    const textStart = xml.indexOf(">", position) + 1;
    const textEnd = xml.indexOf("<", textStart);
    const tag = xml.slice(position, textStart);
    const isPlain = /^<\w{1,64}>$/.test(tag) && xml.startsWith(`</${tag.slice(1)}`, textEnd);
    if (!isPlain || names.length === MAX_ELEMENTS) return undefined;
    names.push(tag.slice(1, -1));
    // An end tag is one slash longer than its start tag.
    position = textEnd + tag.length + 1;
  }
  const elements = names.map((name) => `<${name}>([^<]*)</${name}>`);
  // The first of several elements of a name counts.
  const groupOf = (name: string) => names.indexOf(name) + 1 || NO_GROUP;
  return {
    pattern: new RegExp(START_TAG + elements.join("") + END_TAG, "y"),
    key: groupOf("Key"),
    size: groupOf("Size"),
    etag: groupOf("ETag"),
    lastModified: groupOf("LastModified"),
  };
}

/** A layout that fits, which nearly always is that of the first `<Contents>`, and what it matches. */
function findLayout(
  layouts: Layout[],
  xml: string,
  position: number,
): { layout: Layout; match: RegExpExecArray } | undefined {
  for (let index = 0; index < MAX_LAYOUTS; index++) {
    const layout = layouts[index] ?? readLayout(xml, position);
    if (layout === undefined) return undefined;
    layouts[index] = layout;
    layout.pattern.lastIndex = position;
    const match = layout.pattern.exec(xml);
    if (match !== null) return { layout, match };
  }
  return undefined;
}

/** Some elements are optional. */
const MAX_LAYOUTS = 16;
/** S3's have up to a dozen. */
const MAX_ELEMENTS = 32;
const NO_GROUP = MAX_ELEMENTS + 1;

function decode(text: string | undefined): string | undefined {
  return text === undefined ? undefined : decodeText(text);
}

/** Has a fast path for the quotes, which S3 and Go programs write as entities. */
function decodeTag(text: string | undefined): string | undefined {
  const quote = text?.startsWith("&#34;") ? "&#34;" : "&quot;";
  if (text === undefined || text.length < 2 * quote.length || !text.startsWith(quote) || !text.endsWith(quote)) {
    return decode(text);
  }
  return `"${decodeText(text.slice(quote.length, -quote.length))}"`;
}

const START_TAG = "<Contents>";
const END_TAG = "</Contents>";

/** The usual head has a few thousand characters; with millions, the expression would overflow the stack. */
const MAX_HEAD_LENGTH = 64 * 1024;

/** A declaration, the root's start tag and complete elements: at its end only the root is open. */
const PLAIN_HEAD = /^\s*(?:<\?xml [^<>]*\?>\s*)?<ListBucketResult(?: [^<>]*)?>(?:\s|<(\w+)>[^<]*<\/\1>|<\w+ ?\/>)*$/;
