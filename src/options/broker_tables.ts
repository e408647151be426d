import { show } from "../errors.ts";
import { EMPTY_SHA256 } from "../hash/hash.ts";
import { hasAll, parseAddressRange } from "./address_range.ts";
import type {
  BrokerConfig,
  IdentityConfig,
  IssuerConfig,
  Permission,
  R2Config,
  SecretConfig,
  StoreConfig,
  StsConfig,
  TenantConfig,
} from "./broker_options.ts";
import {
  byName,
  callable,
  filledText,
  flag,
  groupOf,
  oneOf,
  required,
  textOrTextsWith,
  textsWith,
  textWith,
  whole,
} from "./checks.ts";
import { dateProblem, httpsProblem, issuerProblem, kmsKeyProblem, tagProblem, withoutStar } from "./broker_values.ts";
import { didYouMean } from "./did_you_mean.ts";
import type { OptionTable } from "./option_table.ts";
import { bucketName, credential, folder, regionName, secretKey, storeUrl } from "./source_config.ts";

const arn = textWith((text) => /^arn:\S+$/.test(text) ? undefined : "it is not an ARN");

// https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
const externalId = textWith((text) =>
  /^[\w+=,.@:/-]{2,1224}$/.test(text)
    ? undefined
    : "it must have 2 to 1224 characters, of which AWS permits letters, digits and _+=,.@:/-"
);

/** The options of {@link StsConfig}. */
export const STS_OPTIONS = {
  endpointUrl: storeUrl,
  region: { ...regionName, default: "us-east-1" },
  roleArn: arn,
  externalId,
  // https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
  durationSeconds: whole(900, 43_200),
  accessKeyId: { ...filledText, needs: "secretAccessKey" },
  secretAccessKey: { ...secretKey, needs: "accessKeyId", isSecret: true },
  canListUploads: { ...flag, default: false },
} as const satisfies OptionTable<StsConfig>;

/** The options of {@link R2Config}. */
export const R2_OPTIONS = {
  accountId: required(
    textWith((text) => /^[0-9a-f]{32}$/.test(text) ? undefined : "it is no account id: 32 hexadecimal digits"),
  ),
  accessKeyId: required(credential),
  secretAccessKey: { ...secretKey, isSecret: true },
  apiToken: { ...credential, isSecret: true },
  jurisdiction: oneOf("eu", "fedramp"),
  // https://developers.cloudflare.com/api/resources/r2/subresources/temporary_credentials/
  durationSeconds: { ...whole(900, 604_800), default: 3_600 },
} as const satisfies OptionTable<R2Config>;

/** The options of {@link StoreConfig}. */
export const STORE_OPTIONS = {
  endpointUrl: storeUrl,
  region: regionName,
} as const satisfies OptionTable<StoreConfig>;

/** The options of {@link IssuerConfig}. */
export const ISSUER_OPTIONS = {
  url: required(textWith(issuerProblem)),
  audiences: required(textsWith(withoutStar)),
  jwksUrl: textWith(httpsProblem),
  fetch: callable,
} as const satisfies OptionTable<IssuerConfig>;

const secretHash = textWith((text) => {
  if (!/^[0-9a-f]{64}$/i.test(text)) {
    return 'it is no SHA-256: 64 hexadecimal digits, as the command "secret" prints them';
  }
  return text.toLowerCase() === EMPTY_SHA256 ? "it is the hash of an empty secret" : undefined;
});

/** The options of {@link SecretConfig}. */
export const SECRET_OPTIONS = {
  sha256: required(secretHash),
  expiresAt: { type: "any", check: dateProblem },
} as const satisfies OptionTable<SecretConfig>;

/** The options of {@link IdentityConfig}. */
export const IDENTITY_OPTIONS = {
  issuer: required(filledText),
  subject: textOrTextsWith(withoutStar),
  audience: textWith(withoutStar),
  claims: byName(textOrTextsWith(withoutStar)),
} as const satisfies OptionTable<IdentityConfig>;

/** What keys can permit. */
export const PERMISSIONS: readonly Permission[] = ["read", "write", "delete"];

/** The options of {@link TenantConfig}. */
export const TENANT_OPTIONS = {
  secretSha256: secretHash,
  secrets: byName(groupOf(SECRET_OPTIONS)),
  identities: byName(groupOf(IDENTITY_OPTIONS)),
  bucket: required(bucketName),
  prefix: folder,
  wholeBucket: { ...flag, default: false },
  allow: required(
    textsWith((text) =>
      PERMISSIONS.some((known) => known === text)
        ? undefined
        : `there is no ${show(text)}${didYouMean(text, PERMISSIONS)}`
    ),
  ),
  roleArn: arn,
  externalId,
  durationSeconds: whole(900, 604_800),
  sessionTags: byName(textWith(tagProblem)),
  kmsKeyArn: textOrTextsWith(kmsKeyProblem),
} as const satisfies OptionTable<TenantConfig>;

// https://www.rfc-editor.org/rfc/rfc9110#section-5.6.2

/** The name of a header. */
export const headerName = textWith((name) =>
  /^[\w!#$%&'*+.^`|~-]+$/.test(name) ? undefined : "it is not the name of a header"
);

/** Addresses and ranges of them. */
export const addresses = textsWith(addressProblem);

function addressProblem(text: string): string | undefined {
  if (parseAddressRange(text) !== undefined) return undefined;
  return `${show(text)} is neither an address nor a range such as 10.0.0.0/8`;
}

/** Addresses of proxies that are believed. */
export const proxies = textsWith((text) => {
  return text === "*" || hasAll(text)
    ? "it would believe everyone; name the proxy's own address"
    : addressProblem(text);
});

/** The options of {@link BrokerConfig}. */
export const BROKER_CONFIG = {
  sts: groupOf(STS_OPTIONS),
  r2: groupOf(R2_OPTIONS),
  s3: groupOf(STORE_OPTIONS),
  issuers: byName(groupOf(ISSUER_OPTIONS)),
  tenants: required(byName(groupOf(TENANT_OPTIONS))),
  trustedProxies: proxies,
  addressHeader: headerName,
  maxFailuresPerMinute: { ...whole(1, 1_000), default: 10 },
  metricsFrom: { ...addresses, default: ["127.0.0.1", "::1"] },
} as const satisfies OptionTable<BrokerConfig>;
