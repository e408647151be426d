import { type S3SourceError, ServiceError } from "../errors.ts";
import { shortSafeText } from "../text/safe_text.ts";
import type { Exchange } from "./exchange.ts";

/** The same error, with status, media type and the beginning of the body in its message. */
export function describeArrived(
  { message, code }: S3SourceError,
  { status, headers }: Pick<Exchange, "status" | "headers">,
  { secrets, body }: { readonly secrets: readonly (string | undefined)[]; readonly body: string | undefined },
): ServiceError {
  const [mediaType = ""] = (headers.get("content-type") ?? "").split(";");
  const type = shortSafeText(mediaType, secrets, 60);
  const said = body === undefined ? "" : shortSafeText(readableText(body), secrets, 100);
  const quoted = body === undefined ? "" : said === "" ? ", empty" : `: "${said}"`;
  const arrived = `${status}, ${type === "" ? "no Content-Type" : type}${quoted}`;
  return new ServiceError(`${message} (${arrived})`, { code, status });
}

/**
 * The message of a document that is not S3's: the title of a page, the message of JSON, the name of an XML element, or
 * else its text.
 */
export function readableText(body: string): string {
  const start = body.slice(0, MAX_LENGTH).replace(/^\ufeff/, "").trim();
  if (start.startsWith("{")) return messageOf(start) ?? start;
  if (!start.startsWith("<")) return start;
  const isHtml = /<(?:!doctype\s+)?(?:html|head|body|title)\b/i.test(start);
  // XML may repeat a request with its token.
  if (!isHtml) return /<[a-z][^\s<>/]{0,63}/i.exec(start)?.[0].concat(">") ?? start.replace(/^<\?.*?\?>/s, "").trim();
  const title = /<title[^<>]*>([^<]*)/i.exec(start)?.[1]?.trim();
  const text = title || start
    .replace(/<(?:style|script)\b[\s\S]*?(?:<\/(?:style|script)>|$)/gi, " ")
    .replace(/<[^<>]*(?:>|$)/g, " ");
  return text.replace(/\s+/g, " ").trim();
}

const MAX_LENGTH = 8_192;

/** The first of these that is there: services use one or several. */
const MESSAGE_NAMES = ["message", "error_description", "detail", "error", "title"];

function messageOf(json: string): string | undefined {
  for (const name of MESSAGE_NAMES) {
    const found = new RegExp(`"${name}"\\s*:\\s*("(?:[^"\\\\]|\\\\.)*")`, "i").exec(json)?.[1];
    try {
      if (found !== undefined) return String(JSON.parse(found));
    } catch {
      // Not JSON.
    }
  }
  return undefined;
}
