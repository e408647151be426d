import { type ListedTexts, noTexts } from "./plain_contents.ts";
import { decodeText } from "./xml_text.ts";

/** The texts of a listing besides its objects. */
export interface PageTexts {
  readonly prefixes: readonly ListedTexts[];
  readonly encodingType: string | undefined;
  readonly isTruncated: string | undefined;
  readonly nextToken: string | undefined;
  readonly nextMarker: string | undefined;
}

/**
 * Reads what is left of a listing without its objects, if that has the usual form: elements with text only, and groups
 * of keys with nothing but their prefix.
 *
 * @returns `undefined` if it has another form.
 */
export function takePlainRest(xml: string): PageTexts | undefined {
  const prefixes: ListedTexts[] = [];
  const texts = new Map<string, string>();
  let position = START.exec(xml)?.[0].length ?? 0;
  if (position === 0) return undefined;
  while (true) {
    ELEMENT.lastIndex = position;
    const match = ELEMENT.exec(xml);
    if (match === null) break;
    const [whole, prefix, name = "", text = ""] = match;
    if (prefix !== undefined) prefixes.push({ ...noTexts(), prefix: decodeText(prefix) });
    // The first of several counts.
    else if (!texts.has(name)) texts.set(name, decodeText(text));
    position += whole.length;
  }
  if (!END.test(xml.slice(position))) return undefined;
  return {
    prefixes,
    encodingType: texts.get("EncodingType"),
    isTruncated: texts.get("IsTruncated"),
    nextToken: texts.get("NextContinuationToken"),
    nextMarker: texts.get("NextMarker"),
  };
}

const START = /^\s*(?:<\?xml [^<>]*\?>\s*)?<ListBucketResult(?: [\w:.-]+="[^"<>]*"){0,8}>/;
const ELEMENT = new RegExp(
  [
    String.raw`\s*<CommonPrefixes><Prefix>([^<]*)</Prefix></CommonPrefixes>`,
    String.raw`\s*<(?!CommonPrefixes\b|Contents\b)(\w+)(?: ?/>|>([^<]*)</\2>)`,
  ].join("|"),
  "y",
);
const END = /^\s*<\/ListBucketResult>\s*$/;
