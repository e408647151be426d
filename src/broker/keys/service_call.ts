import { S3SourceError, ServiceError, TimeoutError } from "../../errors.ts";
import { sleep, withTimeLimit } from "../../async/abort.ts";
import type { Exchange } from "../../s3/exchange.ts";
import { withPurpose } from "../../s3/purpose.ts";
import { isTransient } from "../../s3/retry.ts";
import type { BrokerObserver, SessionKeys } from "../types.ts";

/** What calls to STS and R2's API need. */
export interface ServiceDeps {
  /** Sends requests. */
  readonly fetch: typeof fetch;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Hears of each request, and of what the operator should know. */
  readonly observer: BrokerObserver;
}

/** A call that is running. */
export interface ServiceCall {
  /** Aborts when the time is up. */
  readonly signal: AbortSignal;
  /** Sends a request, and sends it again once after a transient failure, unless the service throttles it. */
  attempt(send: () => Promise<SessionKeys>): Promise<SessionKeys>;
}

/** Calls a service for keys within {@link LONGEST_CALL_MS}. */
export async function callForKeys(
  service: string,
  { now, observer }: ServiceDeps,
  work: (call: ServiceCall) => Promise<SessionKeys>,
): Promise<SessionKeys> {
  async function observed(send: () => Promise<SessionKeys>): Promise<SessionKeys> {
    const startedMs = now();
    let result: "ok" | "failed" = "failed";
    try {
      const keys = await send();
      result = "ok";
      return keys;
    } finally {
      observer.onStsRequest({ seconds: Math.max(0, now() - startedMs) / 1000, result });
    }
  }

  const timedOut = () => new TimeoutError(`it did not answer within ${LONGEST_CALL_MS} ms`);
  try {
    return await withTimeLimit(LONGEST_CALL_MS, timedOut, (signal) =>
      work({
        signal,
        async attempt(send) {
          try {
            return await observed(send);
          } catch (error) {
            if (!isTransient(error) || isThrottled(error)) throw error;
            await sleep(Math.random() * MAX_PAUSE_MS, signal);
            return await observed(send);
          }
        },
      }));
  } catch (error) {
    throw withPurpose(error, { action: `get keys from ${service}` });
  }
}

/** Callers give up after 5 s and retry until 10 s; the second request joins the call that is still running. */
export const LONGEST_CALL_MS = 9_000;
const MAX_PAUSE_MS = 200;

/** The whole reply, if it is not too large and no redirect. */
export async function readReply(exchange: Exchange): Promise<string> {
  const bytes = await exchange.bytes(MAX_REPLY_BYTES);
  if (bytes.byteLength > MAX_REPLY_BYTES) throw unusable(`it is larger than ${MAX_REPLY_BYTES / 1024} KiB`);
  const { status } = exchange;
  // 0 is the status that browsers give to a redirect that is not followed.
  if (status === 0 || (status >= 300 && status < 400)) {
    throw new ServiceError("it redirects, which is not followed", { code: "Redirect" });
  }
  return new TextDecoder().decode(bytes);
}

const MAX_REPLY_BYTES = 64 * 1024;

/** The error for a reply without keys. */
export function unusable(reason: string): ServiceError {
  return new ServiceError(`its response cannot be used: ${reason}`, { code: "InvalidResponse" });
}

/** Whether the service throttles the broker. https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html */
export function isThrottled(error: unknown): boolean {
  return error instanceof S3SourceError &&
    (/^(?:Request)?Throttl|^TooManyRequests|^RequestLimitExceeded|^SlowDown/.test(error.code) ||
      error.status === 429 || error.status === 503);
}
