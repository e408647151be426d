import { ServiceError } from "../errors.ts";
import { safeCause } from "../text/safe_text.ts";

/**
 * The error for a connection that failed; names the host and the reason, as far as the runtime tells it.
 *
 * @param error What `fetch` threw. Runtimes put the URL, with its signed query, into message and stack; a custom `fetch`
 * may quote anything.
 * @param secrets Secrets to remove from it.
 */
export function connectionFailure(
  error: unknown,
  host: string,
  secrets: readonly (string | undefined)[],
): ServiceError {
  const cause = safeCause(error, secrets);
  const said = textOf(cause);
  const [, reason] = REASONS.find(([pattern]) => pattern.test(said)) ?? [];
  const failed = reason === undefined ? "the connection failed" : `the connection failed: ${reason}`;
  return new ServiceError(host === "" ? failed : `${failed} (${host})`, { code: "NetworkError", cause });
}

/** Names, codes and messages of an error and its causes. */
function textOf(error: unknown): string {
  if (!(error instanceof Error)) return "";
  const [first] = error instanceof AggregateError ? error.errors : [];
  const code = "code" in error ? error.code : "";
  return [error.name, code, error.message, textOf(first), textOf(error.cause)].join("\n");
}

/** Codes are Node's and Bun's, words are Deno's and those of operating systems. */
const REASONS: readonly (readonly [RegExp, string])[] = [
  [/NotCapable|Requires net access/, "this program may not connect to it; allow it with --allow-net"],
  [/ECONNREFUSED|connection refused|actively refused/i, "connection refused"],
  [/ENOTFOUND|EAI_AGAIN|dns error/i, "name not found"],
  [/certificate|_CERT/i, "certificate not trusted"],
  [/EPROTO|ERR_SSL|InvalidContentType/, "it does not speak TLS"],
  [/ETIMEDOUT|CONNECT_TIMEOUT|timed out/i, "timed out"],
  [/EHOSTUNREACH|ENETUNREACH|no route to host|unreachable/i, "host not reachable"],
  [/HPE_|invalid HTTP version/, "it does not speak HTTP"],
  [/ECONNRESET|EPIPE|UND_ERR_SOCKET|connection (?:was )?(?:closed|reset)|broken pipe/i, "connection closed"],
  [/requests to port|bad port/i, "fetch does not allow this port"],
];
