import { ServiceError } from "../errors.ts";
import { readEtag } from "./etag.ts";
import { childText, type XmlElement } from "./xml.ts";

/** A page of ListObjectsV2. https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html */
export interface ListPage {
  /** The objects. */
  readonly objects: ListedObject[];
  /** What the keys up to the delimiter have in common; empty without a delimiter. */
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
  /** With its quotes. */
  readonly etag?: string;
  /** When it was last written. */
  readonly lastModified?: Date;
}

/**
 * Reads the answer to ListObjectsV2. Keys are decoded only if the answer says that they are encoded: some stores ignore
 * `encoding-type`.
 *
 * @throws {ServiceError} With the code `"InvalidResponse"`, if it is another document, or lacks what is needed to go on.
 */
export function readListPage(root: XmlElement): ListPage {
  if (root.name !== "ListBucketResult") throw invalid(`it is a <${root.name}>, not a listing`);
  const isEncoded = childText(root, "EncodingType") === "url";
  const objects: ListedObject[] = [];
  const commonPrefixes: string[] = [];
  for (const child of root.children) {
    if (child.name === "Contents") objects.push(readObject(child, isEncoded));
    else if (child.name === "CommonPrefixes") commonPrefixes.push(readKey(childText(child, "Prefix"), isEncoded));
  }
  if (childText(root, "IsTruncated") !== "true") return { objects, commonPrefixes };
  const nextToken = childText(root, "NextContinuationToken");
  if (!nextToken) throw invalid("it is truncated without a token for the rest");
  return { objects, commonPrefixes, nextToken };
}

function readObject(element: XmlElement, isEncoded: boolean): ListedObject {
  let key, size = "", etag, lastModified;
  // In one pass: a page has a thousand of them.
  for (const { name, text } of element.children) {
    if (name === "Key") key ??= text;
    else if (name === "Size") size ||= text;
    else if (name === "ETag") etag ??= readEtag(text);
    else if (name === "LastModified") lastModified ??= new Date(text);
  }
  if (!/^\d+$/.test(size) || !Number.isSafeInteger(Number(size))) throw invalid("an object has no size");
  const object: Writable<ListedObject> = { key: readKey(key, isEncoded), size: Number(size) };
  if (etag !== undefined) object.etag = etag;
  if (lastModified !== undefined && !Number.isNaN(lastModified.getTime())) object.lastModified = lastModified;
  return object;
}

type Writable<T> = { -readonly [name in keyof T]: T[name] };

/** A key as the listing has it: percent-encoded with `+` for a space, or as it is. */
export function readKey(text: string | undefined, isEncoded: boolean): string {
  if (!text) throw invalid("an object has no key");
  if (!isEncoded || !/[%+]/.test(text)) return text;
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    throw invalid("a key is not properly encoded");
  }
}

function invalid(reason: string): ServiceError {
  return new ServiceError(`the listing cannot be read: ${reason}`, { code: "InvalidResponse" });
}
