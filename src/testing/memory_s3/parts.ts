import { checksumNode, checksumOf } from "./checksum.ts";
import { rangeOf } from "./range.ts";
import { encoderFor } from "./list.ts";
import { getUpload, partNumberOf, storePart } from "./multipart.ts";
import { assertCopySource } from "./conditions.ts";
import { copyFacts, copySource } from "./objects.ts";
import { integerParameter, type ParsedRequest } from "./request.ts";
import { compareUtf8, getBucket, getObject, type MemoryStore, shownEtag } from "./store.ts";
import { type XmlNode, xmlResponse } from "./xml.ts";

/** UploadPartCopy: https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPartCopy.html */
export function copyPart(request: ParsedRequest, store: MemoryStore): Response {
  const upload = getUpload(request, store);
  const from = copySource(request);
  const source = getObject(store, from.bucket, from.key);
  assertCopySource(request, source, store);
  const span = rangeOf(request.headers.get("x-amz-copy-source-range"), source.body.byteLength);
  const body = source.body.slice(span?.start, span?.end);
  const checksum = upload.checksum && checksumOf(upload.checksum.algorithm, body);
  const part = storePart(upload, partNumberOf(request), { body, checksum, now: store.now() });
  return xmlResponse("CopyPartResult", copyFacts(shownEtag(store, part.etag), part.lastModified, checksum));
}

/** ListParts: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListParts.html */
export function listParts(request: ParsedRequest, store: MemoryStore): Response {
  const upload = getUpload(request, store);
  const marker = integerParameter(request, "part-number-marker", 0);
  const maxParts = Math.min(1000, integerParameter(request, "max-parts", 1000));
  const behind = [...upload.parts].filter(([number]) => number > marker).sort(([a], [b]) => a - b);
  const page = behind.slice(0, maxParts);
  return xmlResponse("ListPartsResult", [
    ["Bucket", request.bucket],
    ["Key", encoderFor(request, store)(request.key)],
    ["UploadId", request.query.get("uploadId")],
    ["PartNumberMarker", marker],
    ["NextPartNumberMarker", page.at(-1)?.[0]],
    ["MaxParts", maxParts],
    ["IsTruncated", page.length < behind.length],
    ...page.map(([number, part]): XmlNode => ["Part", [
      ["PartNumber", number],
      ["LastModified", new Date(part.lastModified).toISOString()],
      ["ETag", part.etag],
      ["Size", part.body.byteLength],
      checksumNode(part.checksum),
    ]]),
  ]);
}

/** ListMultipartUploads: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListMultipartUploads.html */
export function listUploads(request: ParsedRequest, store: MemoryStore): Response {
  const { uploads } = getBucket(store, request.bucket);
  const prefix = request.query.get("prefix") ?? "";
  const keyMarker = request.query.get("key-marker") ?? "";
  const idMarker = request.query.get("upload-id-marker") ?? "";
  const maxUploads = Math.min(1000, integerParameter(request, "max-uploads", 1000));
  const encode = encoderFor(request, store);
  const behind = [...uploads]
    .map(([id, { key, initiated }]) => ({ id, key, initiated }))
    .filter(({ id, key }) => {
      const order = compareUtf8(key, keyMarker);
      return key.startsWith(prefix) && (order > 0 || (order === 0 && idMarker !== "" && id > idMarker));
    })
    .sort((a, b) => compareUtf8(a.key, b.key) || (a.id < b.id ? -1 : 1));
  const page = behind.slice(0, maxUploads);
  const isTruncated = page.length < behind.length;
  const last = isTruncated ? page.at(-1) : undefined;
  return xmlResponse("ListMultipartUploadsResult", [
    ["Bucket", request.bucket],
    ["KeyMarker", encode(keyMarker)],
    ["UploadIdMarker", idMarker],
    ["NextKeyMarker", last && encode(last.key)],
    ["NextUploadIdMarker", last?.id],
    ["Prefix", encode(prefix)],
    ["EncodingType", request.query.get("encoding-type")],
    ["MaxUploads", maxUploads],
    ["IsTruncated", isTruncated],
    ...page.map(({ id, key, initiated }): XmlNode => ["Upload", [
      ["Key", encode(key)],
      ["UploadId", id],
      ["StorageClass", "STANDARD"],
      ["Initiated", new Date(initiated).toISOString()],
    ]]),
  ]);
}
