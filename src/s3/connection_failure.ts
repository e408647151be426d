import { ServiceError } from "../errors.ts";
import { safeCause, shortSafeText } from "../text/safe_text.ts";

/**
 * The error for a connection that failed; names host and port, and the reason, as far as the runtime says it.
 *
 * @param error What `fetch` threw. Runtimes put the URL, with its signed query, into message and stack; a custom
 * `fetch` may quote anything.
 * @param address Host and port; may be empty.
 * @param secrets Secrets to remove from it.
 */
export function connectionFailure(
  error: unknown,
  address: string,
  secrets: readonly (string | undefined)[],
): ServiceError {
  const cause = safeCause(error, secrets);
  const reason = connectionReason(cause, address);
  const failed = reason === undefined ? "the connection failed" : `the connection failed: ${reason}`;
  return new ServiceError(address === "" ? failed : `${failed} (${address})`, { code: "NetworkError", cause });
}

/**
 * Why a connection failed, in a few words; `undefined` if nothing says so.
 *
 * @param error Without secrets.
 */
export function connectionReason(error: Error, address: string): string | undefined {
  return reasonOf(textOf(error), address) ?? wordsOf(error);
}

function reasonOf(said: string, address: string): string | undefined {
  const hostname = address.replace(/:\d+$/, "");
  // Without the host's name, which may have words such as "expired"; but a name such as "dns" stays in a sentence.
  const sentences = said.replace(/\b[a-z]+:\/\/\S+/gi, "");
  const text = hostname.includes(".") ? sentences.replaceAll(hostname, "") : sentences;
  return REASONS.find(([pattern]) => pattern.test(text))?.[1];
}

/** The message of the innermost cause. */
function wordsOf({ message, cause }: Error): string | undefined {
  if (cause instanceof Error) return wordsOf(cause);
  const words = shortSafeText(message.replace(/^error sending request (?:.*\): |.*$)/s, ""), [], 100);
  return words === "" || /^fetch failed$/i.test(words) ? undefined : words;
}

/** Names, codes and messages of an error and its causes. */
function textOf(error: unknown): string {
  if (!(error instanceof Error)) return "";
  const [first] = error instanceof AggregateError ? error.errors : [];
  const code = "code" in error ? error.code : "";
  return [error.name, code, error.message, textOf(first), textOf(error.cause)].join("\n");
}

/**
 * The first that fits. Codes are Node's and Bun's, words are Deno's and those of operating systems; each was seen in
 * one of these runtimes. Bun uses `ECONNRESET` for all that ends a connection, and 1.3 "Unable to connect" for all that
 * prevents one.
 */
const REASONS: readonly (readonly [RegExp, string])[] = [
  [/NotCapable|Requires net access/, "this program may not connect to it; allow it with --allow-net"],
  [/requests to port|bad port/i, "fetch does not allow this port"],
  [/ECONNREFUSED|connection refused|actively refused/i, "connection refused"],
  [/ENOTFOUND|EAI_AGAIN|EAI_NODATA|dns error/i, "name not found"],
  [/EHOSTUNREACH|no route to host/i, "host unreachable"],
  [/ENETUNREACH|network is unreachable|unreachable network/i, "network unreachable"],
  [/ETIMEDOUT|CONNECT_TIMEOUT|timed out/i, "timed out"],
  [/EMFILE|ENFILE|too many open files/i, "too many open files"],
  [/ALTNAME_INVALID|not valid for name|HOSTNAME_MISMATCH/i, "certificate for another name"],
  [/CERT_HAS_EXPIRED|certificate (?:has )?expired/i, "certificate expired"],
  [/NOT_YET_VALID|not valid yet|not yet valid/i, "certificate not valid yet; is this machine's clock right?"],
  [/alert: CertificateRequired|CERTIFICATE_REQUIRED/i, "it asks for a client certificate"],
  [/protocol[ _]?version/i, "it does not speak TLS 1.2 or later"],
  [/unknown certificate verification|EPROTO/i, "the TLS handshake failed; does it speak TLS?"],
  [/certificate|_CERT/i, "certificate not trusted"],
  [/ERR_SSL|InvalidContentType/, "it does not speak TLS"],
  [/HPE_|invalid HTTP version|Malformed_HTTP|unexpected message from connection/, "it does not speak HTTP"],
  [/Z_DATA_ERROR|ZlibError|gzip|deflate|brotli/i, "the body is not in its Content-Encoding"],
  [/UND_ERR_SOCKET|other side closed|EPIPE|broken pipe/i, "connection closed"],
  [/connection (?:was )?closed|disconnected|channel closed|handshake eof/i, "connection closed"],
  [/reading a body from connection/, "connection closed"],
  [/ECONNRESET|ECONNABORTED|connection (?:was )?reset/i, "connection reset"],
  [/Unable to connect/, "no connection; are name and port correct?"],
  [/^Network connection lost/m, "connection refused or closed"],
  [
    /^internal error; reference/m,
    "the runtime hides the reason; the name may not exist, or its certificate not be trusted",
  ],
  // Chromium, Firefox and Safari.
  [
    /^(?:Failed to fetch|NetworkError when attempting|Load failed)/m,
    "browsers hide the reason; it may be unreachable, its certificate not trusted, or its CORS rules may not allow " +
    "this page",
  ],
];
