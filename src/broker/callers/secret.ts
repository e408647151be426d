import { toBase64Url } from "../../hash/base64url.ts";
import { shortSha256Hex } from "../../hash/short_sha256.ts";

/** A tenant's secret. */
export interface BrokerSecret {
  /** For the tenant alone: 256 random bits in base64url. */
  readonly secret: string;
  /** For the broker's configuration: the secret's SHA-256 in hexadecimal. */
  readonly sha256: string;
}

/**
 * Makes a new random secret.
 *
 * @example
 * ```ts
 * import { assertMatch } from "@std/assert";
 * import { createSecret } from "@files/s3-source/broker";
 *
 * const { secret, sha256 } = await createSecret();
 * assertMatch(secret, /^[\w-]{43}$/);
 * assertMatch(sha256, /^[0-9a-f]{64}$/);
 * ```
 */
export function createSecret(): Promise<BrokerSecret> {
  const secret = toBase64Url(crypto.getRandomValues(new Uint8Array(32)));
  return Promise.resolve({ secret, sha256: shortSha256Hex(secret) });
}
