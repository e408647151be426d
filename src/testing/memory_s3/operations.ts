import type { MemoryS3Credentials } from "./auth.ts";
import { S3Failure } from "./failure.ts";
import { listObjects, listObjectsV2 } from "./list.ts";
import { abortUpload, completeUpload, createUpload, uploadPart } from "./multipart.ts";
import { copyObject, copySource, deleteObject, deleteObjects, putObject, readObject } from "./objects.ts";
import { copyPart, listParts, listUploads } from "./parts.ts";
import { assertTaken, heededPart } from "./quirky_request.ts";
import { quirkyResponse } from "./quirky_response.ts";
import type { ParsedRequest, PermittedRequest } from "./request.ts";
import type { MemoryStore } from "./store.ts";

/** S3's name for the operation; `undefined` if it is not supported. */
export function operationName(request: Omit<ParsedRequest, "body">): OperationName | undefined {
  const { method, query, headers } = request;
  if (request.bucket === "" || UNKNOWN_SUBRESOURCES.some((name) => query.has(name))) return undefined;
  const isCopy = headers.has("x-amz-copy-source");
  if (request.key === "") {
    if (method === "GET" && query.get("list-type") === "2") return "ListObjectsV2";
    if (method === "GET" && query.has("uploads")) return "ListMultipartUploads";
    if (method === "GET" && [...query.keys()].every((name) => LIST_PARAMETER.test(name))) return "ListObjects";
    return method === "POST" && query.has("delete") ? "DeleteObjects" : undefined;
  }
  const isPart = query.has("uploadId");
  switch (method) {
    case "GET":
      return isPart ? "ListParts" : "GetObject";
    case "HEAD":
      return "HeadObject";
    case "PUT":
      if (isPart) return isCopy ? "UploadPartCopy" : "UploadPart";
      return isCopy ? "CopyObject" : "PutObject";
    case "DELETE":
      return isPart ? "AbortMultipartUpload" : "DeleteObject";
    case "POST":
      if (isPart) return "CompleteMultipartUpload";
      return query.has("uploads") ? "CreateMultipartUpload" : undefined;
  }
  return undefined;
}

/** The supported operations, by S3's names. */
export type OperationName = keyof typeof OPERATIONS;

/** Performs the operation of an authenticated request, if its credentials permit it. */
export function perform(request: ParsedRequest, store: MemoryStore, credentials: MemoryS3Credentials): Response {
  const name = operationName(request);
  const isPermitted = (key: string) =>
    (credentials.bucket ?? request.bucket) === request.bucket && key.startsWith(credentials.prefix ?? "");
  if (name === undefined) {
    if (credentials.bucket !== undefined || credentials.prefix !== undefined) throw accessDenied();
    throw new S3Failure("NotImplemented", "The in-memory S3 does not support this operation.");
  }
  const isPerKey = name === "DeleteObjects";
  if (!isPerKey && !isPermitted(request.key === "" ? request.query.get("prefix") ?? "" : request.key)) {
    throw accessDenied();
  }
  if (request.headers.has("x-amz-copy-source")) {
    const from = copySource(request);
    if ((credentials.bucket ?? from.bucket) !== from.bucket || !isPermitted(from.key)) throw accessDenied();
  }
  if (new TextEncoder().encode(request.key).byteLength > 1024) {
    throw new S3Failure("KeyTooLongError", "Your key is too long");
  }
  const permitted = { ...request, isPermitted };
  if (store.quirks.size === 0) return OPERATIONS[name](permitted, store);
  assertTaken(request, name, store.quirks);
  const heeded = heededPart(permitted, store.quirks);
  return quirkyResponse(OPERATIONS[operationName(heeded) ?? name](heeded, store), request, name, store.quirks);
}

function accessDenied(): S3Failure {
  return new S3Failure("AccessDenied", "Access Denied");
}

const OPERATIONS = {
  AbortMultipartUpload: abortUpload,
  CompleteMultipartUpload: completeUpload,
  CopyObject: copyObject,
  CreateMultipartUpload: createUpload,
  DeleteObject: deleteObject,
  DeleteObjects: deleteObjects,
  GetObject: readObject,
  HeadObject: readObject,
  ListMultipartUploads: listUploads,
  ListObjects: listObjects,
  ListObjectsV2: listObjectsV2,
  ListParts: listParts,
  PutObject: putObject,
  UploadPart: uploadPart,
  UploadPartCopy: copyPart,
} satisfies Record<string, (request: PermittedRequest, store: MemoryStore) => Response>;

/** Without this check they would be ignored. */
const UNKNOWN_SUBRESOURCES = [
  "acl",
  "attributes",
  "legal-hold",
  "restore",
  "retention",
  "tagging",
  "torrent",
  "versionId",
];

/** A GET of a bucket with any other parameter asks for something else, such as its versions. */
const LIST_PARAMETER = /^(?:delimiter|encoding-type|list-type|marker|max-keys|prefix|x-id|X-Amz-.*)$/;
