import { CredentialsError, CredentialsExpiredError } from "../errors.ts";
import type { Grant } from "../s3/grant.ts";
import type { Credentials } from "../types/config.ts";
import type { SignalOptions } from "../types/files.ts";
import { grantToContinue, type OperationContext } from "./operation_context.ts";

/** What to sign for, and for how long. */
export interface SigningRequest {
  /** `Cannot ${action}`. */
  readonly action: string;
  /** How long the signature should be valid. */
  readonly expiresInSeconds: number;
  /** The grant of the operation's earlier steps: only a grant for the same folder may sign. */
  readonly initial?: Grant | undefined;
  readonly signal: AbortSignal | undefined;
}

/** The keys, time and lifetime of a signature. */
export interface SigningGrant {
  readonly grant: Grant;
  /** Epoch milliseconds, a whole second. */
  readonly nowMs: number;
  /** As many as requested, or as the keys have left. */
  readonly expiresInSeconds: number;
  /** `expiresInSeconds` after `nowMs`. */
  readonly expiresAt: Date;
}

/**
 * A grant that is valid for at least another second. Tries twice, as a grant may expire while it is returned.
 *
 * @throws {CredentialsExpiredError} If no grant is valid that long.
 * @throws {CredentialsError} If there are no keys, as the source is anonymous.
 */
export async function grantToSignWith(
  context: OperationContext,
  { action, expiresInSeconds, initial, signal }: SigningRequest,
): Promise<SigningGrant> {
  for (let attempt = 1; attempt <= 2; attempt++) {
    const newest = await context.grants.get({ signal, lifeMs: expiresInSeconds * 1000 });
    const grant = initial === undefined ? newest : grantToContinue(context, initial, newest);
    assertKeys(grant, action);
    // Signatures have a resolution of one second.
    const nowMs = Math.floor(context.clock.now() / 1000) * 1000;
    const seconds = Math.min(expiresInSeconds, Math.floor((grant.expiration - nowMs) / 1000));
    if (seconds < 1) continue;
    return { grant, nowMs, expiresInSeconds: seconds, expiresAt: new Date(nowMs + seconds * 1000) };
  }
  throw new CredentialsExpiredError(`Cannot ${action}: the credentials expire within a second`);
}

/** @throws {CredentialsError} If the grant has no keys. */
export function assertKeys({ isAnonymous }: Grant, action: string): void {
  if (!isAnonymous) return;
  const advice = "configure keys, a broker or `credentials` instead";
  throw new CredentialsError(`Cannot ${action}: the source is anonymous and has no keys; ${advice}`, {
    code: "Anonymous",
  });
}

/** The keys themselves, for other clients. */
export async function credentials(
  context: OperationContext,
  { signal }: SignalOptions = {},
): Promise<Credentials & { expiration?: Date }> {
  const grant = await context.grants.get({ signal });
  assertKeys(grant, "return credentials");
  const { credentials, expiration } = grant;
  return { ...credentials, ...Number.isFinite(expiration) && { expiration: new Date(expiration) } };
}
