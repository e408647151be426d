import type { Credentials } from "../types/config.ts";

/** What an operation works with from its first request to its last: keys, and the one folder they are for. Immutable. */
export interface Grant {
  /** Signs requests. */
  readonly credentials: Credentials;
  /** Bucket name. */
  readonly bucket: string;
  /** Empty for the whole bucket, otherwise ends in `/`. */
  readonly prefix: string;
  /** Epoch milliseconds; `Infinity` if the keys do not end. */
  readonly expiration: number;
}

/** Whether two grants are for the same folder, so that an operation begun with one may go on with the other. */
export function hasSameScope(a: Grant, b: Grant): boolean {
  return a.bucket === b.bucket && a.prefix === b.prefix;
}
