import type { CheckedBrokerConfig, TenantConfig } from "../config/broker_options.ts";
import { fromHex } from "../s3/hash.ts";
import { shortSha256 } from "../s3/short_sha256.ts";
import { sessionPolicy } from "./session_policy.ts";

/** A caller as the broker knows it. */
export interface Tenant {
  /** The operator's name for it. */
  readonly name: string;
  /** SHA-256 of its secret. */
  readonly secretHash: Uint8Array;
  /** Where its keys apply, as `s3://bucket/prefix/`. */
  readonly folder: string;
  /** What its keys are limited to. */
  readonly policy: string;
}

/** The callers a broker knows. */
export interface Tenants {
  /** Whose secret it is. */
  find(secret: string): Tenant | undefined;
}

/**
 * Prepares the tenants of a configuration.
 *
 * @throws {ConfigError} If a prefix cannot be put into a session policy.
 */
export function createTenants({ sts, tenants }: CheckedBrokerConfig): Tenants {
  const dialect = {
    canListUploads: sts.canListUploads,
    canEscape: sts.endpointUrl === undefined,
    partition: sts.endpointUrl === undefined ? partitionOf(sts.region) : "aws",
  };
  const byStart = new Map<string, Tenant[]>();
  for (const [name, tenant] of Object.entries<Required<TenantConfig>>(tenants)) {
    const secretHash = fromHex(tenant.secretSha256);
    const start = startOf(secretHash);
    const { bucket, prefix, allow } = tenant;
    const policy = sessionPolicy({ ...dialect, bucket, prefix, allow });
    byStart.set(start, [...byStart.get(start) ?? [], { name, secretHash, folder: `s3://${bucket}/${prefix}`, policy }]);
  }
  return {
    find(secret) {
      const hash = shortSha256(new TextEncoder().encode(secret));
      return byStart.get(startOf(hash))?.find(({ secretHash }) => isSame(secretHash, hash));
    },
  };
}

/**
 * The bytes of a hash that tenants are looked up by, so that ten thousand cost no more than ten. How long that takes tells something of these
 * bytes at most, of which the hash has 28 others; and who sends a secret cannot choose its hash.
 */
function startOf(hash: Uint8Array): string {
  return String.fromCharCode(...hash.subarray(0, 4));
}

/** Compares to the end: how long it takes says nothing of how near a wrong one came. */
function isSame(a: Uint8Array, b: Uint8Array): boolean {
  let difference = a.byteLength ^ b.byteLength;
  for (const [index, byte] of a.entries()) difference |= byte ^ (b[index] ?? 0);
  return difference === 0;
}

/** https://docs.aws.amazon.com/general/latest/gr/aws-arns-and-namespaces.html */
function partitionOf(region: string): string {
  if (region.startsWith("cn-")) return "aws-cn";
  return region.startsWith("us-gov-") ? "aws-us-gov" : "aws";
}
