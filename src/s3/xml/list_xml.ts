import { ServiceError } from "../../errors.ts";
import { readByteCount, readEtag } from "../headers.ts";
import { type ListedTexts, noTexts, takePlainContents } from "./plain_contents.ts";
import { scanXml } from "./xml.ts";

/** A page of ListObjectsV2. https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html */
export interface ObjectPage {
  /** The objects. */
  readonly objects: ListedObject[];
  /** Groups of keys up to the delimiter; empty without one. */
  readonly commonPrefixes: string[];
  /** For the next page; absent on the last. */
  readonly nextToken?: string;
}

/** An object of a listing. */
export interface ListedObject {
  /** The whole key, decoded. */
  readonly key: string;
  /** Bytes. */
  readonly size: number;
  /** With its quotes; `null` if there is none. */
  readonly etag: string | null;
  /** When it was last written; `null` if the store does not say. */
  readonly lastModified: Date | null;
}

/**
 * Reads the response of ListObjectsV2. It builds no tree, as a page has thousands of elements. Keys are decoded only if
 * the response says that they are encoded: some stores ignore `encoding-type`.
 *
 * @returns `undefined` if it is another document.
 * @throws {ServiceError} With the code `"InvalidResponse"`, if it is not XML, or incomplete.
 */
export function readObjectPage(xml: string): ObjectPage | undefined {
  const { items, rest } = takePlainContents(xml);
  const prefixes: ListedTexts[] = [];
  let item: ListedTexts = noTexts();
  let encodingType, isTruncated, nextToken: string | undefined;
  let root: string | undefined;
  let depth = 0;
  scanXml(rest, {
    open(name) {
      depth++;
      if (depth === 1) root = name;
      if (depth !== 2) return;
      item = noTexts();
      if (name === "Contents") items.push(item);
      else if (name === "CommonPrefixes") prefixes.push(item);
    },
    close(name, text) {
      // The first of several counts.
      if (depth === 3) {
        if (name === "Key") item.key ??= text;
        else if (name === "Size") item.size ??= text;
        else if (name === "ETag") item.etag ??= text;
        else if (name === "LastModified") item.lastModified ??= text;
        else if (name === "Prefix") item.prefix ??= text;
      } else if (depth === 2) {
        if (name === "EncodingType") encodingType ??= text;
        else if (name === "IsTruncated") isTruncated ??= text;
        else if (name === "NextContinuationToken") nextToken ??= text;
      }
      depth--;
    },
  });
  if (root !== "ListBucketResult") return undefined;
  const isEncoded = encodingType === "url";
  const objects = items.map((texts) => readObject(texts, isEncoded));
  const commonPrefixes = prefixes.map(({ prefix }) => readKey(prefix, isEncoded));
  if (isTruncated !== "true") return { objects, commonPrefixes };
  if (!nextToken) throw invalidListing("it is truncated without a token for the rest");
  return { objects, commonPrefixes, nextToken };
}

function readObject({ key, size, etag, lastModified = "" }: ListedTexts, isEncoded: boolean): ListedObject {
  const byteCount = readByteCount(size);
  if (byteCount === undefined) throw invalidListing("an object has no size");
  const timeMs = parseTime(lastModified);
  return {
    key: readKey(key, isEncoded),
    size: byteCount,
    etag: readEtag(etag),
    lastModified: Number.isNaN(timeMs) ? null : new Date(timeMs),
  };
}

function parseTime(text: string): number {
  if (text !== latest.text) latest = { text, timeMs: Date.parse(text) };
  return latest.timeMs;
}

/** Neighbours in a listing often have the same time. */
let latest = { text: "", timeMs: NaN };

/** Reads a key of a listing: percent-encoded with `+` for a space, or as it is. */
export function readKey(text: string | undefined, isEncoded: boolean): string {
  if (!text) throw invalidListing("an object has no key");
  if (!isEncoded || !/[%+]/.test(text)) return text;
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    throw invalidListing("a key is not properly encoded");
  }
}

/** The error for a listing that does not have what it should. */
export function invalidListing(reason: string): ServiceError {
  return new ServiceError(`the listing cannot be read: ${reason}`, { code: "InvalidResponse" });
}
