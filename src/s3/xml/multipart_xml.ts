import { ServiceError } from "../../errors.ts";
import { readEtag } from "../headers.ts";
import { readKey } from "./list_xml.ts";
import { childText, type XmlElement } from "./xml.ts";

/** A page of ListParts. https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListParts.html */
export interface PartsPage {
  /** The parts, by their numbers. */
  readonly parts: ListedPart[];
  /** For the next page; absent on the last. */
  readonly nextMarker?: number;
}

/** A part that the store has. */
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
  /** The uploads, by their keys. */
  readonly uploads: ListedUpload[];
  /** For the next page; absent on the last. */
  readonly next?: UploadsMarker;
}

/** The last upload of a page. SeaweedFS 4.48 names only its id, which there is enough to go on. */
export interface UploadsMarker {
  /** The whole key, decoded; may be empty. */
  readonly key: string;
  /** The store's name for it; may be empty. */
  readonly uploadId: string;
}

/** A multipart upload that was neither completed nor aborted. */
export interface ListedUpload {
  /** The whole key, decoded. */
  readonly key: string;
  /** The store's name for it. */
  readonly uploadId: string;
  /** When it was begun. */
  readonly initiated: Date;
}

/**
 * Reads the answer to ListParts.
 *
 * @throws {ServiceError} With the code `"InvalidResponse"`, if it is another document, or lacks what is needed.
 */
export function readPartsPage(root: XmlElement): PartsPage {
  if (root.name !== "ListPartsResult") throw invalid(`it is a <${root.name}>, not a list of parts`);
  const parts = root.children.filter(({ name }) => name === "Part").map((part) => ({
    partNumber: readNumber(part, "PartNumber"),
    size: readNumber(part, "Size"),
    etag: readEtag(readText(part, "ETag")) ?? "",
  }));
  if (childText(root, "IsTruncated") !== "true") return { parts };
  return { parts, nextMarker: readNumber(root, "NextPartNumberMarker") };
}

/**
 * Reads the answer to ListMultipartUploads. Keys are decoded only if the answer says that they are encoded.
 *
 * @throws {ServiceError} With the code `"InvalidResponse"`, if it is another document, or lacks what is needed.
 */
export function readUploadsPage(root: XmlElement): UploadsPage {
  if (root.name !== "ListMultipartUploadsResult") throw invalid(`it is a <${root.name}>, not a list of uploads`);
  const isEncoded = childText(root, "EncodingType") === "url";
  const uploads = root.children.filter(({ name }) => name === "Upload").map((upload) => {
    const initiated = new Date(readText(upload, "Initiated"));
    if (Number.isNaN(initiated.getTime())) throw invalid("an upload has no time");
    return { key: readKey(childText(upload, "Key"), isEncoded), uploadId: readText(upload, "UploadId"), initiated };
  });
  if (childText(root, "IsTruncated") !== "true") return { uploads };
  const markerText = childText(root, "NextKeyMarker");
  const key = markerText ? readKey(markerText, isEncoded) : "";
  const uploadId = childText(root, "NextUploadIdMarker") ?? "";
  if (key === "" && uploadId === "") throw invalid("it is truncated without a marker for the rest");
  return { uploads, next: { key, uploadId } };
}

function readNumber(element: XmlElement, name: string): number {
  const text = readText(element, name);
  const number = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(number)) throw invalid(`its ${name} is not a number`);
  return number;
}

function readText(element: XmlElement, name: string): string {
  const text = childText(element, name);
  if (!text) throw invalid(`it has no ${name}`);
  return text;
}

function invalid(reason: string): ServiceError {
  return new ServiceError(`the listing cannot be read: ${reason}`, { code: "InvalidResponse" });
}
