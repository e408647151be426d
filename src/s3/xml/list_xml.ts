import { readByteCount, readEtag } from "../headers.ts";
import { invalidResponse } from "../invalid_response.ts";
import { lazyModule } from "../lazy_module.ts";
import { type ListedObject, type ListedTexts, noTexts, takePlainContents, toDate } from "./plain_contents.ts";
import { takePlainRest } from "./plain_rest.ts";

/**
 * A page of ListObjectsV2 or, with a marker in place of the token, ListObjects.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
 */
export interface ObjectPage {
  /** The objects. */
  readonly objects: ListedObject[];
  /** Groups of keys up to the delimiter; empty without one. */
  readonly commonPrefixes: string[];
  /** For the next page; absent on the last. */
  readonly nextToken?: string;
  /** The key after which the next page begins, in place of the token. */
  readonly nextMarker?: string;
  /** How many objects and groups are left out, because they lack a key or a size. */
  readonly skipped: number;
  /** Oddities of the page. */
  readonly problems: Problems;
}

/** Reasons, each with the first key concerned, which may be empty. */
export type Problems = ReadonlyMap<string, string>;

/**
 * Reads a listing. It builds no tree, as a page has thousands of elements. Keys are decoded only if
 * the response says that they are encoded: some stores ignore `encoding-type`. What cannot be used is left out.
 *
 * @returns `undefined` if it is another document.
 * @throws {ServiceError} With the code `"InvalidResponse"`, if it is not XML, or incomplete.
 */
export async function readObjectPage(xml: string): Promise<ObjectPage | undefined> {
  const { objects: plain, rest } = takePlainContents(xml);
  const others: ListedTexts[] = [];
  const texts = takePlainRest(rest) ?? (await scanner()).scanRest(rest, others);
  if (texts === undefined) return undefined;
  const { prefixes, encodingType, isTruncated, nextToken, nextMarker } = texts;
  const problems = new Map<string, string>();
  // As they are written.
  const keys = plain.map(({ key }): string | undefined => key).concat(others.map(keyText));
  const groups = prefixes.map(keyText);
  const isEncoded = areKeysEncoded(encodingType, keys.concat(groups), problems);
  let skipped = 0;
  const objects = isEncoded ? plain.filter(hasDecoded) : plain;
  for (const texts of others) {
    const object = readObject(texts, isEncoded);
    if (typeof object !== "string") objects.push(object);
    else skip(object, texts);
  }
  const commonPrefixes: string[] = [];
  for (const texts of prefixes) {
    const key = decodeKey(texts.prefix, isEncoded);
    if (key !== undefined) commonPrefixes.push(key);
    else skip(BAD_KEY, texts);
  }
  const page = { objects, commonPrefixes, skipped, problems };
  if (!saysTruncated(isTruncated, nextToken || nextMarker)) return page;
  if (nextToken) return { ...page, nextToken: isEncodedKey(nextToken) ? decodeKey(nextToken, true) ?? "" : nextToken };
  const last = lastKey([keys, groups], isEncoded);
  // Some stores encode only the keys.
  const marker = nextMarker === last ? last : decodeKey(nextMarker, isEncoded) ?? last;
  if (marker === undefined) throw invalidResponse("it is truncated without a token for the rest");
  return { ...page, nextMarker: marker };

  function hasDecoded(object: ListedObject): boolean {
    const key = decodeKey(object.key, isEncoded);
    if (key === undefined) skip(BAD_KEY, { ...noTexts(), key: object.key });
    else object.key = key;
    return key !== undefined;
  }

  /** Some stores, as s3proxy 2.6, have the last key as token, encode it as a key, and take it only decoded. */
  function isEncodedKey(token: string): boolean {
    const isLast = token === keys.at(-1) || token === groups.at(-1);
    return isEncoded && isLast && decodeKey(token, true) !== undefined;
  }

  function skip(reason: string, texts: ListedTexts): void {
    // Some stores write an element without content if there is nothing to list.
    const isEmpty = Object.values(texts).every((text) => !text?.trim());
    if (!isEmpty) skipped++;
    note(problems, isEmpty ? "an element is empty" : reason, keyText(texts));
  }
}

const scanner = lazyModule(() => import("./scan_rest.ts"));

/** The last of the keys and groups, in the order of UTF-8; each list is in this order. */
function lastKey(lists: readonly (readonly (string | undefined)[])[], isEncoded: boolean): string | undefined {
  const decode = (text: string | undefined) => decodeKey(text, isEncoded);
  const [object, group] = lists.map((list) => decode(list.findLast((text) => decode(text) !== undefined)));
  if (object === undefined || group === undefined) return object ?? group;
  return isAfter(object, group) ? object : group;
}

function isAfter(a: string, b: string): boolean {
  const bytes = new TextEncoder().encode(a);
  const others = new TextEncoder().encode(b);
  const at = bytes.findIndex((byte, index) => byte !== others[index]);
  return at >= 0 && (bytes[at] ?? 0) > (others[at] ?? -1);
}

/** Notes a problem; the first key of each kind counts. */
export function note(problems: Map<string, string>, reason: string, key = ""): void {
  if (!problems.has(reason)) problems.set(reason, key);
}

function keyText({ key, prefix }: ListedTexts): string | undefined {
  return key ?? prefix;
}

/** The object, or why it cannot be used. */
function readObject({ key, size, etag, lastModified }: ListedTexts, isEncoded: boolean): ListedObject | string {
  const decoded = decodeKey(key, isEncoded);
  if (decoded === undefined) return key ? BAD_KEY : "an object has no key";
  const byteCount = readByteCount(size) ?? readByteCount(size?.trim());
  if (byteCount === undefined) return "an object has no size";
  return { key: decoded, size: byteCount, etag: readEtag(etag), lastModified: toDate(lastModified) };
}

/** Whether the store says that there is more. Some write `True`, or only the token. */
export function saysTruncated(text: string | undefined, next?: string): boolean {
  const flag = text?.trim().toLowerCase() ?? "";
  return flag === "" ? Boolean(next) : flag !== "false" && flag !== "0";
}

/**
 * Whether keys are percent-encoded. Some stores say so and do not do it, which a `%` without two hexadecimal digits,
 * a space or a letter beyond ASCII shows.
 */
export function areKeysEncoded(
  encodingType: string | undefined,
  keys: readonly (string | undefined)[],
  problems: Map<string, string>,
): boolean {
  if (encodingType?.trim().toLowerCase() !== "url") return false;
  // All at once, as there are a thousand.
  if (!NOT_PERCENT_ENCODED.test(keys.join("<"))) return true;
  const plain = keys.find((key) => key !== undefined && NOT_PERCENT_ENCODED.test(key));
  if (plain !== undefined) note(problems, NOT_ENCODED, plain);
  return plain === undefined;
}

/**
 * Decodes a key of a listing: percent-encoded with `+` for a space, or as it is. `undefined` if there is none, or it is
 * not UTF-8, which no path can name.
 */
export function decodeKey(text: string | undefined, isEncoded: boolean): string | undefined {
  if (!text) return undefined;
  if (!isEncoded || !text.includes("%") && !text.includes("+")) return text;
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return undefined;
  }
}

const NOT_PERCENT_ENCODED = /[^!-~]|%(?![0-9A-Fa-f]{2})/;

/** The problem that {@link areKeysEncoded} notes. */
export const NOT_ENCODED = "its keys are not encoded, although it says so";

/** A key that {@link decodeKey} cannot decode. */
export const BAD_KEY = "a key is not UTF-8";
