import type { S3SourceError } from "../errors.ts";
import { readErrorElement } from "./error_response.ts";
import { toError } from "./failure.ts";
import type { Grant } from "./grant.ts";
import { invalidResponse } from "./invalid_response.ts";
import type { Purpose } from "./purpose.ts";
import { readXml, type XmlElement } from "./xml/xml.ts";

/** The document of a successful response. @throws {S3SourceError} If it is not XML, or an `<Error>`. */
export function parseDocument(text: string, status: number, request: Purpose & { readonly grant: Grant }): XmlElement {
  const root = readXml(text);
  if (root.name === "Error") throw errorIn(root, status, request);
  return root;
}

/** The error for a document where S3 has none. */
export function parseUnexpected(
  text: string,
  status: number,
  request: Purpose & { readonly grant: Grant },
): S3SourceError {
  const root = tryXml(text);
  if (root?.name === "Error") return errorIn(root, status, request);
  return invalidResponse("S3's has no body, and this one does");
}

function errorIn(root: XmlElement, status: number, request: Purpose & { readonly grant: Grant }): S3SourceError {
  return toError({ status, ...readErrorElement(root) }, request, request.grant.credentials);
}

function tryXml(text: string): XmlElement | undefined {
  try {
    return readXml(text);
  } catch {
    return undefined;
  }
}
