import { ServiceError } from "../errors.ts";
import type { Exchange } from "./exchange.ts";
import { type Purpose, readErrorElement, toError } from "./failure.ts";
import type { Grant } from "./grant.ts";
import { readXml, type XmlElement } from "./xml/xml.ts";

/** An answer with a document in it. */
export interface XmlAnswer {
  /** The document. */
  readonly root: XmlElement;
  /** Headers of the answer. */
  readonly headers: Headers;
}

/** An answer with a document in it that has not been read. */
export interface TextAnswer {
  /** The document as it came. */
  readonly text: string;
  /** Reads it. @throws {S3SourceError} If it is no XML, or an `<Error>`. */
  parse(): XmlElement;
  /** Headers of the answer. */
  readonly headers: Headers;
}

/**
 * Takes in an answer that has to be a document.
 *
 * @param workMs How long the store may be at work after it has begun to answer.
 * @throws {ServiceError} If it is too large, or not UTF-8.
 */
export async function readAnswer(
  exchange: Exchange,
  request: Purpose & { readonly grant: Grant },
  workMs: number,
): Promise<TextAnswer> {
  const body = await exchange.document(MAX_XML_BYTES, workMs);
  if (body.byteLength > MAX_XML_BYTES) throw new ServiceError("the answer is too large", { code: "AnswerTooLarge" });
  const text = decodeUtf8(body);
  const parse = () => {
    const root = readXml(text);
    if (root.name !== "Error") return root;
    throw toError({ status: exchange.status, ...readErrorElement(root) }, request, request.grant.credentials);
  };
  return { text, parse, headers: exchange.headers };
}

/** A page of 1,000 keys of 1,024 bytes, each byte percent-encoded, has 4 MB. */
const MAX_XML_BYTES = 8 * 1024 * 1024;

/** Without putting up with broken sequences, which would become another key. */
function decodeUtf8(body: Uint8Array): string {
  const text = new TextDecoder().decode(body);
  // Looking for what stands for broken bytes costs less than asking for an error.
  if (!text.includes("\ufffd")) return text;
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(body);
  } catch {
    throw new ServiceError("the answer is not UTF-8", { code: "InvalidResponse" });
  }
}
