import { BrokerError, S3SourceError, TimeoutError } from "../errors.ts";
import { withTimeLimit } from "../async/abort.ts";
import { openExchange } from "../s3/exchange.ts";
import { isTransient } from "../s3/retry.ts";
import { type Clock, readServerTime } from "../s3/clock.ts";
import type { ProvidedGrant } from "../types/config.ts";
import type { S3SourceEvent } from "../types/events.ts";
import { readBrokerReply } from "./broker_reply.ts";
import type { ObtainGrant } from "./grant_cache.ts";

/** How a broker is asked. */
export interface BrokerClientOptions {
  /** Already checked to be safe for the secret. */
  readonly url: string;
  /** Sent as the form field `secret`. */
  readonly secret: string;
  /** Sends the request. */
  readonly fetch: typeof fetch;
  /** Time for the limit over both tries; corrected if the broker shows it to be wrong. */
  readonly clock: Clock;
  /** Receives what happens; absent if nobody wants to know. */
  readonly emit: ((event: S3SourceEvent) => void) | undefined;
}

/**
 * Asks a credentials broker: one POST, whose reply says which keys, until when and for which folder. While callers wait, a
 * transient failure is tried once more; in the background the cache spaces the tries.
 */
export function createBrokerClient({ url, secret, fetch, clock, emit }: BrokerClientOptions): ObtainGrant {
  const host = new URL(url).host;
  const request = {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded", accept: "application/json" },
    body: new URLSearchParams({ secret }).toString(),
  };

  async function ask(signal: AbortSignal): Promise<ProvidedGrant> {
    const exchange = await openExchange(url, request, {
      fetch,
      headersMs: TRY_MS,
      idleMs: TRY_MS,
      signal,
      secrets: [secret, request.body],
    });
    const { status } = exchange;
    if (status !== 200) {
      await exchange.cancel();
      // 0 is how browsers show a redirect that is not followed.
      const isRedirect = status === 0 || (status >= 300 && status < 400);
      throw new BrokerError(isRedirect ? "it redirects, which is not followed" : `it answered ${status}`, {
        code: isRedirect ? "BrokerRedirect" : "BrokerStatus",
        status,
      });
    }
    const body = await exchange.bytes(MAX_REPLY_BYTES);
    if (body.byteLength > MAX_REPLY_BYTES) {
      throw new BrokerError(`its reply is larger than ${MAX_REPLY_BYTES / 1024} KiB`, { code: "InvalidReply" });
    }
    const reply = readBrokerReply(new TextDecoder().decode(body), secret);
    correctClock(exchange.headers, reply.expiration);
    return reply;
  }

  /** If keys are over when they come, but not by the broker's own time, the machine's clock is ahead. */
  function correctClock(headers: Headers, expiration: Date): void {
    const brokerMs = readServerTime(headers);
    if (expiration.getTime() > clock.now() || !(expiration.getTime() > brokerMs)) return;
    const message = `The clock is ahead by ${Math.round((clock.now() - brokerMs) / 1000)} s; the broker's time is used`;
    clock.adopt(brokerMs);
    emit?.({ type: "warning", code: "ClockSkew", message });
  }

  async function tryOnce(limitMs: number, signal: AbortSignal): Promise<ProvidedGrant> {
    const timedOut = () => new TimeoutError(`it did not answer within ${limitMs} ms`);
    return await withTimeLimit(limitMs, timedOut, (limited) => ask(AbortSignal.any([limited, signal])));
  }

  return async ({ signal, isUrgent }) => {
    const startedMs = clock.uncorrected();
    try {
      try {
        return await tryOnce(TRY_MS, signal);
      } catch (error) {
        const leftMs = TOTAL_MS - (clock.uncorrected() - startedMs);
        if (!isUrgent || !isTransient(error) || leftMs <= 0 || signal.aborted) throw error;
        return await tryOnce(Math.min(TRY_MS, leftMs), signal);
      }
    } catch (error) {
      throw toBrokerError(error, host);
    }
  };
}

const TRY_MS = 5_000;
const TOTAL_MS = 10_000;
const MAX_REPLY_BYTES = 64 * 1024;

function toBrokerError(error: unknown, host: string): unknown {
  if (!(error instanceof S3SourceError)) return error;
  const isSentence = error.message.startsWith("Cannot ");
  const message = isSentence ? error.message : `Cannot get credentials from the broker at ${host}: ${error.message}`;
  const { code, status, cause } = error;
  return new BrokerError(message, { code, cause, ...status !== undefined && { status } });
}
