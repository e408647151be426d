import { ConfigError } from "../errors.ts";
import { type NamedOptions, readNamedOptions, requireTogether } from "./named_options.ts";
import { optionRefusal } from "./checks.ts";
import { createEndpoint, isBucketName } from "../s3/endpoint.ts";
import { isCredential } from "../s3/headers.ts";
import { isRegion } from "../s3/store.ts";
import { pathProblem, toPrefix } from "../s3/keys.ts";
import type { S3SourceConfig } from "../types/config.ts";

/** A configuration that has been checked: one spelling, no `null`, the prefix with its slash. */
export interface ResolvedConfig {
  /** Absent only where a broker or a provider brings it. */
  readonly bucket?: string;
  /** AWS region. */
  readonly region: string;
  /** Empty for the whole bucket, otherwise ends in `/`. */
  readonly prefix: string;
  /** Absent for AWS. */
  readonly endpointUrl?: string;
  /** Where credentials come from. */
  readonly credentials:
    | { readonly kind: "broker"; readonly url: string; readonly secret: string }
    | {
      readonly kind: "direct";
      readonly accessKeyId: string;
      readonly secretAccessKey: string;
      readonly sessionToken?: string;
    }
    | { readonly kind: "default" };
}

/**
 * Checks a configuration, without any I/O.
 *
 * @param options `hasProvider`: the application brings its own grants, so that a bucket need not be configured.
 * @throws {ConfigError} Naming the option that cannot be used and, for an unknown one, the nearest known name.
 */
export function readSourceConfig(config: S3SourceConfig, { hasProvider = false } = {}): ResolvedConfig {
  const options = readOptions(config);
  const { bucket, region = "us-east-1", prefix = "", endpointUrl } = options;
  const credentials = readCredentials(options);
  if (bucket === undefined && credentials.kind !== "broker" && !hasProvider) {
    throw new ConfigError(
      'Cannot create the source: it needs a "bucket", or a "credentialsUrl" whose broker names one',
    );
  }
  if (bucket !== undefined && !isBucketName(bucket)) {
    throw optionRefusal("bucket", `${JSON.stringify(bucket)} is not a valid bucket name`);
  }
  if (!isRegion(region)) throw optionRefusal("region", `${JSON.stringify(region)} is not the name of a region`);
  const problem = pathProblem(prefix);
  if (problem !== undefined) throw optionRefusal("prefix", problem);
  createEndpoint(endpointUrl);
  return {
    ...bucket !== undefined && { bucket },
    region,
    prefix: toPrefix(prefix),
    ...endpointUrl !== undefined && { endpointUrl },
    credentials,
  };
}

/** What each option must be, under the name that TypeScript uses. */
const OPTION_TYPES = {
  bucket: "string",
  region: "string",
  prefix: "string",
  endpointUrl: "string",
  accessKeyId: "string",
  secretAccessKey: "string",
  sessionToken: "string",
  credentialsUrl: "string",
  credentialsUrlSecret: "string",
  allowInsecureCredentialsUrl: "boolean",
} as const;

type Options = NamedOptions<typeof OPTION_TYPES>;

function readOptions(config: S3SourceConfig): Options {
  if (typeof config !== "object" || config === null || Array.isArray(config)) {
    throw new ConfigError("Cannot create the source: the configuration is not an object");
  }
  return readNamedOptions(config, OPTION_TYPES, {
    mayBeEmpty: ["prefix"],
    aliases: {
      endpoint: "endpointUrl",
      credentials: "accessKeyId",
      bucketName: "bucket",
      secret: "credentialsUrlSecret",
    },
  });
}

function readCredentials(options: Options): ResolvedConfig["credentials"] {
  const { accessKeyId, secretAccessKey, sessionToken, credentialsUrl, credentialsUrlSecret } = options;
  requireTogether({ accessKeyId, secretAccessKey });
  for (const [name, value] of Object.entries({ accessKeyId, sessionToken })) {
    if (value !== undefined && !isCredential(value)) {
      throw optionRefusal(
        name,
        "it has other than printable characters without spaces; a line end at its end, perhaps",
      );
    }
  }
  if (sessionToken !== undefined && accessKeyId === undefined) {
    throw optionRefusal("sessionToken", 'it needs "accessKeyId" and "secretAccessKey"');
  }
  requireTogether({ credentialsUrl, credentialsUrlSecret });
  if (credentialsUrl !== undefined && credentialsUrlSecret !== undefined) {
    assertBrokerUrl(credentialsUrl, options.allowInsecureCredentialsUrl ?? false);
    return { kind: "broker", url: credentialsUrl, secret: credentialsUrlSecret };
  }
  if (accessKeyId !== undefined && secretAccessKey !== undefined) {
    return { kind: "direct", accessKeyId, secretAccessKey, ...sessionToken !== undefined && { sessionToken } };
  }
  return { kind: "default" };
}

/** The URL itself stays out of messages: it may hold a token. */
function assertBrokerUrl(text: string, allowInsecure: boolean): void {
  const url = URL.parse(text);
  if (!url || !/^https?:$/.test(url.protocol)) throw optionRefusal("credentialsUrl", "it is not an https: URL");
  if (url.username || url.password) throw optionRefusal("credentialsUrl", "it has a user name or a password");
  if (url.protocol === "http:" && !allowInsecure && !isLoopback(url.hostname)) {
    throw optionRefusal(
      "credentialsUrl",
      "http: would send the secret in the clear; use https:, or set allowInsecureCredentialsUrl if the network is safe",
    );
  }
}

function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}
