import { ConfigError } from "./errors.ts";
import { isBucketName } from "./s3/bucket_name.ts";
import { REGION } from "./s3/client.ts";
import { createEndpoint } from "./s3/endpoint.ts";
import { pathProblem, toPrefix } from "./s3/keys.ts";
import type { S3SourceConfig } from "./types.ts";

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
    throw refusal("bucket", `${JSON.stringify(bucket)} is not a valid bucket name`);
  }
  if (!REGION.test(region)) throw refusal("region", `${JSON.stringify(region)} is not the name of a region`);
  const problem = pathProblem(prefix);
  if (problem !== undefined) throw refusal("prefix", problem);
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

type OptionName = keyof typeof OPTION_TYPES;
type Options = { [Name in OptionName]?: (typeof OPTION_TYPES)[Name] extends "string" ? string : boolean };

const CANONICAL_NAMES: ReadonlyMap<string, OptionName> = new Map(
  (Object.keys(OPTION_TYPES) as OptionName[]).flatMap((name) => [[name, name], [toSnakeCase(name), name]]),
);

function readOptions(config: S3SourceConfig): Options {
  if (typeof config !== "object" || config === null || Array.isArray(config)) {
    throw new ConfigError("Cannot create the source: the configuration is not an object");
  }
  const options: Record<string, string | boolean> = {};
  for (const [given, value] of Object.entries(config as Record<string, unknown>)) {
    const name = CANONICAL_NAMES.get(given);
    if (name === undefined) throw refusal(given, `there is no such option; did you mean "${nearestName(given)}"?`);
    if (value === undefined || value === null) continue;
    const type: string = Array.isArray(value) ? "list" : typeof value;
    if (type !== OPTION_TYPES[name]) {
      throw refusal(given, `it must be a ${OPTION_TYPES[name]}, not ${type === "object" ? "a mapping" : `a ${type}`}`);
    }
    if (value === "" && name !== "prefix") throw refusal(given, "it is empty; leave it out instead");
    if (name in options) throw refusal(given, "it is given in both spellings");
    options[name] = value as string | boolean;
  }
  return options as Options;
}

function readCredentials(options: Options): ResolvedConfig["credentials"] {
  const { accessKeyId, secretAccessKey, sessionToken, credentialsUrl, credentialsUrlSecret } = options;
  requireTogether({ accessKeyId, secretAccessKey });
  if (sessionToken !== undefined && accessKeyId === undefined) {
    throw refusal("sessionToken", 'it needs "accessKeyId" and "secretAccessKey"');
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

function requireTogether(pair: Record<string, string | undefined>): void {
  const missing = Object.keys(pair).filter((name) => pair[name] === undefined);
  const [given] = Object.keys(pair).filter((name) => pair[name] !== undefined);
  if (missing.length === 1 && given !== undefined) throw refusal(given, `it needs "${missing[0]}" beside it`);
}

/** The URL itself stays out of messages: it may hold a token. */
function assertBrokerUrl(text: string, allowInsecure: boolean): void {
  const url = URL.parse(text);
  if (!url || !/^https?:$/.test(url.protocol)) throw refusal("credentialsUrl", "it is not an https: URL");
  if (url.username || url.password) throw refusal("credentialsUrl", "it has a user name or a password");
  if (url.protocol === "http:" && !allowInsecure && !isLoopback(url.hostname)) {
    throw refusal(
      "credentialsUrl",
      "http: would send the secret in the clear; use https:, or set allowInsecureCredentialsUrl if the network is safe",
    );
  }
}

function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname.endsWith(".localhost") || hostname === "[::1]" ||
    /^127\.\d+\.\d+\.\d+$/.test(hostname);
}

function refusal(option: string, reason: string): ConfigError {
  return new ConfigError(`Cannot use the option ${JSON.stringify(option)}: ${reason}`);
}

function nearestName(given: string): string {
  const names = [...CANONICAL_NAMES.keys()];
  const distances = names.map((name) => editDistance(given.toLowerCase(), name.toLowerCase()));
  return names[distances.indexOf(Math.min(...distances))] ?? "";
}

/** Levenshtein's distance: how many characters to insert, delete or replace. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 0; i < a.length; i++) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j++) {
      const replaced = (row[j] ?? 0) + (a[i] === b[j] ? 0 : 1);
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

function toSnakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
