import type { CheckedBrokerConfig } from "../options/checked_broker.ts";
import { fromHex, toHex } from "../hash/hash.ts";
import { shortSha256 } from "../hash/short_sha256.ts";
import type { KeyRequest } from "./types.ts";

/** A caller of the broker, and what it may have. */
export interface Tenant {
  /** The operator's name for it. */
  readonly name: string;
  /** SHA-256 of its secret. */
  readonly secretHash: Uint8Array;
  /** The folder its keys are for, as `s3://bucket/prefix/`. */
  readonly folder: string;
  /** The keys for it. */
  readonly request: KeyRequest;
}

/** The tenants of a broker. */
export interface Tenants {
  /**
   * Finds the tenant that a secret belongs to. Its timing reveals nothing about secrets that are nearly right: a caller
   * cannot choose the hash of its guess, and all bytes of the hash are compared.
   */
  find(secret: string): Tenant | undefined;
}

/**
 * Prepares the tenants of a configuration.
 *
 * @param check Throws if there are no keys for what a tenant may have.
 * @throws {ConfigError} That of `check`.
 */
export function createTenants(
  { tenants }: Pick<CheckedBrokerConfig, "tenants">,
  check: (request: KeyRequest) => void,
): Tenants {
  const bySecret = new Map<string, Tenant>();
  for (const { name, secrets, identities: _identities, ...rest } of Object.values(tenants)) {
    const request = { tenant: name, ...rest };
    check(request);
    const folder = `s3://${request.bucket}/${request.prefix}`;
    for (const { sha256 } of secrets) bySecret.set(sha256, { name, secretHash: fromHex(sha256), folder, request });
  }
  return {
    find(secret) {
      const hash = shortSha256(new TextEncoder().encode(secret));
      const tenant = bySecret.get(toHex(hash));
      // Compared in any case, so that a wrong secret takes as long as a right one.
      const isRight = isSameHash(hash, tenant?.secretHash ?? NO_HASH);
      return isRight ? tenant : undefined;
    },
  };
}

const NO_HASH = new Uint8Array(32);

/** Compares two hashes in constant time. */
export function isSameHash(hash: Uint8Array, other: Uint8Array): boolean {
  let difference = hash.byteLength ^ other.byteLength;
  for (const [index, byte] of hash.entries()) difference |= byte ^ (other[index] ?? 0);
  return difference === 0;
}
