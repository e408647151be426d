import { CredentialsError, S3SourceError, TimeoutError } from "../errors.ts";
import { type Refusal, unavailable } from "./protocols/protocol.ts";
import { isThrottled } from "./keys/service_call.ts";

/**
 * The refusal of a request for which there are no keys. The service's own message is for the log only.
 *
 * @param service What issues keys: `"STS"` or `"R2"`.
 */
export function noKeys(
  error: unknown,
  { service, retryAfterSeconds }: { readonly service: string; readonly retryAfterSeconds: number },
): Refusal {
  return unavailable(reasonOf(error, service), describe(error), retryAfterSeconds);
}

/** What a log says of an error. */
export function describe(error: unknown): string {
  if (!(error instanceof S3SourceError)) return `Cannot get keys: ${error instanceof Error ? error.name : "failed"}`;
  return error.message;
}

function reasonOf(error: unknown, service: string): string {
  if (error instanceof CredentialsError) return "the broker has no keys of its own";
  if (!(error instanceof S3SourceError)) return "the broker has failed";
  if (isThrottled(error)) return `${service} throttles the broker`;
  if (error instanceof TimeoutError || error.code === "NetworkError") return `${service} does not answer`;
  const { status = 500 } = error;
  return status >= 400 && status < 500 ? `${service} refuses the broker` : `${service} does not work`;
}
