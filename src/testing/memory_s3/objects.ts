import { S3Failure } from "./failure.ts";
import { type ByteSpan, rangeOf } from "./range.ts";
import { objectFacts, STORAGE_HEADERS, verifyBody } from "./body.ts";
import { type Checksum, checksumNode, checksumOf, readAlgorithm, setChecksum } from "./checksum.ts";
import { assertCopySource, assertReadable, assertWritable, stampHeaders } from "./conditions.ts";
import { integerParameter, type ParsedRequest, type PermittedRequest } from "./request.ts";
import {
  contentEtag,
  getBucket,
  getObject,
  type MemoryStore,
  noSuchKey,
  shownEtag,
  type StoredObject,
} from "./store.ts";
import { childText, malformed, readXml, type XmlNode, xmlResponse } from "./xml.ts";

/** GetObject and HeadObject: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html */
export function readObject(request: ParsedRequest, store: MemoryStore): Response {
  const object = getObject(store, request.bucket, request.key);
  assertReadable(request, object, store);
  const size = object.body.byteLength;
  const part = partSpan(request, object);
  const range = part ??
    (ignoresRange(request, object, store) ? undefined : rangeOf(request.headers.get("range"), size));
  const { start, end } = range ?? { start: 0, end: size };
  const headers = new Headers({ "accept-ranges": "bytes", ...object.headers, ...stampHeaders(object) });
  headers.set("content-length", String(end - start));
  if (range !== undefined) headers.set("content-range", `bytes ${start}-${end - 1}/${size}`);
  for (const [name, value] of Object.entries(object.metadata)) headers.set(`x-amz-meta-${name}`, value);
  for (const [name, value] of request.query) {
    if (!name.startsWith("response-")) continue;
    if (name === "response-content-encoding" && store.quirks.has("transcodesGzip")) continue;
    headers.set(name.slice("response-".length), value);
  }
  if (part !== undefined && object.partSizes) headers.set("x-amz-mp-parts-count", String(object.partSizes.length));
  const isWhole = range === undefined || store.quirks.has("wholeChecksumOnRange");
  if (isWhole && request.headers.get("x-amz-checksum-mode") === "ENABLED") {
    setChecksum(headers, object.checksum);
  }
  const body = request.method === "HEAD" ? null : object.body.subarray(start, end);
  return new Response(body, { status: range === undefined ? 200 : 206, headers });
}

/** PutObject: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html */
export function putObject(request: ParsedRequest, store: MemoryStore): Response {
  const { objects } = getBucket(store, request.bucket);
  const checksum = verifyBody(request, store);
  assertWritable(request, objects.get(request.key), store);
  const object: StoredObject = {
    ...objectFacts(request),
    body: request.body,
    etag: contentEtag(request.body),
    lastModified: store.now(),
    checksum: checksum && { ...checksum, type: "FULL_OBJECT" },
  };
  objects.set(request.key, object);
  const headers = new Headers({ etag: object.etag });
  setChecksum(headers, object.checksum);
  return new Response(null, { headers });
}

/** DeleteObject: https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html */
export function deleteObject(request: ParsedRequest, store: MemoryStore): Response {
  const { objects } = getBucket(store, request.bucket);
  const object = objects.get(request.key);
  assertWritable(request, object, store);
  if (object === undefined && store.quirks.has("deleteMissing404")) throw noSuchKey(request.key);
  objects.delete(request.key);
  return new Response(null, { status: 204 });
}

/** DeleteObjects: https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html */
export function deleteObjects(request: PermittedRequest, store: MemoryStore): Response {
  const { objects } = getBucket(store, request.bucket);
  if (![...request.headers.keys()].some((name) => /^(?:content-md5$|x-amz-checksum-)/.test(name))) {
    throw new S3Failure("InvalidRequest", "Missing required header for this request: Content-MD5 OR x-amz-checksum-*");
  }
  verifyBody(request, store);
  const root = readXml(new TextDecoder().decode(request.body));
  const keys = root.children.filter(({ name }) => name === "Object").map((element) => childText(element, "Key"));
  if (root.name !== "Delete" || keys.length === 0 || keys.length > 1000) throw malformed();
  const isQuiet = childText(root, "Quiet") === "true" || store.quirks.has("quietDeletes");
  const results: XmlNode[] = [];
  for (const key of keys) {
    if (key === undefined || key === "") throw malformed();
    if (!request.isPermitted(key)) {
      results.push(["Error", [["Key", key], ["Code", "AccessDenied"], ["Message", "Access Denied"]]]);
      continue;
    }
    if (!objects.delete(key) && store.quirks.has("deleteMissing404")) {
      const { code, message } = noSuchKey(key);
      results.push(["Error", [["Key", key], ["Code", code], ["Message", message]]]);
    } else if (!isQuiet) results.push(["Deleted", [["Key", key]]]);
  }
  return xmlResponse("DeleteResult", results);
}

/** CopyObject: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html */
export function copyObject(request: ParsedRequest, store: MemoryStore): Response {
  const { objects } = getBucket(store, request.bucket);
  const from = copySource(request);
  const source = getObject(store, from.bucket, from.key);
  assertCopySource(request, source, store);
  const replaces = request.headers.get("x-amz-metadata-directive")?.toUpperCase() === "REPLACE";
  if (from.bucket === request.bucket && from.key === request.key && !replaces) {
    throw new S3Failure(
      "InvalidRequest",
      "This copy request is illegal because it is trying to copy an object to itself.",
    );
  }
  assertWritable(request, objects.get(request.key), store);
  const facts = objectFacts(request);
  const isStorage = ([name]: [string, string]) => STORAGE_HEADERS.has(name);
  const algorithm = readAlgorithm(request.headers.get("x-amz-checksum-algorithm")) ?? source.checksum?.algorithm;
  const copy: StoredObject = {
    headers: Object.fromEntries([
      ...Object.entries(source.headers).filter((header) => !isStorage(header)),
      ...Object.entries(facts.headers).filter(isStorage),
    ]),
    metadata: source.metadata,
    ...(replaces ? facts : {}),
    body: source.body,
    etag: contentEtag(source.body),
    lastModified: store.now(),
    checksum: algorithm && { ...checksumOf(algorithm, source.body), type: "FULL_OBJECT" },
  };
  objects.set(request.key, copy);
  return xmlResponse("CopyObjectResult", copyFacts(shownEtag(store, copy.etag), copy.lastModified, copy.checksum));
}

/** The object in `x-amz-copy-source`. */
export function copySource(request: ParsedRequest): { bucket: string; key: string } {
  const header = request.headers.get("x-amz-copy-source") ?? "";
  const match = /^\/?([^/]+)\/(.+)$/s.exec(decodeURIComponent(header.replace(/\?versionId=.*$/, "")));
  if (match === null) {
    throw new S3Failure(
      "InvalidArgument",
      "Copy Source must mention the source bucket and key: sourcebucket/sourcekey",
    );
  }
  return { bucket: match[1] ?? "", key: match[2] ?? "" };
}

/** The elements of a copy's response. */
export function copyFacts(etag: string | undefined, lastModified: number, checksum: Checksum | undefined): XmlNode[] {
  return [["LastModified", new Date(lastModified).toISOString()], ["ETag", etag], checksumNode(checksum)];
}

/** The bytes of the part that a request names; an object that was not uploaded in parts has one. */
function partSpan(request: ParsedRequest, { body, partSizes = [body.byteLength] }: StoredObject): ByteSpan | undefined {
  if (!request.query.has("partNumber") || body.byteLength === 0) return undefined;
  if (request.headers.has("range")) {
    throw new S3Failure("InvalidRequest", "Cannot specify both Range header and partNumber query parameter");
  }
  const partNumber = integerParameter(request, "partNumber", 0);
  const size = partSizes[partNumber - 1];
  if (size === undefined) throw new S3Failure("InvalidPartNumber", "The requested partnumber is not satisfiable");
  const start = partSizes.slice(0, partNumber - 1).reduce((sum, bytes) => sum + bytes, 0);
  return { start, end: start + size };
}

/** Google Cloud Storage decompresses whole objects only. */
function ignoresRange({ headers }: ParsedRequest, { headers: stored }: StoredObject, { quirks }: MemoryStore): boolean {
  return quirks.has("transcodesGzip") && stored["content-encoding"] === "gzip" &&
    headers.get("accept-encoding")?.trim().toLowerCase() === "identity";
}
