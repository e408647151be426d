import { ServiceError } from "../errors.ts";
import type { Exchange } from "./exchange.ts";
import { type Purpose, readErrorElement, toError } from "./failure.ts";
import type { Grant } from "./grant.ts";
import { readXml, type XmlElement } from "./xml/xml.ts";

/** A response with an XML document. */
export interface XmlResponse {
  /** Root element of the document. */
  readonly root: XmlElement;
  /** Response headers. */
  readonly headers: Headers;
}

/** A response with an XML document that has not been parsed. */
export interface TextResponse {
  /** The document. */
  readonly text: string;
  /** Parses it. @throws {S3SourceError} If it is not XML, or an `<Error>`. */
  parse(): XmlElement;
  /** Response headers. */
  readonly headers: Headers;
}

/**
 * Reads a response that has to be a document.
 *
 * @param workMs Time that the store may need after the headers of the response.
 * @throws {ServiceError} If it is too large, or not UTF-8.
 */
export async function readTextResponse(
  exchange: Exchange,
  request: Purpose & { readonly grant: Grant },
  workMs: number,
): Promise<TextResponse> {
  const body = await exchange.document(MAX_XML_BYTES, workMs);
  if (body.byteLength > MAX_XML_BYTES) throw new ServiceError("the response is too large", { code: "AnswerTooLarge" });
  const text = decodeUtf8(body);
  const parse = () => {
    const root = readXml(text);
    if (root.name !== "Error") return root;
    throw toError({ status: exchange.status, ...readErrorElement(root) }, request, request.grant.credentials);
  };
  return { text, parse, headers: exchange.headers };
}

/** A page of 1,000 keys of 1,024 bytes has 4 MB if each byte is percent-encoded. */
const MAX_XML_BYTES = 8 * 1024 * 1024;

/** Refuses invalid sequences, which would change a key. */
function decodeUtf8(body: Uint8Array): string {
  const text = new TextDecoder().decode(body);
  // Faster than `fatal`.
  if (!text.includes("\ufffd")) return text;
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(body);
  } catch {
    throw new ServiceError("the response is not UTF-8", { code: "InvalidResponse" });
  }
}
