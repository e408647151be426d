import type { Credentials } from "../types/config.ts";

/**
 * Credentials and the folder they are for. Immutable: an operation uses one grant from its first request to its last.
 */
export interface Grant {
  /** Signs requests. */
  readonly credentials: Credentials;
  /** Bucket name. */
  readonly bucket: string;
  /** Empty for the whole bucket, otherwise ends in `/`. */
  readonly prefix: string;
  /** Epoch milliseconds; `Infinity` if the credentials do not expire. */
  readonly expiration: number;
  /** The credentials are empty, and nothing is signed. */
  readonly isAnonymous?: true;
}

/** Whether an operation that began with one grant may continue with the other: both are for the same folder. */
export function hasSameScope(a: Grant, b: Grant): boolean {
  return a.bucket === b.bucket && a.prefix === b.prefix;
}
