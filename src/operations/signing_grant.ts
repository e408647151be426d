import { CredentialsExpiredError, InvalidArgumentError } from "../errors.ts";
import type { Purpose } from "../s3/failure.ts";
import type { Grant } from "../s3/grant.ts";
import { grantToContinue, type OperationContext } from "./context.ts";

/** What is to be signed, and for how long. */
export interface SigningWish {
  /** `Cannot ${action}`. */
  readonly action: string;
  /** Seconds it should work. */
  readonly expiresInSeconds: number;
  /** The grant of the operation it belongs to: only one for the same folder may sign. */
  readonly begun?: Grant | undefined;
  readonly signal: AbortSignal | undefined;
}

/** With what, when and for how long to sign. */
export interface SigningGrant {
  /** The keys. */
  readonly grant: Grant;
  /** Epoch milliseconds, a whole second. */
  readonly nowMs: number;
  /** As many as were asked for, or as the keys have left. */
  readonly seconds: number;
  /** `seconds` after `nowMs`. */
  readonly expiresAt: Date;
}

/**
 * A grant with at least a second left, and how long it can sign for. One that ends while it is handed out is asked for once more.
 *
 * @throws {CredentialsExpiredError} If there is none.
 */
export async function grantToSignWith(
  context: OperationContext,
  { action, expiresInSeconds, begun, signal }: SigningWish,
): Promise<SigningGrant> {
  for (let attempt = 1; attempt <= 2; attempt++) {
    const newest = await context.grants.get({ signal, lifeMs: expiresInSeconds * 1000 });
    const grant = begun === undefined ? newest : grantToContinue(context, begun, newest);
    // A signature counts in whole seconds, from a time in whole seconds.
    const nowMs = Math.floor(context.clock.now() / 1000) * 1000;
    const seconds = Math.min(expiresInSeconds, Math.floor((grant.expiration - nowMs) / 1000));
    if (seconds >= 1) return { grant, nowMs, seconds, expiresAt: new Date(nowMs + seconds * 1000) };
  }
  throw new CredentialsExpiredError(`Cannot ${action}: the credentials end now`);
}

/** @throws {InvalidArgumentError} If nothing can be signed for that long. */
export function assertExpiresInSeconds(seconds: number, { action, path }: Purpose): void {
  if (Number.isSafeInteger(seconds) && seconds >= 1 && seconds <= MAX_EXPIRES_SECONDS) return;
  throw new InvalidArgumentError(
    `Cannot ${action}: "expiresInSeconds" must be a whole number from 1 to ${MAX_EXPIRES_SECONDS}`,
    path === undefined ? {} : { path },
  );
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-presigned-url.html */
const MAX_EXPIRES_SECONDS = 604_800;
