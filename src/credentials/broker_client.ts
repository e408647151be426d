import { CredentialsError, S3SourceError, TimeoutError } from "../errors.ts";
import { withTimeLimit } from "../async/abort.ts";
import { readableText } from "../s3/readable_text.ts";
import { type Exchange, openExchange } from "../s3/exchange.ts";
import { isTransient } from "../s3/retry.ts";
import { type Clock, readServerTime } from "../s3/clock.ts";
import { shortSafeText } from "../text/safe_text.ts";
import type { S3SourceEvent } from "../types/events.ts";
import { type BrokerReply, readBrokerReply } from "./broker_reply.ts";
import type { ObtainGrant } from "./grant_cache.ts";

/** How to call a broker. */
export interface BrokerClientOptions {
  /** Already checked: it is safe to send the secret there. */
  readonly url: string;
  /** Sent as the form field `secret`. */
  readonly secret: string;
  /** Why the store cannot have a bucket of a name. */
  readonly bucketProblem?: (name: string) => string | undefined;
  /** Sends the request. */
  readonly fetch: typeof fetch;
  /** Limits the time of both tries; corrected if it turns out to be ahead of the broker's. */
  readonly clock: Clock;
  /** Receives warnings, if anyone listens. */
  readonly emit: ((event: S3SourceEvent) => void) | undefined;
}

/**
 * Calls a credentials broker: one POST, whose reply has the keys, their expiration and their folder. A transient
 * failure is retried once while callers wait; the cache spaces the tries in the background.
 */
export function createBrokerClient(
  { url, secret, bucketProblem, fetch, clock, emit }: BrokerClientOptions,
): ObtainGrant {
  const host = new URL(url).host;
  const request = {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded", accept: "application/json" },
    body: new URLSearchParams({ secret }).toString(),
  };

  async function send(signal: AbortSignal): Promise<BrokerReply> {
    const secrets = [secret, request.body];
    const exchange = await openExchange(url, request, { fetch, headersMs: TRY_MS, idleMs: TRY_MS, signal, secrets });
    const { status } = exchange;
    if (status !== 200) {
      const said = shortSafeText(readableText(new TextDecoder().decode(await errorBody(exchange))), secrets);
      const because = said === "" ? "" : ` (${said})`;
      // 0 is the status that browsers give to a redirect that is not followed.
      throw status === 0 || (status >= 300 && status < 400)
        ? new CredentialsError("it redirects, which is not followed", { code: "BrokerFailed", status })
        : status === 401 || status === 403
        ? new CredentialsError(`it refuses the secret with ${status}; is credentialsUrlSecret correct?${because}`, {
          code: "BrokerRefused",
          status,
        })
        : new CredentialsError(`it answered ${status}${because}`, { code: "BrokerFailed", status });
    }
    const body = await exchange.bytes(MAX_REPLY_BYTES);
    if (body.byteLength > MAX_REPLY_BYTES) {
      throw new CredentialsError(`its reply is larger than ${MAX_REPLY_BYTES / 1024} KiB`, { code: "InvalidReply" });
    }
    const mediaType = exchange.headers.get("content-type");
    const reply = readBrokerReply(new TextDecoder().decode(body), { secret, bucketProblem, mediaType });
    correctClock(exchange.headers, reply.expiration);
    return reply;
  }

  /** If keys have expired when they arrive, but not by the broker's own time, this machine's clock is ahead. */
  function correctClock(headers: Headers, expiration: Date): void {
    const brokerMs = readServerTime(headers);
    if (expiration.getTime() > clock.now() || !(expiration.getTime() > brokerMs)) return;
    const aheadSeconds = Math.round((clock.now() - brokerMs) / 1000);
    clock.adopt(brokerMs);
    const message = `The clock is ${aheadSeconds} s ahead of the broker's, whose time is used from now on`;
    emit?.({ type: "warning", code: "ClockSkew", message });
  }

  async function tryOnce(limitMs: number, signal: AbortSignal): Promise<BrokerReply> {
    const timedOut = () => new TimeoutError(`it did not answer within ${limitMs} ms`);
    return await withTimeLimit(limitMs, timedOut, (limited) => send(AbortSignal.any([limited, signal])));
  }

  return async ({ signal, isUrgent }) => {
    const startedMs = clock.uncorrected();
    try {
      try {
        return await tryOnce(TRY_MS, signal);
      } catch (error) {
        const leftMs = TOTAL_MS - (clock.uncorrected() - startedMs);
        if (!isUrgent || !isTransient(error) || leftMs <= 0) throw error;
        return await tryOnce(Math.min(TRY_MS, leftMs), signal);
      }
    } catch (error) {
      throw toCredentialsError(error, host);
    }
  };
}

const TRY_MS = 5_000;
const TOTAL_MS = 10_000;
const MAX_REPLY_BYTES = 64 * 1024;

/** The body of a failure; nothing of a redirect, or if it does not arrive. */
async function errorBody(exchange: Exchange): Promise<Uint8Array<ArrayBuffer>> {
  if (exchange.status >= 400) return await exchange.document(MAX_REPLY_BYTES).catch(() => new Uint8Array());
  await exchange.cancel();
  return new Uint8Array();
}

function toCredentialsError(error: unknown, host: string): unknown {
  if (!(error instanceof S3SourceError)) return error;
  const isSentence = error.message.startsWith("Cannot ");
  const broker = error.message.includes(host) ? "the broker" : `the broker at ${host}`;
  const message = isSentence ? error.message : `Cannot get credentials from ${broker}: ${error.message}`;
  const { status, cause } = error;
  const code = error instanceof TimeoutError || error.code === "NetworkError" ? "BrokerUnreachable" : error.code;
  return new CredentialsError(message, { code, cause, status });
}
