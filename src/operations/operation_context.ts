import type { GrantCache } from "../credentials/grant_cache.ts";
import { S3SourceError, ScopeChangedError } from "../errors.ts";
import type { S3Client } from "../s3/client.ts";
import type { Clock } from "../s3/clock.ts";
import { rejectsCredentials } from "../s3/rejected_keys.ts";
import { type Grant, hasSameScope } from "../s3/grant.ts";
import type { ResolvedOptions } from "../options/source_options.ts";
import { toKey } from "../s3/keys.ts";
import type { LearnedTraits } from "../s3/learned_traits.ts";
import type { RetryPolicy } from "../s3/retry.ts";
import type { Store } from "../s3/store.ts";
import type { PartRules } from "./part_plan.ts";
import { escapeControls } from "../text/controls.ts";
import type { S3SourceEvent } from "../types/events.ts";

/** What every operation works with. */
export interface OperationContext {
  /** The store's addresses. */
  readonly store: Store;
  /** Sends requests. */
  readonly client: S3Client;
  /** The source of grants. */
  readonly grants: GrantCache;
  /** The source's folder below the grant's prefix; empty, or ends in `/`. */
  readonly scope: string;
  /** How files are uploaded. */
  readonly upload: ResolvedOptions["upload"];
  /** How large files are read. */
  readonly download: ResolvedOptions["download"];
  /** How the store differs from AWS, as far as is known. */
  readonly traits: LearnedTraits;
  /** When to retry. */
  readonly retry: RetryPolicy;
  /** Time as the store sees it. */
  readonly clock: Clock;
  /** Passes events to the caller, if the caller wants them. */
  readonly emit: ((event: S3SourceEvent) => void) | undefined;
}

/**
 * Runs a whole operation with one grant. If the store rejects the keys, runs it once more with newer ones, which may be
 * for another folder; the operation must be repeatable.
 */
export async function withGrant<T>(
  context: OperationContext,
  operate: (grant: Grant) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const grant = await context.grants.get({ signal });
  try {
    return await operate(grant);
  } catch (error) {
    return await operate(await renewAfter(error, context.grants, grant, signal));
  }
}

/**
 * Runs one step of a longer operation with the newest grant if that is for the same folder, otherwise with the initial
 * grant until that expires.
 *
 * @throws {ScopeChangedError} If only a grant for another folder is left.
 */
export async function continueWithGrant<T>(
  context: OperationContext,
  initial: Grant,
  operate: (grant: Grant) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const grant = grantToContinue(context, initial, await context.grants.get({ signal }));
  try {
    return await operate(grant);
  } catch (error) {
    const newer = await renewAfter(error, context.grants, grant, signal);
    if (hasSameScope(newer, initial)) return await operate(newer);
    throw scopeChanged();
  }
}

/**
 * The newest grant if it is for the same folder, otherwise the initial one.
 *
 * @throws {ScopeChangedError} If that has expired.
 */
export function grantToContinue({ clock }: OperationContext, initial: Grant, newest: Grant): Grant {
  if (hasSameScope(newest, initial)) return newest;
  if (clock.now() < initial.expiration) return initial;
  throw scopeChanged();
}

/** A newer grant than the one with which an operation failed, if its keys are why; otherwise throws the error. */
async function renewAfter(
  error: unknown,
  grants: GrantCache,
  rejected: Grant,
  signal: AbortSignal | undefined,
): Promise<Grant> {
  if (!(error instanceof S3SourceError && rejectsCredentials(error))) throw error;
  const newer = await grants.renew(rejected, signal);
  if (newer === undefined) throw error;
  return newer;
}

/** The prefix of all keys of the source. */
export function prefixOf(context: OperationContext, grant: Grant): string {
  return grant.prefix + context.scope;
}

/** The key of a path. */
export function keyOf(context: OperationContext, grant: Grant, path: string): string {
  return toKey(prefixOf(context, grant), path);
}

/** How a body of unknown or known size is cut into parts. */
export function partDefaults({ upload, traits }: OperationContext): PartRules {
  return { partSizeBytes: upload.partSizeBytes, equalParts: traits.equalParts, maxParts: traits.maxParts };
}

/** Whether uploads are sent with a checksum header. */
export function sendsChecksums({ traits }: OperationContext): boolean {
  return traits.known.checksums !== "none";
}

/** A beginning of paths for messages that begin with `Cannot list`. */
export function quotePrefix(prefix: string): string {
  return prefix === "" ? "the source" : quote(prefix);
}

/** A path for messages. */
export function quote(path: string): string {
  return escapeControls(JSON.stringify(path));
}

function scopeChanged(): ScopeChangedError {
  return new ScopeChangedError(
    "Cannot continue: the credentials have moved to another bucket or prefix since the operation began",
  );
}
