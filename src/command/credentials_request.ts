import { withTimeLimit } from "../async/abort.ts";
import { type BrokerReply, readBrokerReply } from "../credentials/broker_reply.ts";
import { CredentialsError, S3SourceError, TimeoutError } from "../errors.ts";
import { isMapping } from "../options/mapping.ts";
import { openExchange } from "../s3/exchange.ts";
import { isTransient } from "../s3/retry.ts";
import { shortSafeText } from "../text/safe_text.ts";

/**
 * Asks a broker's `GET /credentials`, with 5 s for an answer, and once more after a transient failure.
 *
 * @param secret A secret or a JWT.
 * @throws {CredentialsError} In one sentence, with the broker's own reason if it gives one.
 */
export async function askBroker(url: URL, secret: string): Promise<BrokerReply> {
  const tryOnce = () => withTimeLimit(TRY_MS, timedOut, (signal) => send(url, secret, signal));
  try {
    try {
      return await tryOnce();
    } catch (error) {
      // With 429, another request would only prolong the wait.
      if (!isTransient(error) || error.status === 429) throw error;
      return await tryOnce();
    }
  } catch (error) {
    if (!(error instanceof S3SourceError)) throw error;
    const { code, status, message } = error;
    if (message.startsWith("Cannot use ")) throw error;
    const from = message.includes(url.host) ? "the broker" : `the broker at ${url.host}`;
    throw new CredentialsError(`Cannot get credentials from ${from}: ${message}`, { code, status });
  }
}

const TRY_MS = 5_000;
const MAX_REPLY_BYTES = 64 * 1024;

const timedOut = () => new TimeoutError(`it did not answer within ${TRY_MS / 1_000} s`);

async function send(url: URL, secret: string, signal: AbortSignal): Promise<BrokerReply> {
  const request = { method: "GET", headers: { authorization: `Bearer ${secret}`, accept: "application/json" } };
  const limits = { headersMs: TRY_MS, idleMs: TRY_MS };
  const exchange = await openExchange(url.href, request, { fetch, ...limits, signal, secrets: [secret] });
  const { status } = exchange;
  if (status >= 300 && status < 400) {
    await exchange.cancel();
    throw new CredentialsError("it redirects, which is not followed", { code: "BrokerFailed", status });
  }
  const body = await exchange.bytes(MAX_REPLY_BYTES);
  const text = body.byteLength > MAX_REPLY_BYTES ? "" : new TextDecoder().decode(body);
  if (status === 200) return readBrokerReply(text, { secret });
  const code = status === 401 || status === 403 ? "BrokerRefused" : "BrokerFailed";
  throw new CredentialsError(reasonIn(text, secret) ?? `it answered ${status}`, { code, status });
}

/** What the broker says itself. */
function reasonIn(text: string, secret: string): string | undefined {
  try {
    const reply: unknown = JSON.parse(text);
    if (!isMapping(reply) || typeof reply["message"] !== "string") return undefined;
    return shortSafeText(reply["message"], [secret]) || undefined;
  } catch {
    return undefined;
  }
}
