import { EMPTY_SHA256 } from "../hash/hash.ts";
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
import { anything, callable, filledText, flag, oneOf, required, textsByName, textWith, whole } from "./checks.ts";
import { didYouMean } from "./did_you_mean.ts";
import type { Kind, OptionTable } from "./option_table.ts";
import { bucketName, folder, regionName, storeUrl } from "./source_config.ts";

const arn = textWith((text) => /^arn:\S+$/.test(text) ? undefined : "it is not an ARN");

/** The options of {@link StsConfig}. */
export const STS_OPTIONS = {
  endpointUrl: storeUrl,
  region: { ...regionName, default: "us-east-1" },
  roleArn: arn,
  externalId: filledText,
  // https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
  durationSeconds: whole(900, 43_200),
  accessKeyId: { ...filledText, needs: "secretAccessKey" },
  secretAccessKey: { ...filledText, needs: "accessKeyId" },
  canListUploads: { ...flag, default: false },
} as const satisfies OptionTable<StsConfig>;

/** The options of {@link R2Config}. */
export const R2_OPTIONS = {
  accountId: required(
    textWith((text) => /^[0-9a-f]{32}$/.test(text) ? undefined : "it is no account id: 32 hexadecimal digits"),
  ),
  accessKeyId: required(filledText),
  secretAccessKey: filledText,
  apiToken: filledText,
  jurisdiction: oneOf("eu", "fedramp"),
  // https://developers.cloudflare.com/r2/api/s3/tokens/
  durationSeconds: { ...whole(900, 604_800), default: 3_600 },
} as const satisfies OptionTable<R2Config>;

/** The options of {@link StoreConfig}. */
export const STORE_OPTIONS = {
  endpointUrl: storeUrl,
  region: regionName,
} as const satisfies OptionTable<StoreConfig>;

const texts: Kind<"list"> = {
  type: "list",
  check: (value) => Array.isArray(value) && value.every(isText) ? undefined : "it must be a list of texts",
};

const textOrTexts: Kind<"any"> = {
  type: "any",
  check: (value) => isText(value) || texts.check(value) === undefined ? undefined : "it must be a text or a list",
};

function isText(value: unknown): boolean {
  return typeof value === "string" && value !== "";
}

/** The options of {@link IssuerConfig}. */
export const ISSUER_OPTIONS = {
  url: required(filledText),
  audiences: required(texts),
  jwksUrl: filledText,
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
  expiresAt: anything,
} as const satisfies OptionTable<SecretConfig>;

/** The options of {@link IdentityConfig}. */
export const IDENTITY_OPTIONS = {
  issuer: required(filledText),
  subject: textOrTexts,
  audience: filledText,
  claims: anything,
} as const satisfies OptionTable<IdentityConfig>;

/** What keys can permit. */
export const PERMISSIONS: readonly Permission[] = ["read", "write", "delete"];

/** The options of {@link TenantConfig}. */
export const TENANT_OPTIONS = {
  secretSha256: secretHash,
  secrets: anything,
  identities: anything,
  bucket: required(bucketName),
  prefix: folder,
  wholeBucket: { ...flag, default: false },
  allow: required({ type: "list", check: permissionsProblem }),
  roleArn: arn,
  externalId: filledText,
  durationSeconds: whole(900, 604_800),
  sessionTags: textsByName,
  kmsKeyArn: textOrTexts,
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
  sts: anything,
  r2: anything,
  s3: anything,
  issuers: anything,
  tenants: required(anything),
  trustedProxies: texts,
  addressHeader: headerName,
  maxFailuresPerMinute: { ...whole(1, 1_000), default: 10 },
  metricsFrom: { ...texts, default: ["127.0.0.1", "::1"] },
} as const satisfies OptionTable<BrokerConfig>;
