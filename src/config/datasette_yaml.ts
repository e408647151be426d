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
import { within } from "../options/option_table.ts";
import { readSourceConfig } from "../options/source_config.ts";
import type { S3SourceConfig } from "../types/config.ts";
import { type BrokerConfigInput, readBrokerConfig } from "./broker_yaml.ts";
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
import { parseInput } from "./config_input.ts";
import { isMapping, kindOf, type Mapping, valueOf } from "../options/mapping.ts";
import { resolveReferences, type SecretReaders } from "./references.ts";
import { applySettings, type Setting, SOURCES_PATH } from "./settings.ts";
import { sourceNameProblem } from "../options/source_name.ts";

export { readBrokerConfig };
export type {
  BrokerConfig,
  BrokerConfigInput,
  IdentityConfig,
  IssuerConfig,
  Permission,
  R2Config,
  SecretConfig,
  SecretReaders,
  Setting,
  StoreConfig,
  StsConfig,
  TenantConfig,
  TenantDefaults,
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
  /** The whole document with the settings applied; references to variables and files are left as they are. */
  readonly document: Readonly<Record<string, unknown>>;
}

/**
 * Reads the sources of the plugin datasette-files from a datasette.yaml, `-s` settings, or both.
 *
 * An option's value may be `{"$env": "NAME"}` or `{"$file": "path"}`, as in Datasette's plugin configuration.
 *
 * @param input The text, the settings, and how to read references.
 * @throws {ConfigError} If the text is not YAML, there is no source, or a source cannot be used; the message names the
 * line and column, or the source and the option, and never a value.
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
  const entries = Object.entries(mappingAt(document, SOURCES_PATH));
  if (entries.length === 0) throw new ConfigError(NO_SOURCES);
  const sources: Record<string, S3SourceConfig> = Object.create(null);
  const descriptions: Record<string, string> = Object.create(null);
  for (const [name, source] of entries) {
    sources[name] = readSource(name, source, input);
    const description = descriptionOf(name, source);
    if (description !== undefined) descriptions[name] = description;
  }
  const secret = readSecret(document, input);
  return { sources, descriptions, ...secret !== undefined && { secret }, document };
}

function readSecret(document: Mapping, readers: SecretReaders): DatasetteConfig["secret"] {
  const given = valueOf(mappingAt(document, SOURCES_PATH.slice(0, 2)), "secret");
  if (given === undefined || given === null) return undefined;
  if (Array.isArray(given)) {
    const [fresh, former, ...more] = given.map((one) => readText(one, readers));
    if (fresh !== undefined && more.length === 0) return former === undefined ? [fresh] : [fresh, former];
    throw new ConfigError(
      'Cannot use "plugins.datasette-files.secret": a list must have the new secret and, at most, the former one',
    );
  }
  return readText(given, readers);
}

function readText(given: unknown, readers: SecretReaders): string {
  const { secret } = resolveReferences({ secret: given }, readers);
  if (typeof secret === "string") return secret;
  throw new ConfigError(`Cannot use "plugins.datasette-files.secret": it must be a string, but is ${kindOf(secret)}`);
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
      `Cannot use "${path.slice(0, index + 1).join(".")}": it must be a mapping, but is ${kindOf(inner)}`,
    );
  }, document);
}

function readSource(name: string, source: unknown, readers: SecretReaders): S3SourceConfig {
  return within(`source ${JSON.stringify(name)}`, () => {
    const problem = sourceNameProblem(name);
    if (problem !== undefined) throw new ConfigError(problem);
    const config = resolveReferences(s3Options(source), readers);
    readSourceConfig(config);
    return config;
  });
}

function descriptionOf(name: string, source: unknown): string | undefined {
  const description = isMapping(source) ? valueOf(source, "description") : undefined;
  if (description === undefined || description === null) return undefined;
  if (typeof description === "string" && description !== "") return description;
  throw new ConfigError(
    `Cannot use source ${JSON.stringify(name)}: its "description" must be a sentence, but is ${kindOf(description)}`,
  );
}

function s3Options(source: unknown): Mapping {
  if (!isMapping(source)) {
    throw new ConfigError(`it must be a mapping of "storage" and "config", but is ${kindOf(source)}`);
  }
  const { storage, config, description: _, ...others } = {
    storage: undefined,
    config: undefined,
    description: undefined,
    ...source,
  };
  if (storage === undefined || storage === null) {
    throw new ConfigError(
      'it has no "storage": write "storage: s3", or "-s plugins.datasette-files.sources.NAME.storage s3"',
    );
  }
  if (storage !== "s3") {
    const shown = typeof storage === "string" ? JSON.stringify(storage) : kindOf(storage);
    throw new ConfigError(`its storage is ${shown}, and only "s3" is supported`);
  }
  const [other] = Object.keys(others);
  if (other !== undefined) {
    throw new ConfigError(
      `"${other}" is not one of its keys, "storage", "config" and "description"; options belong in "config"`,
    );
  }
  if (config === undefined || config === null) return {};
  if (!isMapping(config)) throw new ConfigError(`its "config" must be a mapping, but is ${kindOf(config)}`);
  return config;
}
