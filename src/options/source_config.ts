import { ConfigError, show } from "../errors.ts";
import { filledText, flag, group, isGroup, oneOf, text, textWith, valueThat, whole } from "./checks.ts";
import { type Kind, optionRefusal, type OptionTable, type ReadOptions, readOptions } from "./option_table.ts";
import { bucketNameProblem } from "../s3/bucket_name.ts";
import { createEndpoint, endpointProblem, isLoopback, isRegion } from "../s3/endpoint.ts";
import { isCredential, isSecretKey } from "../s3/headers.ts";
import { pathProblem, toPrefix } from "../s3/keys.ts";
import type { S3SourceConfig } from "../types/config.ts";
import type { StoreTraits } from "../types/store_traits.ts";

/** A bucket's name at any store. */
export const bucketName = textWith(bucketNameProblem);

/** A region's name at any store. */
export const regionName = textWith((name) => isRegion(name) ? undefined : `${show(name)} is not the name of a region`);

/** The URL of a store. */
export const storeUrl = textWith(endpointProblem);

/** A folder within a bucket; empty for all of it. */
export const folder: Kind<"string"> = {
  type: "string",
  check: (value) => text.check(value) ?? pathProblem(String(value)),
};

/** Something that is sent as a header. */
export const credential = textWith((value) =>
  isCredential(value) ? undefined : "it must be printable ASCII without spaces; perhaps it ends with a line break"
);

/** A key that is used to sign, but not sent. */
export const secretKey = textWith((value) =>
  isSecretKey(value) ? undefined : "it has a control character; perhaps it ends with a line break"
);

/** The options of {@link S3SourceConfig}. */
export const SOURCE_CONFIG = {
  bucket: bucketName,
  region: { ...regionName, default: "us-east-1" },
  prefix: { ...folder, default: "" },
  endpointUrl: storeUrl,
  publicEndpointUrl: storeUrl,
  accessKeyId: { ...credential, needs: "secretAccessKey" },
  secretAccessKey: { ...secretKey, needs: "accessKeyId", isSecret: true },
  sessionToken: { ...credential, needs: "accessKeyId", isSecret: true },
  credentialsUrl: { ...filledText, needs: "credentialsUrlSecret" },
  credentialsUrlSecret: { ...filledText, needs: "credentialsUrl", isSecret: true },
  allowInsecureCredentialsUrl: { ...flag, default: false },
  anonymous: { ...flag, default: false },
  requesterPays: { ...flag, default: false },
  store: group,
} as const satisfies OptionTable<S3SourceConfig>;

const CONDITIONS = new Set<unknown>([true, false, "uploads"]);

/** The options below `store`. */
export const STORE_TRAITS = {
  addressing: { ...oneOf("auto", "virtual", "path"), default: "auto" },
  checksums: { ...oneOf("auto", "sha256", "crc32", "none"), default: "auto" },
  equalParts: { ...flag, default: false },
  maxParts: { ...whole(2, 10_000), default: 10_000 },
  bulkDelete: flag,
  listV2: flag,
  encodingType: flag,
  quotedEtags: flag,
  conditions: valueThat("any", 'true, false or "uploads"', (value) => CONDITIONS.has(value)),
  checksumMode: flag,
} as const satisfies OptionTable<StoreTraits>;

/** {@link StoreTraits}, checked and with the defaults filled in. */
type ResolvedTraits = ReadOptions<StoreTraits, typeof STORE_TRAITS>;

/** A configuration that has been checked: one spelling, no `null`, the prefix with its slash. */
export interface ResolvedConfig {
  /** Absent only where a broker or `credentials` names it. */
  readonly bucket?: string;
  /** AWS region. */
  readonly region: string;
  /** Empty for the whole bucket, otherwise ends in `/`. */
  readonly prefix: string;
  /** Absent for AWS. */
  readonly endpointUrl?: string;
  /** Absent if signed URLs have no other. */
  readonly publicEndpointUrl?: string;
  /** Where credentials come from. */
  readonly credentials:
    | { readonly kind: "broker"; readonly url: string; readonly secret: string }
    | {
      readonly kind: "direct";
      readonly accessKeyId: string;
      readonly secretAccessKey: string;
      readonly sessionToken?: string;
    }
    | { readonly kind: "anonymous" }
    | { readonly kind: "default" };
  readonly requesterPays: boolean;
  readonly store: ResolvedTraits;
}

/**
 * Checks a configuration, without any I/O.
 *
 * @param options `hasProvider`: the application provides grants, so that a bucket need not be configured.
 * @throws {ConfigError} Naming the option that cannot be used and, for an unknown one, a similar name.
 */
export function readSourceConfig(config: S3SourceConfig, { hasProvider = false } = {}): ResolvedConfig {
  if (!isGroup(config)) throw new ConfigError("Cannot create the source: the configuration is not an object");
  const options = readOptions(config, SOURCE_CONFIG, { yamlOptions: SOURCE_CONFIG });
  const { bucket, region, prefix, endpointUrl, publicEndpointUrl, requesterPays } = options;
  const store = readOptions(options.store ?? {}, STORE_TRAITS, { place: "store.", yamlOptions: STORE_TRAITS });
  assertNames(options, store);
  const credentials = readCredentials(options);
  if (credentials.kind === "anonymous" && hasProvider) throw contradiction("credentials");
  if (bucket === undefined && credentials.kind !== "broker" && !hasProvider) {
    throw new ConfigError(
      'Cannot create the source: it needs a "bucket", or a "credentialsUrl" whose broker names one',
    );
  }
  return {
    ...bucket !== undefined && { bucket },
    region,
    prefix: toPrefix(prefix),
    ...endpointUrl !== undefined && { endpointUrl },
    ...publicEndpointUrl !== undefined && { publicEndpointUrl },
    credentials,
    requesterPays,
    store,
  };
}

/** Checks the names of bucket and region for this store. */
function assertNames(
  { bucket, region, endpointUrl, publicEndpointUrl }: ReadOptions<S3SourceConfig, typeof SOURCE_CONFIG>,
  { addressing }: ResolvedTraits,
): void {
  const endpoint = createEndpoint(endpointUrl, addressing);
  // Throws if the bucket cannot be in its host name.
  if (publicEndpointUrl !== undefined) createEndpoint(publicEndpointUrl, addressing);
  if (!endpoint.takesRegion(region)) throw optionRefusal("region", notOfAws(region));
  if (bucket === undefined) return;
  const problem = endpoint.bucketProblem(bucket);
  if (problem !== undefined) throw optionRefusal("bucket", problem);
  const urlProblem = endpoint.urlProblem(bucket);
  if (urlProblem !== undefined) throw optionRefusal("endpointUrl", urlProblem);
}

/** Why a name that some store may have for a region cannot be one of AWS. */
export function notOfAws(region: string): string {
  return `${show(region)} is not the name of a region of AWS; another store needs its endpoint URL`;
}

function readCredentials(
  options: ReadOptions<S3SourceConfig, typeof SOURCE_CONFIG>,
): ResolvedConfig["credentials"] {
  const { accessKeyId, secretAccessKey, sessionToken, credentialsUrl, credentialsUrlSecret } = options;
  if (options.anonymous) {
    if (accessKeyId !== undefined) throw contradiction("accessKeyId");
    if (credentialsUrl !== undefined) throw contradiction("credentialsUrl");
    return { kind: "anonymous" };
  }
  if (credentialsUrl !== undefined && credentialsUrlSecret !== undefined) {
    assertBrokerUrl(credentialsUrl, { allowsInsecure: options.allowInsecureCredentialsUrl });
    return { kind: "broker", url: credentialsUrl, secret: credentialsUrlSecret };
  }
  if (accessKeyId !== undefined && secretAccessKey !== undefined) {
    return { kind: "direct", accessKeyId, secretAccessKey, ...sessionToken !== undefined && { sessionToken } };
  }
  return { kind: "default" };
}

function contradiction(option: string): ConfigError {
  return optionRefusal("anonymous", `it contradicts "${option}"; an anonymous source has no credentials`);
}

/** The URL itself stays out of messages: it may hold a token. */
function assertBrokerUrl(text: string, { allowsInsecure }: { readonly allowsInsecure: boolean }): void {
  const url = URL.parse(text);
  if (!url || !/^https?:$/.test(url.protocol)) throw optionRefusal("credentialsUrl", "it is not an https: URL");
  if (url.username || url.password) throw optionRefusal("credentialsUrl", "it has a user name or a password");
  if (url.protocol === "http:" && !allowsInsecure && !isLoopback(url.hostname)) {
    throw optionRefusal(
      "credentialsUrl",
      "http: would send the secret unencrypted; use https:, or set allowInsecureCredentialsUrl if the network is safe",
    );
  }
}
