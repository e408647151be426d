import { fromHex, toHex } from "../../hash/hash.ts";
import type { CheckedBrokerConfig, CheckedIdentity, CheckedTenant } from "../../options/checked_broker.ts";
import { identityFits } from "../identities/identity_match.ts";
import type { KeyRequest, VerifiedToken } from "../types.ts";

/** A tenant, and what it was recognized by. */
export interface KnownTenant {
  /** All that it may have. */
  readonly grant: KeyRequest;
  /** The name of its secret, where secrets have names. */
  readonly secret?: string | undefined;
  /** When the secret ends, in epoch milliseconds. */
  readonly expiresAtMs?: number | undefined;
  /** The name of the identity that the token fits. */
  readonly identity?: string | undefined;
}

/** The tenants of a broker. */
export interface Tenants {
  /** All that each may have. */
  readonly grants: readonly KeyRequest[];
  /**
   * Finds the tenant that a secret belongs to. Its timing reveals nothing about secrets that are nearly right: a caller
   * cannot choose the hash of its guess, and all bytes of the hash are compared.
   *
   * @param hash SHA-256 of the secret.
   */
  bySecret(hash: Uint8Array): KnownTenant | undefined;
  /** Finds the tenants that a token is good for. */
  byToken(token: VerifiedToken): readonly KnownTenant[];
}

/** Prepares the tenants of a configuration. */
export function createTenants({ tenants }: Pick<CheckedBrokerConfig, "tenants">): Tenants {
  const bySecret = new Map<string, KnownTenant & { readonly hash: Uint8Array }>();
  const identities = createIdentityIndex();
  const grants: KeyRequest[] = [];
  for (const tenant of Object.values(tenants)) {
    const grant = grantOf(tenant);
    grants.push(grant);
    for (const { name: secret, sha256, expiresAtMs } of tenant.secrets) {
      bySecret.set(sha256, { grant, secret, expiresAtMs, hash: fromHex(sha256) });
    }
    for (const identity of tenant.identities) identities.add(identity, { grant, identity: identity.name });
  }
  return {
    grants,
    bySecret(hash) {
      const tenant = bySecret.get(toHex(hash));
      // Compared in any case, so that a wrong secret takes as long as a right one.
      const isRight = isSameHash(hash, tenant?.hash ?? NO_HASH);
      return isRight ? tenant : undefined;
    },
    byToken: identities.find,
  };
}

const NO_HASH = new Uint8Array(32);

/** All that a tenant may have. */
export function grantOf({ name, secrets: _, identities: __, ...tenant }: CheckedTenant): KeyRequest {
  return { tenant: name, ...tenant };
}

/** Compares two hashes in constant time. */
export function isSameHash(hash: Uint8Array, other: Uint8Array): boolean {
  let difference = hash.byteLength ^ other.byteLength;
  for (const [index, byte] of hash.entries()) difference |= byte ^ (other[index] ?? 0);
  return difference === 0;
}

interface Candidate {
  readonly identity: CheckedIdentity;
  readonly tenant: KnownTenant;
}

/** Identities by the value of one of their claims, so that a token is not compared with those of 10,000 tenants. */
function createIdentityIndex() {
  const byValue = new Map<string, Candidate[]>();
  const claimsOf = new Map<string, Set<string>>();

  function addTo<Key, Item>(map: Map<Key, Item[]>, key: Key, item: Item): void {
    const items = map.get(key);
    if (items === undefined) map.set(key, [item]);
    else items.push(item);
  }

  return {
    add(identity: CheckedIdentity, tenant: KnownTenant): void {
      const { issuer } = identity;
      const [claim, values] = indexedClaim(identity);
      const known = claimsOf.get(issuer) ?? new Set();
      claimsOf.set(issuer, known.add(claim));
      for (const value of new Set(values)) addTo(byValue, keyOf(issuer, claim, value), { identity, tenant });
    },
    find(token: VerifiedToken): readonly KnownTenant[] {
      const found = new Map<string, KnownTenant>();
      for (const claim of claimsOf.get(token.issuer) ?? []) {
        for (const value of valuesOf(token, claim)) {
          for (const { identity, tenant } of byValue.get(keyOf(token.issuer, claim, value)) ?? []) {
            if (identityFits(identity, token)) found.set(tenant.grant.tenant, tenant);
          }
        }
      }
      return [...found.values()];
    },
  };
}

/** Identities that can only be found by a nested claim stand under this one, which no token has. */
const NO_CLAIM = "";

function indexedClaim({ subjects, claims }: CheckedIdentity): readonly [claim: string, values: readonly string[]] {
  if (subjects !== undefined) return ["sub", subjects];
  return [...claims].find(([claim]) => !claim.startsWith("/")) ?? [NO_CLAIM, [""]];
}

function valuesOf({ claims }: VerifiedToken, claim: string): readonly string[] {
  if (claim === NO_CLAIM) return [""];
  const value = Object.hasOwn(claims, claim) ? claims[claim] : undefined;
  const values: readonly unknown[] = Array.isArray(value) ? value : [value];
  // Objects fit nothing, and not all of them become a text.
  return [...new Set(values.filter((value) => typeof value !== "object").map(String))];
}

function keyOf(...parts: readonly string[]): string {
  return JSON.stringify(parts);
}
