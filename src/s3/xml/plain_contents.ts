import { readEtag } from "../headers.ts";
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

/** An object of a listing. */
export interface ListedObject {
  /** The whole key, decoded. */
  key: string;
  /** Bytes. */
  readonly size: number;
  /** With its quotes; `null` if there is none. */
  readonly etag: string | null;
  /** When it was last written; `null` if the store does not say. */
  readonly lastModified: Date | null;
}

/**
 * Takes the first run of `<Contents>` out of a listing, if they have the usual form: a key, a size and other elements
 * with text only, without attributes, comments or white space between them. This is much faster than parsing them as
 * XML, and covers nearly all of a listing.
 *
 * @returns The objects, whose keys may still be percent-encoded, and the rest of the document, which may contain more.
 */
export function takePlainContents(xml: string): { readonly objects: ListedObject[]; readonly rest: string } {
  const objects: ListedObject[] = [];
  const start = xml.indexOf(START_TAG);
  if (start === -1 || start > MAX_HEAD_LENGTH || !PLAIN_HEAD.test(xml.slice(0, start))) return { objects, rest: xml };
  const layouts: Layout[] = [];
  let end = start;
  for (let position = -1; end > position;) {
    position = end;
    end = takeAlike(layouts, xml, position, objects);
  }
  return { objects, rest: xml.slice(0, start) + xml.slice(end) };
}

/** Takes those of the first layout that fits, which nearly always are all; returns where the next one begins. */
function takeAlike(layouts: Layout[], xml: string, start: number, objects: ListedObject[]): number {
  for (let index = 0; index < MAX_LAYOUTS; index++) {
    const layout = layouts[index] ?? readLayout(xml, start);
    if (layout === undefined) return start;
    layouts[index] = layout;
    const end = takeAll(layout, xml, start, objects);
    if (end > start) return end;
  }
  return start;
}

function takeAll(layout: Layout, xml: string, start: number, objects: ListedObject[]): number {
  const { pattern, key, size, etag, lastModified } = layout;
  let end = pattern.lastIndex = start;
  for (let match = pattern.exec(xml); match !== null; match = pattern.exec(xml)) {
    const tag = match[etag];
    objects.push({
      key: match[key] ?? decodeText(match[key + 1] ?? ""),
      size: Number(match[size]),
      etag: tag === undefined ? readEtag(decodeText(match[etag + 1] ?? "")) : `"${tag}"`,
      lastModified: toDate(match[lastModified]),
    });
    end = pattern.lastIndex;
  }
  return end;
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
  return names.includes("Key") && names.includes("Size") ? layoutOf(names) : undefined;
}

function layoutOf(names: readonly string[]): Layout {
  // The first of several elements of a name counts.
  const isFirst = (name: string, index: number) => names.indexOf(name) === index;
  const textOf = (name: string, index: number) => isFirst(name, index) ? TEXTS[name]?.pattern ?? ANY : ANY;
  const elements = names.map((name, index) => `<${name}>${textOf(name, index)}</${name}>`);
  const groupOf = (name: string) => {
    const before = names.slice(0, names.indexOf(name)).filter(isFirst);
    return names.includes(name) ? before.reduce((sum, name) => sum + (TEXTS[name]?.groups ?? 0), 1) : NO_GROUP;
  };
  return {
    pattern: new RegExp(START_TAG + elements.join("") + END_TAG, "y"),
    key: groupOf("Key"),
    size: groupOf("Size"),
    etag: groupOf("ETag"),
    lastModified: groupOf("LastModified"),
  };
}

const ANY = "[^<]*";

/** The texts that are used. Keys and tags have a second group for those that have to be decoded. */
const TEXTS: Readonly<Record<string, { readonly pattern: string; readonly groups: number }>> = {
  Key: { pattern: String.raw`(?:([^<&\r]+)|([^<]+))`, groups: 2 },
  // Up to 15 digits are a safe integer.
  Size: { pattern: String.raw`\s*(\d{1,15})\s*`, groups: 1 },
  // S3 and Go programs write the quotes as entities.
  ETag: { pattern: String.raw`(?:(?:&quot;|&#34;)([^<&\r]*)(?:&quot;|&#34;)|([^<]*))`, groups: 2 },
  LastModified: { pattern: String.raw`([^<&\r]*)`, groups: 1 },
};

/** Some elements are optional. */
const MAX_LAYOUTS = 16;
/** S3's have up to a dozen. */
const MAX_ELEMENTS = 32;
const NO_GROUP = MAX_ELEMENTS;

/** The time of an object; `null` if there is none, or no valid one. */
export function toDate(text: string | undefined): Date | null {
  if (text === undefined) return null;
  // Neighbours in a listing often have the same time.
  if (text !== latest.text) latest = { text, timeMs: Date.parse(text) };
  return Number.isNaN(latest.timeMs) ? null : new Date(latest.timeMs);
}

let latest = { text: "", timeMs: NaN };

const START_TAG = "<Contents>";
const END_TAG = "</Contents>";

/** The usual head has a few thousand characters; with millions, the expression would overflow the stack. */
const MAX_HEAD_LENGTH = 64 * 1024;

/** A declaration, the root's start tag and complete elements: at its end only the root is open. */
const PLAIN_HEAD = /^\s*(?:<\?xml [^<>]*\?>\s*)?<ListBucketResult(?: [^<>]*)?>(?:\s|<(\w+)>[^<]*<\/\1>|<\w+ ?\/>)*$/;
