import { type AddressRange, parseAddressRange } from "./address_range.ts";
import type {
  BrokerConfig,
  IdentityConfig,
  IssuerConfig,
  Permission,
  R2Config,
  SecretConfig,
  StsConfig,
  TenantConfig,
} from "./broker_options.ts";
import { findBrokerProblems } from "./broker_problems.ts";
import {
  BROKER_CONFIG,
  type IDENTITY_OPTIONS,
  type ISSUER_OPTIONS,
  PERMISSIONS,
  type R2_OPTIONS,
  type SECRET_OPTIONS,
  type STS_OPTIONS,
  type TENANT_OPTIONS,
} from "./broker_tables.ts";
import { r2EndpointUrl } from "./broker_values.ts";
import { assertNoProblems, membersOf, type Problem, readTree, type Tree } from "./option_tree.ts";
import { isGroup } from "./checks.ts";
import { kindOf, recordOf } from "./mapping.ts";
import { ConfigError } from "../errors.ts";
import { toPrefix } from "../s3/keys.ts";

/** A {@link BrokerConfig} that has been checked: one spelling, defaults filled in, lists and times in one form. */
export interface CheckedBrokerConfig {
  /** Exactly one of this and `r2` is there. */
  readonly sts?: Tree<StsConfig, typeof STS_OPTIONS> | undefined;
  readonly r2?: Tree<R2Config, typeof R2_OPTIONS> | undefined;
  /** The store that keys are for; without `endpointUrl` it is AWS. */
  readonly s3: { readonly endpointUrl?: string | undefined; readonly region: string };
  /** Without a prototype. */
  readonly issuers: Readonly<Record<string, Tree<IssuerConfig, typeof ISSUER_OPTIONS>>>;
  /** Without a prototype. */
  readonly tenants: Readonly<Record<string, CheckedTenant>>;
  /** Absent: everyone's `addressHeader` is believed. */
  readonly trustedProxies?: readonly AddressRange[] | undefined;
  /** In lower case. */
  readonly addressHeader?: string | undefined;
  readonly maxFailuresPerMinute: number;
  readonly metricsFrom: readonly AddressRange[];
}

/** A {@link TenantConfig} that has been checked, with the defaults of `sts` or `r2`. */
export interface CheckedTenant {
  /** The operator's name for it. */
  readonly name: string;
  readonly bucket: string;
  /** Ends in `/`; empty for the whole bucket and only then. */
  readonly prefix: string;
  /** In the order of {@link Permission}. */
  readonly allow: readonly Permission[];
  /** With that of `secretSha256`, which has no name. */
  readonly secrets: readonly CheckedSecret[];
  readonly identities: readonly CheckedIdentity[];
  readonly roleArn?: string | undefined;
  readonly externalId?: string | undefined;
  /** Absent: 3,600, or less where the role allows no more. */
  readonly durationSeconds?: number | undefined;
  /** Absent if there are none. */
  readonly sessionTags?: Readonly<Record<string, string>> | undefined;
  /** Absent if there are none. */
  readonly kmsKeyArns?: readonly string[] | undefined;
}

/** A secret that makes someone a tenant. */
export interface CheckedSecret {
  /** Absent for `secretSha256`. */
  readonly name?: string | undefined;
  /** In lower case. */
  readonly sha256: string;
  /** From when on it is refused; absent: never. */
  readonly expiresAtMs?: number | undefined;
}

/** The tokens that make someone a tenant: everything that is given has to fit, and of a list one. */
export interface CheckedIdentity {
  readonly name: string;
  /** The issuer's name. */
  readonly issuer: string;
  /** Absent: any. */
  readonly subjects?: readonly string[] | undefined;
  /** Absent: any of the issuer's. */
  readonly audience?: string | undefined;
  /** By name or JSON pointer. */
  readonly claims: ReadonlyMap<string, readonly string[]>;
}

/**
 * Checks a broker's configuration, without any I/O.
 *
 * @param how `needsTenants`: whether a configuration without a tenant is refused. Default `true`.
 * @throws {ConfigError} With a line for each mistake, naming the tenant and the option that cannot be used and, for an
 * unknown one, a similar name.
 */
export function checkBrokerConfig(config: object, { needsTenants = true } = {}): CheckedBrokerConfig {
  if (!isGroup(config)) {
    throw new ConfigError(`Cannot read the options: the options are not an object, but ${kindOf(config)}`);
  }
  const problems: Problem[] = [];
  const broker = readTree<BrokerConfig, typeof BROKER_CONFIG>(config, BROKER_CONFIG, { path: ["broker"], problems });
  findBrokerProblems(broker, { problems, needsTenants });
  assertNoProblems(problems);
  const { sts, r2, s3, addressHeader, trustedProxies, maxFailuresPerMinute, metricsFrom } = broker;
  const storeUrl = r2 === undefined ? sts?.endpointUrl : r2EndpointUrl(r2);
  return {
    sts,
    r2,
    s3: { endpointUrl: s3?.endpointUrl ?? storeUrl, region: s3?.region ?? sts?.region ?? "auto" },
    issuers: recordOf(membersOf(broker.issuers)),
    tenants: recordOf(
      membersOf(broker.tenants).map(([name, tenant]) => [name, toTenant(name, tenant, { ...r2, ...sts })]),
    ),
    trustedProxies: trustedProxies?.flatMap(rangesOf),
    addressHeader: addressHeader?.toLowerCase(),
    maxFailuresPerMinute,
    metricsFrom: metricsFrom.flatMap(rangesOf),
  };
}

function rangesOf(text: string): readonly AddressRange[] {
  return [parseAddressRange(text)].flatMap((range) => range ?? []);
}

function toTenant(
  name: string,
  tenant: Tree<TenantConfig, typeof TENANT_OPTIONS>,
  defaults: Partial<Pick<StsConfig, "roleArn" | "externalId" | "durationSeconds">>,
): CheckedTenant {
  const { bucket, prefix = "", allow, secretSha256, sessionTags, kmsKeyArn } = tenant;
  return {
    name,
    bucket,
    prefix: toPrefix(prefix),
    allow: PERMISSIONS.filter((permission) => allow.includes(permission)),
    secrets: [
      ...secretSha256 === undefined ? [] : [{ sha256: secretSha256.toLowerCase() }],
      ...membersOf(tenant.secrets).map(([name, secret]) => toSecret(name, secret)),
    ],
    identities: membersOf(tenant.identities).map(([name, identity]) => toIdentity(name, identity)),
    roleArn: tenant.roleArn ?? defaults.roleArn,
    externalId: tenant.externalId ?? defaults.externalId,
    durationSeconds: tenant.durationSeconds ?? defaults.durationSeconds,
    sessionTags,
    kmsKeyArns: kmsKeyArn === undefined ? undefined : textsOf(kmsKeyArn),
  };
}

function toSecret(name: string, { sha256, expiresAt }: Tree<SecretConfig, typeof SECRET_OPTIONS>): CheckedSecret {
  const expiresAtMs = expiresAt === undefined ? undefined : new Date(expiresAt).getTime();
  return { name, sha256: sha256.toLowerCase(), expiresAtMs };
}

function toIdentity(name: string, identity: Tree<IdentityConfig, typeof IDENTITY_OPTIONS>): CheckedIdentity {
  const { issuer, subject, audience, claims = {} } = identity;
  return {
    name,
    issuer,
    subjects: subject === undefined ? undefined : textsOf(subject),
    audience,
    claims: new Map(Object.entries(claims).map(([claim, values]) => [claim, textsOf(values)])),
  };
}

/** A text, or the texts of a list. */
function textsOf(value: string | readonly string[]): readonly string[] {
  return typeof value === "string" ? [value] : value;
}
