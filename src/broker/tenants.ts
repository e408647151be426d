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

/**
 * Prepares the tenants of a configuration.
 *
 * @throws {ConfigError} If a prefix cannot be put into a session policy.
 */
export function createTenants({ sts, tenants }: CheckedBrokerConfig): Tenant[] {
  const dialect = {
    canListUploads: sts.canListUploads,
    canEscape: sts.endpointUrl === undefined,
    partition: sts.endpointUrl === undefined ? partitionOf(sts.region) : "aws",
  };
  return Object.entries(tenants).map(([name, tenant]: [string, Required<TenantConfig>]) => ({
    name,
    secretHash: fromHex(tenant.secretSha256),
    folder: `s3://${tenant.bucket}/${tenant.prefix}`,
    policy: sessionPolicy({ ...dialect, bucket: tenant.bucket, prefix: tenant.prefix, allow: tenant.allow }),
  }));
}

/** Finds out whose secret it is. How long that takes says nothing of how near a wrong one came: all are compared, to the end. */
export function findTenant(tenants: readonly Tenant[], secret: string): Tenant | undefined {
  const hash = shortSha256(new TextEncoder().encode(secret));
  let found: Tenant | undefined;
  for (const tenant of tenants) {
    let difference = 0;
    for (const [index, byte] of tenant.secretHash.entries()) difference |= byte ^ (hash[index] ?? 0);
    if (difference === 0) found = tenant;
  }
  return found;
}

/** https://docs.aws.amazon.com/general/latest/gr/aws-arns-and-namespaces.html */
function partitionOf(region: string): string {
  if (region.startsWith("cn-")) return "aws-cn";
  return region.startsWith("us-gov-") ? "aws-us-gov" : "aws";
}
