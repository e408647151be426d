/**
 * Sources, and a credentials broker, as YAML files and `-s` settings describe them, read without touching a file
 * system by itself.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { readDatasetteConfig } from "@files/s3-source/config";
 *
 * const { sources } = readDatasetteConfig({
 *   yaml: `
 * plugins:
 *   datasette-files:
 *     sources:
 *       media:
 *         storage: s3
 *         config:
 *           credentials_url: https://broker.example.com/credentials
 *           credentials_url_secret: {$env: BROKER_SECRET}
 * `,
 *   settings: [["plugins.datasette-files.sources.media.config.region", "eu-west-1"]],
 *   env: (name) => (name === "BROKER_SECRET" ? "12345" : undefined),
 * });
 * assertEquals(sources["media"]?.credentials_url_secret, "12345");
 * assertEquals(sources["media"]?.region, "eu-west-1");
 * ```
 *
 * @module
 */
import { ConfigError } from "../errors.ts";
import type {
  AppSettings,
  ClaimNames,
  HeaderSettings,
  LimitSettings,
  LoginSettings,
  OidcSettings,
  TokenSettings,
  Transfer,
} from "../options/app_options.ts";
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
  TenantDefaults,
} from "../options/broker_options.ts";
import { kindInFile } from "../options/checks.ts";
import { isMapping, type Mapping, recordOf, valueOf } from "../options/mapping.ts";
import { toCamelCase } from "../options/option_table.ts";
import { assertNoProblems, membersOf, type Problem, readTree } from "../options/option_tree.ts";
import type { S3SourceConfig } from "../types/config.ts";
import { toSigningSecret } from "../tokens/signing_secret.ts";
import { FILES_FILE, type FilesInFile } from "./app_file.ts";
import { findAppProblems } from "./app_problems.ts";
import { toAppSettings } from "./app_settings.ts";
import { type BrokerConfigInput, readBrokerConfig } from "./broker_yaml.ts";
import { parseInput } from "./config_input.ts";
import { resolveReference, resolveTyped, type SecretReaders } from "./references.ts";
import { applySettings, FILES_PATH, type Setting, SOURCES_PATH } from "./settings.ts";

export { readBrokerConfig };
export type {
  AppSettings,
  BrokerConfig,
  BrokerConfigInput,
  ClaimNames,
  HeaderSettings,
  IdentityConfig,
  IssuerConfig,
  LimitSettings,
  LoginSettings,
  OidcSettings,
  Permission,
  R2Config,
  SecretConfig,
  SecretReaders,
  Setting,
  StoreConfig,
  StsConfig,
  TenantConfig,
  TenantDefaults,
  TokenSettings,
  Transfer,
};

/** Input of {@link readDatasetteConfig}. */
export interface DatasetteConfigInput extends SecretReaders {
  /** The text of a datasette.yaml. Default: empty. */
  yaml?: string | undefined;
  /** The name of the text in messages. Default `"datasette.yaml"`. */
  fileName?: string | undefined;
  /** `-s KEY VALUE` pairs. They override the text, and a later pair overrides an earlier one. Default: none. */
  settings?: readonly Setting[] | undefined;
}

/** The contents of a datasette.yaml and its settings. */
export interface DatasetteConfig {
  /** The checked configuration of each source by its name, as `createS3Source` takes it. Without a prototype. */
  readonly sources: Readonly<Record<string, S3SourceConfig>>;
  /** What the files app says about sources that have a `description`, by their names. Without a prototype. */
  readonly descriptions: Readonly<Record<string, string>>;
  /**
   * The secret of the files app, `plugins.datasette-files.secret`: a string, or the new and the former one; absent if
   * there is none.
   */
  readonly secret?: string | readonly [string] | readonly [string, string];
  /** What it says about the files app, with defaults. */
  readonly app: AppSettings;
  /** The whole document with the settings applied; references to variables and files are left as they are. */
  readonly document: Readonly<Record<string, unknown>>;
}

/**
 * Reads the files app and its sources, `plugins.datasette-files` and `permissions`, from a datasette.yaml, `-s`
 * settings, or both.
 *
 * A value may be `{"$env": "NAME"}` or `{"$file": "path"}`, as in Datasette's plugin configuration.
 *
 * @param input The text, the settings, and how to read references.
 * @throws {ConfigError} If the text is not YAML, there is no source, or something cannot be used; the message names the
 * line and column, or has a line for each mistake with its place, and never a secret.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { createS3Source } from "@files/s3-source";
 * import { readDatasetteConfig } from "@files/s3-source/config";
 *
 * const place = "plugins.datasette-files.sources.media";
 * const { sources } = readDatasetteConfig({
 *   settings: [[`${place}.storage`, "s3"], [`${place}.config.bucket`, "media"], [`${place}.config.prefix`, "team-1"]],
 * });
 * const media = createS3Source(sources["media"] ?? {});
 * assertEquals([sources["media"]?.prefix, media.capabilities.canUpload], ["team-1", true]);
 * ```
 */
export function readDatasetteConfig(input: DatasetteConfigInput): DatasetteConfig {
  const parsed = parseInput(input, { verb: "read the configuration", fileName: "datasette.yaml" });
  const document = applySettings(parsed.document, parsed.settings);
  const given = mappingAt(document, FILES_PATH);
  const written = mappingAt(document, SOURCES_PATH);
  if (Object.keys(written).length === 0) throw new ConfigError(NO_SOURCES);
  const problems: Problem[] = [];
  const tree = readTree<FilesInFile, typeof FILES_FILE>(given, FILES_FILE, {
    path: FILES_PATH,
    problems,
    resolve: (value, option) => resolveTyped(value, option, input),
  });
  findAppProblems(tree, { problems, written });
  const permissions = resolvePermissions(document, { readers: input, problems });
  assertNoProblems(problems);
  const sources = membersOf(tree.sources);
  const { secret } = tree;
  return {
    sources: recordOf(
      sources.map(([name, { config }]) => [name, inItsSpelling(mappingAt(written, [name, "config"]), config)]),
    ),
    descriptions: recordOf(
      sources.flatMap(([name, { description }]) => description === undefined ? [] : [[name, description]]),
    ),
    ...secret !== undefined && { secret: toSigningSecret(secret) },
    app: toAppSettings(tree, permissions),
    document,
  };
}

/** A source's options under the names that they have in the file. */
function inItsSpelling(written: Mapping, config: object = {}): S3SourceConfig {
  const given = Object.entries(written).filter(([, value]) => value !== null);
  return Object.fromEntries(given.map(([name, inner]) => {
    const value: unknown = Reflect.get(config, toCamelCase(name));
    return [name, isMapping(inner) && isMapping(value) ? inItsSpelling(inner, value) : value];
  }));
}

/** The rules with the texts that references lead to. */
function resolvePermissions(
  document: Mapping,
  { readers, problems }: { readonly readers: SecretReaders; readonly problems: Problem[] },
): Mapping {
  const resolve = (value: unknown, path: readonly string[]): unknown => {
    const resolved = resolveReference(value, readers);
    if (!("value" in resolved)) return void problems.push({ path, ...resolved });
    if (Array.isArray(resolved.value)) return resolved.value.map((item) => resolve(item, path));
    if (!isMapping(resolved.value)) return resolved.value;
    const entries = Object.entries(resolved.value).map(([name, inner]) => [name, resolve(inner, [...path, name])]);
    return Object.fromEntries(entries);
  };
  const permissions = resolve(valueOf(document, "permissions") ?? {}, ["permissions"]);
  if (isMapping(permissions)) return permissions;
  problems.push({
    path: ["permissions"],
    reason: `it must be a mapping of actions to rules, but is ${kindInFile(permissions)}`,
  });
  return {};
}

const NO_SOURCES =
  'Cannot find a source: write at least one, as "plugins: {datasette-files: {sources: {NAME: {storage: s3, ' +
  'config: {…}}}}}" or with "-s plugins.datasette-files.sources.NAME.storage s3" and "….config.KEY VALUE"';

/** The mapping that a path leads to, empty if there is none. */
function mappingAt(document: Mapping, path: readonly string[]): Mapping {
  return path.reduce((mapping, name, index) => {
    const inner = valueOf(mapping, name) ?? {};
    if (isMapping(inner)) return inner;
    throw new ConfigError(
      `Cannot use "${path.slice(0, index + 1).join(".")}": it must be a mapping, but is ${kindInFile(inner)}`,
    );
  }, document);
}
