import { type ListedTexts, noTexts } from "./plain_contents.ts";
import type { PageTexts } from "./plain_rest.ts";
import { scanXml } from "./xml.ts";

/**
 * Reads what is left of a listing in any form that XML allows; its objects are added to `items`.
 *
 * @returns `undefined` if it is another document.
 * @throws {ServiceError} With the code `"InvalidResponse"`, if it is not XML, or incomplete.
 */
export function scanRest(xml: string, items: ListedTexts[]): PageTexts | undefined {
  const prefixes: ListedTexts[] = [];
  let item = noTexts();
  let encodingType, isTruncated, nextToken, nextMarker: string | undefined;
  let root: string | undefined;
  let depth = 0;
  scanXml(xml, {
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
        else if (name === "NextMarker") nextMarker ??= text;
      }
      depth--;
    },
  });
  return root === "ListBucketResult" ? { prefixes, encodingType, isTruncated, nextToken, nextMarker } : undefined;
}
