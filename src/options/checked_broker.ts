import { ConfigError } from "../errors.ts";
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
import {
  BROKER_CONFIG,
  IDENTITY_OPTIONS,
  ISSUER_OPTIONS,
  PERMISSIONS,
  R2_OPTIONS,
  SECRET_OPTIONS,
  STORE_OPTIONS,
  STS_OPTIONS,
  TENANT_OPTIONS,
} from "./broker_tables.ts";
import { isGroup } from "./checks.ts";
import { optionRefusal, type OptionTable, type ReadOptions, readOptions, within } from "./option_table.ts";
import { toPrefix } from "../s3/keys.ts";

/** A {@link BrokerConfig} that has been checked: one spelling, defaults filled in, lists and times in one form. */
export interface CheckedBrokerConfig {
  /** Exactly one of this and `r2` is there. */
  readonly sts?: ReadOptions<StsConfig, typeof STS_OPTIONS> | undefined;
  readonly r2?: ReadOptions<R2Config, typeof R2_OPTIONS> | undefined;
  /** The store that keys are for; without `endpointUrl` it is AWS. */
  readonly s3: { readonly endpointUrl?: string | undefined; readonly region: string };
  /** Without a prototype. */
  readonly issuers: Readonly<Record<string, IssuerConfig>>;
  /** Without a prototype. */
  readonly tenants: Readonly<Record<string, CheckedTenant>>;
  /** Absent: `addressHeader` is believed whoever sends it. */
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
 * @throws {ConfigError} Naming the tenant and the option that cannot be used and, for an unknown one, a similar name.
 */
export function checkBrokerConfig(config: object): CheckedBrokerConfig {
  const broker = readGroup<BrokerConfig, typeof BROKER_CONFIG>(config, BROKER_CONFIG);
  const { addressHeader, trustedProxies, maxFailuresPerMinute, metricsFrom } = broker;
  const sts = broker.sts === undefined ? undefined : within('"broker.sts"', () => checkSts(broker.sts));
  const r2 = broker.r2 === undefined
    ? undefined
    : within('"broker.r2"', () => readGroup<R2Config, typeof R2_OPTIONS>(mapping(broker.r2), R2_OPTIONS));
  if ((sts === undefined) === (r2 === undefined)) {
    throw new ConfigError('Cannot use "broker": it needs exactly one of "sts" and "r2"');
  }
  const s3 = broker.s3 === undefined
    ? undefined
    : within('"broker.s3"', () => readGroup(mapping(broker.s3), STORE_OPTIONS));
  const issuers = byName(broker.issuers ?? {}, "issuers", (_, issuer) => {
    return readGroup<IssuerConfig, typeof ISSUER_OPTIONS>(issuer, ISSUER_OPTIONS);
  });
  const tenants = byName(broker.tenants, "tenants", (name, tenant) => {
    return checkTenant(name, tenant, { durationSeconds: r2?.durationSeconds, ...sts });
  });
  if (Object.keys(tenants).length === 0) throw new ConfigError("Cannot run the broker: it has no tenant");
  assertApart(Object.values(tenants), { ignoresCase: sts?.endpointUrl !== undefined });
  return {
    sts,
    r2,
    s3: { region: r2 ? "auto" : sts?.region ?? "us-east-1", endpointUrl: sts?.endpointUrl, ...s3 },
    issuers,
    tenants,
    trustedProxies: trustedProxies && ranges(trustedProxies),
    addressHeader: addressHeader?.toLowerCase(),
    maxFailuresPerMinute,
    metricsFrom: ranges(metricsFrom),
  };
}

function readGroup<Options extends object, Table extends OptionTable<Options>>(
  given: object,
  table: Table,
): ReadOptions<Options, Table> {
  return readOptions<Options, Table>(given, table, { yamlOptions: table });
}

function byName<T>(
  given: unknown,
  place: string,
  read: (name: string, value: object) => T,
): Readonly<Record<string, T>> {
  const entries = Object.entries(within(`"broker.${place}"`, () => mapping(given)));
  const members = entries.map(([name, value]) => {
    return [name, within(`"broker.${place}.${name}"`, () => read(name, mapping(value)))];
  });
  return Object.assign(Object.create(null), Object.fromEntries(members));
}

function ranges(texts: readonly string[]): readonly AddressRange[] {
  return texts.flatMap((text) => parseAddressRange(text) ?? []);
}

function checkSts(given: unknown): CheckedBrokerConfig["sts"] {
  const sts = readGroup<StsConfig, typeof STS_OPTIONS>(mapping(given), STS_OPTIONS);
  if (sts.roleArn === undefined && sts.endpointUrl === undefined) {
    throw optionRefusal("role_arn", "AWS needs it: the ARN of the role whose permissions the tenants share");
  }
  return sts;
}

function checkTenant(name: string, given: object, defaults: Partial<StsConfig>): CheckedTenant {
  // deno-lint-ignore no-control-regex
  if (name === "" || /[\u0000-\u001f\u007f-\u009f]/.test(name)) {
    throw new ConfigError("its name is empty or has a control character");
  }
  const tenant = readGroup<TenantConfig, typeof TENANT_OPTIONS>(given, TENANT_OPTIONS);
  const { bucket, allow, secretSha256, sessionTags, kmsKeyArn } = tenant;
  const secrets = [
    ...secretSha256 === undefined ? [] : [{ sha256: secretSha256.toLowerCase() }],
    ...Object.entries(tenant.secrets ?? {}).map(([name, secret]) => checkSecret(name, secret)),
  ];
  const identities = Object.entries(tenant.identities ?? {}).map(([name, identity]) => checkIdentity(name, identity));
  if (secrets.length + identities.length === 0) {
    throw new ConfigError('nobody can be this tenant: it needs "secret_sha256", "secrets" or "identities"');
  }
  return {
    name,
    bucket,
    prefix: toTenantPrefix(tenant),
    allow: PERMISSIONS.filter((permission) => allow.includes(permission)),
    secrets,
    identities,
    roleArn: tenant.roleArn ?? defaults.roleArn,
    externalId: tenant.externalId ?? defaults.externalId,
    durationSeconds: tenant.durationSeconds ?? defaults.durationSeconds,
    sessionTags,
    kmsKeyArns: listOf(kmsKeyArn),
  };
}

function checkSecret(name: string, given: SecretConfig): CheckedSecret {
  const { sha256, expiresAt } = readGroup<SecretConfig, typeof SECRET_OPTIONS>(given, SECRET_OPTIONS);
  const expiresAtMs = expiresAt === undefined ? undefined : new Date(expiresAt).getTime();
  return { name, sha256: sha256.toLowerCase(), expiresAtMs };
}

function checkIdentity(name: string, given: IdentityConfig): CheckedIdentity {
  const { issuer, subject, audience, claims = {} } = readGroup<IdentityConfig, typeof IDENTITY_OPTIONS>(
    given,
    IDENTITY_OPTIONS,
  );
  const lists = Object.entries(claims).map(([claim, values]) => [claim, listOf(values) ?? []] as const);
  return { name, issuer, subjects: listOf(subject), audience, claims: new Map(lists) };
}

function listOf(value: string | readonly string[] | undefined): readonly string[] | undefined {
  return typeof value === "string" ? [value] : value;
}

function toTenantPrefix({ prefix, wholeBucket }: Pick<TenantConfig, "prefix" | "wholeBucket">): string {
  if (wholeBucket) {
    if (!prefix) return "";
    throw optionRefusal("whole_bucket", 'it excludes "prefix"');
  }
  if (!prefix) {
    const state = prefix === "" ? "empty" : "missing";
    throw optionRefusal("prefix", `it is ${state}; for all of the bucket write "whole_bucket: true" instead`);
  }
  if (/[?#]/.test(prefix)) {
    throw optionRefusal("prefix", 'it has a "?" or "#", which end the path in the reply\'s S3Folder');
  }
  return toPrefix(prefix);
}

/**
 * Tenants must differ in their secrets, and none may enter another's folder because a store takes `Team/` for `team/`.
 */
function assertApart(tenants: CheckedTenant[], { ignoresCase }: { readonly ignoresCase: boolean }): void {
  const names = new Map<string, string>();
  const folders = new Map<string, CheckedTenant>();
  for (const tenant of tenants) {
    for (const { sha256 } of tenant.secrets) {
      const other = names.get(sha256);
      if (other !== undefined) throw new ConfigError(`${cannotUse(other, tenant.name)}: they have the same secret`);
      names.set(sha256, tenant.name);
    }
    const key = folderKey(tenant.bucket, tenant.prefix);
    if (!folders.has(key)) folders.set(key, tenant);
  }
  if (!ignoresCase) return;
  for (const { name, bucket, prefix } of tenants) {
    for (let end = prefix.indexOf("/") + 1; end > 0; end = prefix.indexOf("/", end) + 1) {
      const outer = prefix.slice(0, end);
      const folder = folders.get(folderKey(bucket, outer));
      if (folder !== undefined && folder.prefix !== outer) throw caseRefusal(folder.name, name);
    }
  }
}

function folderKey(bucket: string, prefix: string): string {
  return `${bucket}/${prefix.toLowerCase()}`;
}

function cannotUse(one: string, other: string): string {
  return `Cannot use the tenants ${JSON.stringify(one)} and ${JSON.stringify(other)}`;
}

function caseRefusal(one: string, other: string): ConfigError {
  return new ConfigError(
    `${cannotUse(one, other)}: their prefixes differ only in upper and lower case, which SeaweedFS's policies ignore`,
  );
}

function mapping(value: unknown): object {
  if (isGroup(value)) return value;
  throw new ConfigError(value === undefined || value === null ? "it is missing" : "it must be a mapping");
}
