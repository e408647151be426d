import { readByteCount, readEtag } from "../headers.ts";
import { invalidResponse } from "../invalid_response.ts";
import { areKeysEncoded, BAD_KEY, decodeKey, note, type Problems, saysTruncated } from "./list_xml.ts";
import { childText, type XmlElement } from "./xml.ts";

/** A page of ListParts. https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListParts.html */
export interface PartsPage {
  /** The parts, in order of their numbers. */
  readonly parts: ListedPart[];
  /** For the next page; absent on the last. */
  readonly nextMarker?: number;
}

/** A part that has been uploaded. */
export interface ListedPart {
  /** From 1. */
  readonly partNumber: number;
  /** Bytes. */
  readonly size: number;
  /** With its quotes. */
  readonly etag: string;
}

/** A page of ListMultipartUploads. https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListMultipartUploads.html */
export interface UploadsPage {
  /** The uploads, in order of their keys. */
  readonly uploads: ListedUpload[];
  /** For the next page; absent on the last. */
  readonly next?: UploadsMarker;
  /** Why uploads are left out. */
  readonly problems: Problems;
}

/** The last upload of a page. SeaweedFS 4.48 gives only its id, and needs no more. */
export interface UploadsMarker {
  /** The whole key, decoded; may be empty. */
  readonly key: string;
  /** Upload id; may be empty. */
  readonly uploadId: string;
}

/** A multipart upload in progress. */
export interface ListedUpload {
  /** The whole key, decoded. */
  readonly key: string;
  /** Upload id. */
  readonly uploadId: string;
  /** When it was created. */
  readonly initiated: Date;
}

/**
 * Reads the response of ListParts.
 *
 * @throws {ServiceError} With the code `"InvalidResponse"`, if it is another document, or incomplete.
 */
export function readPartsPage(root: XmlElement): PartsPage {
  if (!/^ListParts(?:Result|Response)$/.test(root.name)) throw invalidResponse("it is not a ListPartsResult");
  const parts = root.children.filter(({ name }) => name === "Part").map((part) => ({
    partNumber: readNumber(part, "PartNumber"),
    size: readNumber(part, "Size"),
    etag: readEtag(readText(part, "ETag")) ?? "",
  }));
  if (!saysTruncated(childText(root, "IsTruncated"))) return { parts };
  return { parts, nextMarker: readNumber(root, "NextPartNumberMarker") };
}

/**
 * Reads the response of ListMultipartUploads. Keys are decoded only if the response says that they are encoded.
 * Uploads that cannot be used are left out.
 *
 * @throws {ServiceError} With the code `"InvalidResponse"`, if it is another document, or incomplete.
 */
export function readUploadsPage(root: XmlElement): UploadsPage {
  if (!/^ListMultipartUploads(?:Result|Response)$/.test(root.name)) {
    throw invalidResponse("it is not a ListMultipartUploadsResult");
  }
  const problems = new Map<string, string>();
  const elements = root.children.filter(({ name }) => name === "Upload");
  const keys = elements.map((upload) => childText(upload, "Key"));
  const isEncoded = areKeysEncoded(childText(root, "EncodingType"), keys, problems);
  const uploads = elements.flatMap((upload, index) => {
    const key = decodeKey(keys[index], isEncoded);
    const uploadId = childText(upload, "UploadId");
    const initiated = new Date(childText(upload, "Initiated") ?? "");
    const hasTime = !Number.isNaN(initiated.getTime());
    if (key !== undefined && uploadId && hasTime) return [{ key, uploadId, initiated }];
    const reason = !keys[index] ? "an upload has no key" : key === undefined ? BAD_KEY : undefined;
    note(problems, reason ?? (uploadId ? "an upload has no time" : "an upload has no id"), keys[index]);
    return [];
  });
  if (!saysTruncated(childText(root, "IsTruncated"))) return { uploads, problems };
  const key = decodeKey(childText(root, "NextKeyMarker"), isEncoded) ?? "";
  const uploadId = childText(root, "NextUploadIdMarker") ?? "";
  if (key === "" && uploadId === "") throw invalidResponse("it is truncated without a marker for the rest");
  return { uploads, next: { key, uploadId }, problems };
}

function readNumber(element: XmlElement, name: string): number {
  const number = readByteCount(readText(element, name));
  if (number === undefined) throw invalidResponse(`its ${name} is not a number`);
  return number;
}

function readText(element: XmlElement, name: string): string {
  const text = childText(element, name);
  if (!text) throw invalidResponse(`it has no ${name}`);
  return text;
}
