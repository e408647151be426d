import { ConfigError } from "../errors.ts";
import { anything, filledText, flag, isGroup, required, textWith, whole } from "./checks.ts";
import { didYouMean } from "./did_you_mean.ts";
import { optionRefusal, type OptionTable, readOptions, within } from "./option_table.ts";
import { bucketName, folder, regionName, storeUrl } from "./source_config.ts";
import { EMPTY_SHA256 } from "../hash/hash.ts";
import { toPrefix } from "../s3/keys.ts";

/** What a broker grants, to whom, and where it gets keys. YAML spellings (`secret_sha256`, …) work too. */
export interface BrokerConfig {
  /** Where keys come from: a service with STS's `AssumeRole`. Exactly one of `sts` and `r2` is required. */
  readonly sts?: StsConfig | undefined;
  /** Where keys come from: Cloudflare R2. */
  readonly r2?: R2Config | undefined;
  /** The store that keys are for, where the command `broker --check` tries them. Default: that of `sts` or `r2`. */
  readonly s3?: StoreConfig | undefined;
  /** Whose JWTs are believed, by names that the operator chooses. Default: nobody's. */
  readonly issuers?: Readonly<Record<string, IssuerConfig>> | undefined;
  /** The callers, by names that the operator chooses; they appear in logs and name the role's sessions. */
  readonly tenants: Readonly<Record<string, TenantConfig>>;
  /**
   * The addresses of proxies, such as `"127.0.0.1"` or `"10.0.0.0/8"`, whose `addressHeader` is believed. Default:
   * `addressHeader` is believed whoever sends it.
   */
  readonly trustedProxies?: readonly string[] | undefined;
  /**
   * A header in which a proxy sends the caller's address, e.g. `"x-forwarded-for"`. Its last entry counts; with
   * `trustedProxies`, the last that is none of them. Default: none.
   */
  readonly addressHeader?: string | undefined;
  /**
   * After this many wrong secrets and tokens in a minute, further ones from the same address (IPv6: /64) get 429: 1 to
   * 1,000. Default 10.
   */
  readonly maxFailuresPerMinute?: number | undefined;
  /** Who may read `GET /metrics`: addresses and ranges; others get 404. Default `["127.0.0.1", "::1"]`. */
  readonly metricsFrom?: readonly string[] | undefined;
}

/** Where keys come from: a service with STS's `AssumeRole`. */
export interface StsConfig extends TenantDefaults {
  /** Its `http:` or `https:` URL. Default: AWS, in `region`. */
  readonly endpointUrl?: string | undefined;
  /** AWS region. Default `"us-east-1"`. */
  readonly region?: string | undefined;
  /** The broker's own access key id. Default: the default AWS chain is asked each time. */
  readonly accessKeyId?: string | undefined;
  /** The secret access key that goes with it. Required with `accessKeyId`. */
  readonly secretAccessKey?: string | undefined;
  /** Let tenants who may write also list unfinished uploads; only SeaweedFS supports it. Default `false`. */
  readonly canListUploads?: boolean | undefined;
}

/** What `sts` says for all tenants, and a tenant for itself. */
export interface TenantDefaults {
  /** The ARN of the role to assume. Required on AWS. */
  readonly roleArn?: string | undefined;
  /** The external id that the role's trust policy asks for. Default: none. */
  readonly externalId?: string | undefined;
  /**
   * How long keys live, in seconds: 900 to 43,200; on R2 to 604,800. Default: 3,600, or 900 where the role allows no
   * more.
   */
  readonly durationSeconds?: number | undefined;
}

/** Where keys come from: Cloudflare R2. https://developers.cloudflare.com/r2/api/s3/tokens/ */
export interface R2Config {
  /** The Cloudflare account's id: 32 hexadecimal digits. */
  readonly accountId: string;
  /** The id of the parent key, whose permissions its temporary keys share. */
  readonly accessKeyId: string;
  /** Its secret: keys are made from it, without a request. Exactly one of this and `apiToken` is required. */
  readonly secretAccessKey?: string | undefined;
  /** A token for Cloudflare's API, which is asked for keys. Tenants then have `allow: [read]` or all three. */
  readonly apiToken?: string | undefined;
  /** Where the bucket's data has to stay: `"eu"` or `"fedramp"`. Default: anywhere. */
  readonly jurisdiction?: string | undefined;
  /** How long keys live, in seconds: 900 to 604,800. Default 3,600. */
  readonly durationSeconds?: number | undefined;
}

/** The store that keys are for. */
export interface StoreConfig {
  /** Its URL. Default: that of `sts`, or AWS. */
  readonly endpointUrl?: string | undefined;
  /** Its region. Default: that of `sts`. */
  readonly region?: string | undefined;
}

/** An issuer of JWTs, such as a Kubernetes cluster, GitHub Actions or any OpenID provider. */
export interface IssuerConfig {
  /** Its `https:` URL, or `http:` on the loopback interface; equals the claim `iss` to the character. */
  readonly url: string;
  /** One of these has to be in the claim `aud`. */
  readonly audiences: readonly string[];
  /** Where its keys are. Default: found by OpenID discovery. */
  readonly jwksUrl?: string | undefined;
  /** Sends the requests for its keys, e.g. with a token or its own certificate authority. Default: the broker's. */
  readonly fetch?: typeof fetch | undefined;
}

/** A caller, and what it gets. It needs `secretSha256`, `secrets` or `identities`. */
export interface TenantConfig extends TenantDefaults {
  /** SHA-256, in hex, of the secret that the caller sends. */
  readonly secretSha256?: string | undefined;
  /** Several secrets, by names that appear in logs, so that one can replace another without a gap. */
  readonly secrets?: Readonly<Record<string, SecretConfig>> | undefined;
  /** JWTs that make someone this tenant, by names that appear in logs; one that fits is enough. */
  readonly identities?: Readonly<Record<string, IdentityConfig>> | undefined;
  /** Bucket name. */
  readonly bucket: string;
  /** The folder within the bucket, with or without a trailing slash. Required, unless `wholeBucket` is `true`. */
  readonly prefix?: string | undefined;
  /** Grant the whole bucket, which a forgotten or empty `prefix` does not. Default `false`. */
  readonly wholeBucket?: boolean | undefined;
  /** What the keys permit, at least one. */
  readonly allow: readonly Permission[];
  /** Session tags of the role's session. Default: none. */
  readonly sessionTags?: Readonly<Record<string, string>> | undefined;
  /** The ARNs of KMS keys that encrypt the bucket's files: the keys then permit what SSE-KMS needs. AWS only. */
  readonly kmsKeyArn?: string | readonly string[] | undefined;
}

/** One of several secrets. */
export interface SecretConfig {
  /** Its SHA-256, in hex. */
  readonly sha256: string;
  /** From when on it is refused; a date is 00:00 UTC of it. Default: never. */
  readonly expiresAt?: Date | string | undefined;
}

/** Which JWTs are meant: everything that is given has to fit exactly, and of a list one. */
export interface IdentityConfig {
  /** The issuer's name in `issuers`. */
  readonly issuer: string;
  /** The claim `sub`. This or `claims` is required. */
  readonly subject?: string | readonly string[] | undefined;
  /** One of the issuer's audiences. Default: any of them. */
  readonly audience?: string | undefined;
  /** Other claims, by name or by JSON pointer such as `"/kubernetes.io/namespace"`; compared as text. */
  readonly claims?: Readonly<Record<string, string | readonly string[]>> | undefined;
}

/** Something that keys permit. */
export type Permission = "read" | "write" | "delete";

/** A {@link BrokerConfig} that has been checked: one spelling, defaults filled in, prefixes with their slash. */
export interface CheckedBrokerConfig extends BrokerConfig {
  readonly sts: StsConfig & Given<Pick<StsConfig, "region" | "durationSeconds" | "canListUploads">>;
  /** Without a prototype. The prefix is empty for the whole bucket and only then. */
  readonly tenants: Readonly<Record<string, Given<TenantConfig>>>;
}

type Given<Options> = { readonly [Name in keyof Options]-?: NonNullable<Options[Name]> };

const arn = textWith((text) => /^arn:\S+$/.test(text) ? undefined : "it is not an ARN");

/** The options of {@link StsConfig}. */
export const STS_OPTIONS = {
  endpointUrl: storeUrl,
  region: { ...regionName, default: "us-east-1" },
  roleArn: arn,
  // https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
  durationSeconds: { ...whole(900, 43_200), default: 900 },
  accessKeyId: { ...filledText, needs: "secretAccessKey" },
  secretAccessKey: { ...filledText, needs: "accessKeyId" },
  canListUploads: { ...flag, default: false },
} as const satisfies OptionTable<StsConfig>;

const secretHash = textWith((text) => {
  if (!/^[0-9a-f]{64}$/i.test(text)) {
    return 'it is not a SHA-256: 64 hexadecimal digits, as the command "secret" prints them';
  }
  return text.toLowerCase() === EMPTY_SHA256 ? "it is the hash of an empty secret" : undefined;
});

const PERMISSIONS: readonly Permission[] = ["read", "write", "delete"];

/** The options of {@link TenantConfig}. */
export const TENANT_OPTIONS = {
  secretSha256: required(secretHash),
  bucket: required(bucketName),
  prefix: folder,
  wholeBucket: { ...flag, default: false },
  allow: required({ type: "list", check: permissionsProblem }),
} as const satisfies OptionTable<TenantConfig>;

function permissionsProblem(allow: unknown): string | undefined {
  if (!Array.isArray(allow)) return "it must be a list";
  if (allow.length === 0) return `it must have at least one of ${PERMISSIONS.join(", ")}`;
  // `filter` would skip holes.
  const others = Array.from<unknown>(allow).filter((given) => !PERMISSIONS.some((known) => known === given));
  if (others.length === 0) return undefined;
  const [other] = others;
  return typeof other === "string"
    ? `there is no ${JSON.stringify(other)}${didYouMean(other, PERMISSIONS)}`
    : "it must be a list of strings";
}

// https://www.rfc-editor.org/rfc/rfc9110#section-5.6.2
const headerName = textWith((name) =>
  /^[\w!#$%&'*+.^`|~-]+$/.test(name) ? undefined : "it is not the name of a header"
);

/** The options of {@link BrokerConfig}. */
export const BROKER_CONFIG = {
  sts: required(anything),
  tenants: required(anything),
  addressHeader: headerName,
} as const satisfies OptionTable<BrokerConfig>;

/**
 * Checks a broker's configuration, without any I/O.
 *
 * @throws {ConfigError} Naming the tenant and the option that cannot be used and, for an unknown one, a similar name.
 */
export function checkBrokerConfig(config: object): CheckedBrokerConfig {
  const { sts: givenSts, tenants: givenTenants, addressHeader } = readOptions<BrokerConfig, typeof BROKER_CONFIG>(
    config,
    BROKER_CONFIG,
    { yamlOptions: BROKER_CONFIG },
  );
  const sts = within('"broker.sts"', () => checkSts(mapping(givenSts)));
  const entries = Object.entries(within('"broker.tenants"', () => mapping(givenTenants)));
  if (entries.length === 0) throw new ConfigError("Cannot run the broker: it has no tenant");
  const tenants: CheckedBrokerConfig["tenants"] = Object.assign(
    Object.create(null),
    Object.fromEntries(entries.map(([name, tenant]) => {
      return [name, within(`"broker.tenants.${name}"`, () => checkTenant(name, mapping(tenant)))];
    })),
  );
  assertApart(Object.entries(tenants), { ignoresCase: sts.endpointUrl !== undefined });
  return { sts, tenants, ...addressHeader !== undefined && { addressHeader: addressHeader.toLowerCase() } };
}

function checkSts(given: object): CheckedBrokerConfig["sts"] {
  const sts = readOptions<StsConfig, typeof STS_OPTIONS>(given, STS_OPTIONS, { yamlOptions: STS_OPTIONS });
  if (sts.roleArn === undefined && sts.endpointUrl === undefined) {
    throw optionRefusal("role_arn", "AWS needs it: the ARN of the role whose permissions the tenants share");
  }
  return sts;
}

function checkTenant(name: string, given: object): Given<TenantConfig> {
  // deno-lint-ignore no-control-regex
  if (name === "" || /[\u0000-\u001f\u007f-\u009f]/.test(name)) {
    throw new ConfigError("its name is empty or has a control character");
  }
  const tenant = readOptions<TenantConfig, typeof TENANT_OPTIONS>(given, TENANT_OPTIONS, {
    yamlOptions: TENANT_OPTIONS,
  });
  return {
    ...tenant,
    secretSha256: tenant.secretSha256.toLowerCase(),
    prefix: toTenantPrefix(tenant),
    allow: PERMISSIONS.filter((permission) => tenant.allow.includes(permission)),
  };
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
function assertApart(
  tenants: [string, Given<TenantConfig>][],
  { ignoresCase }: { readonly ignoresCase: boolean },
): void {
  const names = new Map<string, string>();
  const folders = new Map<string, { readonly name: string; readonly prefix: string }>();
  for (const [name, { secretSha256, bucket, prefix }] of tenants) {
    const other = names.get(secretSha256);
    if (other !== undefined) throw new ConfigError(`${cannotUse(other, name)}: they have the same secret`);
    names.set(secretSha256, name);
    const key = folderKey(bucket, prefix);
    if (!folders.has(key)) folders.set(key, { name, prefix });
  }
  if (!ignoresCase) return;
  for (const [name, { bucket, prefix }] of tenants) {
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
