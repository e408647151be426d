import { ServiceError } from "../errors.ts";
import { withArrived } from "./arrived.ts";
import type { Exchange } from "./exchange.ts";
import type { Grant } from "./grant.ts";
import { lazyModule } from "./lazy_module.ts";
import type { Purpose } from "./purpose.ts";
import type { XmlElement } from "./xml/xml.ts";

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
  parse(): Promise<XmlElement>;
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
  const parse = async () => (await documents()).parseDocument(text, exchange.status, request);
  return { text, parse, headers: exchange.headers };
}

/**
 * Reads a successful response that S3 sends without a body. A login page or the like also has the status 200.
 *
 * @throws {S3SourceError} If the body is an `<Error>`, or not S3's.
 */
export async function readEmptyResponse(
  exchange: Exchange,
  request: Purpose & { readonly grant: Grant },
): Promise<void> {
  const body = await exchange.document(MAX_EMPTY_BYTES).catch(() => NOTHING);
  if (body.byteLength === 0) return;
  const text = new TextDecoder().decode(body).trim();
  if (text === "") return;
  const { parseUnexpected } = await documents();
  throw await withArrived(parseUnexpected(text, exchange.status, request), exchange, request.grant, text);
}

const documents = lazyModule(() => import("./document.ts"));

/** An `<Error>` fits. */
const MAX_EMPTY_BYTES = 64 * 1024;
const NOTHING = new Uint8Array(0);

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
