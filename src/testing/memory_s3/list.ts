import { S3Failure } from "./failure.ts";
import { integerParameter, type ParsedRequest } from "./request.ts";
import { fromBase64, toBase64 } from "./hash.ts";
import { compareUtf8, getBucket, type MemoryStore, shownEtag } from "./store.ts";
import { type XmlNode, xmlResponse } from "./xml.ts";

/** ListObjectsV2: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html */
export function listObjectsV2(request: ParsedRequest, store: MemoryStore): Response {
  const startAfter = request.query.get("start-after");
  const token = request.query.get("continuation-token");
  const last = token === undefined ? { name: startAfter ?? "", isFolder: false } : readToken(token);
  return listAfter(last, request, store, ({ entries, next }, encode) => [
    ["KeyCount", entries.length],
    ["StartAfter", startAfter === undefined ? undefined : encode(startAfter)],
    ["ContinuationToken", token],
    ["NextContinuationToken", next && writeToken(next)],
  ]);
}

/** ListObjects: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjects.html */
export function listObjects(request: ParsedRequest, store: MemoryStore): Response {
  const marker = request.query.get("marker") ?? "";
  const delimiter = request.query.get("delimiter") ?? "";
  const { length } = request.query.get("prefix") ?? "";
  // The listed folder's own marker is an object.
  const isFolder = delimiter !== "" && marker.endsWith(delimiter) && marker.length > length;
  return listAfter({ name: marker, isFolder }, request, store, ({ next }, encode) => [
    ["Marker", encode(marker)],
    ["NextMarker", delimiter === "" ? undefined : next && encode(next.name)],
  ]);
}

function listAfter(
  last: Entry,
  request: ParsedRequest,
  store: MemoryStore,
  position: (page: Page, encode: (name: string) => string) => XmlNode[],
): Response {
  const { objects } = getBucket(store, request.bucket);
  const prefix = request.query.get("prefix") ?? "";
  const delimiter = request.query.get("delimiter") ?? "";
  const maxKeys = Math.min(1000, integerParameter(request, "max-keys", 1000));
  const encode = encoderFor(request, store);

  const keys = [...objects.keys()].filter((key) => key.startsWith(prefix) && isAfter(key, last)).sort(compareUtf8);
  const page = cutPage(groupKeys(keys, prefix, delimiter), maxKeys);

  const contents: XmlNode[] = [];
  const commonPrefixes: XmlNode[] = [];
  for (const entry of page.entries) {
    const object = entry.isFolder ? undefined : objects.get(entry.name);
    if (object === undefined) {
      commonPrefixes.push(["CommonPrefixes", [["Prefix", encode(entry.name)]]]);
      continue;
    }
    contents.push(["Contents", [
      ["Key", encode(entry.name)],
      ["LastModified", new Date(object.lastModified).toISOString()],
      ["ETag", shownEtag(store, object.etag)],
      ["ChecksumAlgorithm", object.checksum?.algorithm],
      ["ChecksumType", object.checksum?.type],
      ["Size", object.body.byteLength],
      ["StorageClass", "STANDARD"],
    ]]);
  }
  return xmlResponse("ListBucketResult", [
    ["Name", request.bucket],
    ["Prefix", encode(prefix)],
    ["Delimiter", delimiter === "" ? undefined : encode(delimiter)],
    ["MaxKeys", maxKeys],
    ["EncodingType", request.query.get("encoding-type")],
    ["IsTruncated", page.next !== undefined],
    ...position(page, encode),
    ...contents,
    ...commonPrefixes,
  ]);
}

/** The encoder for names in a listing: none, or percent-encoding with `+` for a space. */
export function encoderFor(request: ParsedRequest, { quirks }: MemoryStore): (name: string) => string {
  const encodingType = request.query.get("encoding-type");
  if (encodingType === undefined) return (name) => name;
  if (encodingType !== "url") throw new S3Failure("InvalidArgument", "Invalid Encoding Method specified in Request");
  if (quirks.has("claimsEncodingType")) return (name) => name;
  return (name) =>
    encodeURIComponent(name)
      .replace(/[!'()]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
      .replaceAll("%2F", "/")
      .replaceAll("%20", "+");
}

interface Entry {
  readonly name: string;
  readonly isFolder: boolean;
}

/** Groups keys by their beginning up to the delimiter after the prefix. */
function* groupKeys(keys: readonly string[], prefix: string, delimiter: string): Generator<Entry> {
  let folder: string | undefined;
  for (const key of keys) {
    if (folder !== undefined && key.startsWith(folder)) continue;
    const end = delimiter === "" ? -1 : key.indexOf(delimiter, prefix.length);
    folder = end < 0 ? undefined : key.slice(0, end + delimiter.length);
    yield folder === undefined ? { name: key, isFolder: false } : { name: folder, isFolder: true };
  }
}

interface Page {
  readonly entries: readonly Entry[];
  /** The last entry if more follow. */
  readonly next: Entry | undefined;
}

function cutPage(entries: Iterable<Entry>, maxKeys: number): Page {
  const page: Entry[] = [];
  if (maxKeys === 0) return { entries: page, next: undefined };
  for (const entry of entries) {
    if (page.length === maxKeys) return { entries: page, next: page.at(-1) };
    page.push(entry);
  }
  return { entries: page, next: undefined };
}

function isAfter(key: string, last: Entry): boolean {
  return compareUtf8(key, last.name) > 0 && !(last.isFolder && key.startsWith(last.name));
}

/** Tokens do not look like keys, so that nobody uses a key as a token. */
function writeToken({ name, isFolder }: Entry): string {
  return `${isFolder ? 2 : 1}${toBase64(new TextEncoder().encode(name))}`;
}

function readToken(token: string): Entry {
  try {
    if (!/^[12]/.test(token)) throw new SyntaxError("not a token");
    const name = new TextDecoder("utf-8", { fatal: true }).decode(fromBase64(token.slice(1)));
    return { name, isFolder: token.startsWith("2") };
  } catch {
    throw new S3Failure("InvalidArgument", "The continuation token provided is incorrect", {
      details: { ArgumentName: "continuation-token" },
    });
  }
}
