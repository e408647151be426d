import { ConfigError } from "../errors.ts";
import { readNamedOptions, requireTogether } from "./named_options.ts";
import { optionRefusal } from "./checks.ts";
import { didYouMean } from "./did_you_mean.ts";
import { createEndpoint, isBucketName } from "../s3/endpoint.ts";
import { isRegion } from "../s3/store.ts";
import { EMPTY_SHA256 } from "../hash/hash.ts";
import { pathProblem, toPrefix } from "../s3/keys.ts";

/** What a broker grants, to whom, and where it gets keys. A YAML file's spellings (`secret_sha256`, …) are taken as well. */
export interface BrokerConfig {
  /** Where keys come from. */
  readonly sts: StsConfig;
  /** Who may have keys, by a name of the operator's choice that appears in logs and as the name of the role's session. */
  readonly tenants: Readonly<Record<string, TenantConfig>>;
  /** A header in which a proxy in front tells the caller's address, e.g. `"x-forwarded-for"`; its last entry counts. Default: none. */
  readonly addressHeader?: string;
}

/** Where keys come from: a service with STS's `AssumeRole`. */
export interface StsConfig {
  /** Its `http:` or `https:` URL when it is not AWS's own. */
  readonly endpointUrl?: string;
  /** AWS region. Default `"us-east-1"`. */
  readonly region?: string;
  /** The role to assume. Required on AWS. */
  readonly roleArn?: string;
  /** How long keys live, in seconds: 900 to 43,200. Default 900. */
  readonly durationSeconds?: number;
  /** The broker's own access key id. Without it the default AWS chain is asked, each time. */
  readonly accessKeyId?: string;
  /** The secret access key that goes with it. */
  readonly secretAccessKey?: string;
  /** Let those who may write also list unfinished uploads; only SeaweedFS can. Default `false`. */
  readonly canListUploads?: boolean;
}

/** What one caller gets. */
export interface TenantConfig {
  /** SHA-256, in hex, of the secret that the caller sends. */
  readonly secretSha256: string;
  /** Bucket name. */
  readonly bucket: string;
  /** The folder within the bucket, with or without a trailing slash. Required, unless `wholeBucket` is `true`. */
  readonly prefix?: string;
  /** Grant the whole bucket; in words of its own, so that a forgotten or empty `prefix` does not. Default `false`. */
  readonly wholeBucket?: boolean;
  /** What the keys are good for, at least one. */
  readonly allow: readonly Permission[];
}

/** Something keys are good for. */
export type Permission = "read" | "write" | "delete";

/** A {@link BrokerConfig} that has been checked: one spelling, defaults filled in, prefixes with their slash. */
export interface CheckedBrokerConfig extends BrokerConfig {
  readonly sts: StsConfig & Required<Pick<StsConfig, "region" | "durationSeconds" | "canListUploads">>;
  /** Without a prototype. The prefix is empty for the whole bucket and only then. */
  readonly tenants: Readonly<Record<string, Required<TenantConfig>>>;
}

/**
 * Checks what a broker is to do, without any I/O.
 *
 * @throws {ConfigError} Naming the tenant and the option that cannot be used and, for an unknown one, the nearest known name.
 */
export function checkBrokerConfig(config: object): CheckedBrokerConfig {
  const { sts, tenants, addressHeader } = { sts: undefined, tenants: undefined, addressHeader: undefined, ...config };
  const checkedSts = within("sts", () => checkSts(mapping(sts)));
  const entries = Object.entries(within("tenants", () => mapping(tenants)));
  if (entries.length === 0) throw new ConfigError("Cannot run the broker: it has no tenant");
  const checked: CheckedBrokerConfig["tenants"] = Object.assign(
    Object.create(null),
    Object.fromEntries(entries.map(([name, tenant]) => {
      return [name, within(`tenants.${name}`, () => checkTenant(name, mapping(tenant)))];
    })),
  );
  assertApart(Object.entries(checked), { ignoresCase: checkedSts.endpointUrl !== undefined });
  if (addressHeader === undefined || addressHeader === null) return { sts: checkedSts, tenants: checked };
  return { sts: checkedSts, tenants: checked, addressHeader: checkHeaderName(addressHeader) };
}

const STS_OPTIONS = {
  endpointUrl: "string",
  region: "string",
  roleArn: "string",
  durationSeconds: "number",
  accessKeyId: "string",
  secretAccessKey: "string",
  canListUploads: "boolean",
} as const;

function checkSts(given: object): CheckedBrokerConfig["sts"] {
  const options = readNamedOptions(given, STS_OPTIONS);
  const { endpointUrl, region = "us-east-1", roleArn, durationSeconds = 900, canListUploads = false } = options;
  const { accessKeyId, secretAccessKey } = options;
  createEndpoint(endpointUrl);
  if (!isRegion(region)) throw optionRefusal("region", `${JSON.stringify(region)} is not the name of a region`);
  if (roleArn === undefined && endpointUrl === undefined) {
    throw optionRefusal("role_arn", "AWS needs it: the ARN of the role whose permissions the tenants share");
  }
  if (roleArn !== undefined && !/^arn:\S+$/.test(roleArn)) throw optionRefusal("role_arn", "it is not an ARN");
  // https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
  if (!Number.isInteger(durationSeconds) || durationSeconds < 900 || durationSeconds > 43_200) {
    throw optionRefusal("duration_seconds", "it must be a whole number from 900 to 43200");
  }
  requireTogether({ access_key_id: accessKeyId, secret_access_key: secretAccessKey });
  return { ...options, region, durationSeconds, canListUploads };
}

const TENANT_OPTIONS = {
  secretSha256: "string",
  bucket: "string",
  prefix: "string",
  wholeBucket: "boolean",
  allow: "list",
} as const;

function checkTenant(name: string, given: object): Required<TenantConfig> {
  // deno-lint-ignore no-control-regex
  if (name === "" || /[\u0000-\u001f\u007f-\u009f]/.test(name)) {
    throw new ConfigError("its name is empty or has a control character");
  }
  const { secretSha256, bucket, prefix, wholeBucket = false, allow } = readNamedOptions(given, TENANT_OPTIONS, {
    mayBeEmpty: ["prefix"],
  });
  if (secretSha256 === undefined) throw optionRefusal("secret_sha256", "it is missing");
  if (!/^[0-9a-f]{64}$/i.test(secretSha256)) {
    throw optionRefusal(
      "secret_sha256",
      'it is no SHA-256: 64 hexadecimal digits, as the command "secret" prints them',
    );
  }
  if (secretSha256.toLowerCase() === EMPTY_SHA256) {
    throw optionRefusal("secret_sha256", "it is that of an empty secret");
  }
  if (bucket === undefined) throw optionRefusal("bucket", "it is missing");
  if (!isBucketName(bucket)) throw optionRefusal("bucket", `${JSON.stringify(bucket)} is not a valid bucket name`);
  return {
    secretSha256: secretSha256.toLowerCase(),
    bucket,
    prefix: checkPrefix(prefix, { wholeBucket }),
    wholeBucket,
    allow: checkAllow(allow),
  };
}

function checkPrefix(prefix: string | undefined, { wholeBucket }: { readonly wholeBucket: boolean }): string {
  if (wholeBucket) {
    if (!prefix) return "";
    throw optionRefusal("whole_bucket", 'there is a "prefix" as well');
  }
  if (!prefix) {
    const state = prefix === "" ? "empty" : "missing";
    throw optionRefusal("prefix", `it is ${state}; for all of the bucket write "whole_bucket: true" instead`);
  }
  const problem = pathProblem(prefix);
  if (problem !== undefined) throw optionRefusal("prefix", problem);
  if (/[?#]/.test(prefix)) {
    throw optionRefusal("prefix", 'it has a "?" or "#", which end the path in the reply\'s S3Folder');
  }
  return toPrefix(prefix);
}

const PERMISSIONS: readonly Permission[] = ["read", "write", "delete"];

function checkAllow(allow: readonly unknown[] | undefined): Permission[] {
  if (allow === undefined || allow.length === 0) {
    throw optionRefusal("allow", `it must have at least one of ${PERMISSIONS.join(", ")}`);
  }
  for (const given of allow) {
    if (PERMISSIONS.some((permission) => permission === given)) continue;
    if (typeof given !== "string") throw optionRefusal("allow", "it must be a list of texts");
    throw optionRefusal("allow", `there is no ${JSON.stringify(given)}${didYouMean(given, PERMISSIONS)}`);
  }
  return PERMISSIONS.filter((permission) => allow.includes(permission));
}

function checkHeaderName(name: unknown): string {
  // https://www.rfc-editor.org/rfc/rfc9110#section-5.6.2
  if (typeof name === "string" && /^[\w!#$%&'*+.^`|~-]+$/.test(name)) return name.toLowerCase();
  throw optionRefusal("address_header", "it is not the name of a header");
}

/** No two callers with one secret, and none whose folder another could enter because a store takes `Team/` for `team/`. */
function assertApart(
  tenants: [string, Required<TenantConfig>][],
  { ignoresCase }: { readonly ignoresCase: boolean },
): void {
  const names = new Map<string, string>();
  const folders = new Map<string, { readonly name: string; readonly prefix: string }>();
  for (const [name, { secretSha256, bucket, prefix }] of tenants) {
    const other = names.get(secretSha256);
    if (other !== undefined) throw new ConfigError(`${cannotUse(other, name)}: they have the same secret`);
    names.set(secretSha256, name);
    if (!ignoresCase) continue;
    const folder = folders.get(folderKey(bucket, prefix)) ?? { name, prefix };
    if (folder.prefix !== prefix) throw caseRefusal(folder.name, name);
    folders.set(folderKey(bucket, prefix), folder);
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
  if (value === undefined || value === null) throw new ConfigError("it is missing");
  if (typeof value === "object" && !Array.isArray(value)) return value;
  throw new ConfigError("it must be a mapping");
}

/** Says where in the configuration a problem is. */
function within<T>(place: string, check: () => T): T {
  try {
    return check();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new ConfigError(`Cannot use "broker.${place}": ${error.message}`);
  }
}
