import { ConfigError, show } from "../errors.ts";
import type { BrokerConfig } from "../options/broker_options.ts";
import { findBrokerProblems } from "../options/broker_problems.ts";
import { didYouMean } from "../options/did_you_mean.ts";
import { isMapping, kindOf, type Mapping, recordOf, valueOf } from "../options/mapping.ts";
import { assertNoProblems, membersOf, type Problem, readTree } from "../options/option_tree.ts";
import { BROKER_FILE, type BrokerInFile, type IssuerFiles } from "./broker_file.ts";
import { parseInput } from "./config_input.ts";
import { resolveTyped, type SecretReaders } from "./references.ts";
import { applySettings, type Setting } from "./settings.ts";
import { STATE_NEEDS_SECRET } from "../state/state_option.ts";
import { type SigningSecret, toSigningSecret } from "../tokens/signing_secret.ts";
import { readTenantsFolder } from "./tenants_folder.ts";

/** Input of {@link readBrokerConfig}. */
export interface BrokerConfigInput extends SecretReaders {
  /** The text of a YAML file with a mapping `broker`. Default: empty. */
  yaml?: string | undefined;
  /** The name of the text in messages. Default `"broker.yaml"`. */
  fileName?: string | undefined;
  /** `-s KEY VALUE` pairs. They override the text, and a later pair overrides an earlier one. Default: none. */
  settings?: readonly Setting[] | undefined;
  /** The names of the files in a folder; throws if it cannot be read. Default: `tenants_folder` is refused. */
  readFolder?: ((path: string) => readonly string[]) | undefined;
}

/** A broker.yaml, with its parts that only the command uses. */
export interface BrokerDocument {
  /** The options of `createBroker`. */
  readonly config: BrokerConfig;
  /** By the names of issuers. Without a prototype. */
  readonly issuerFiles: Readonly<Record<string, IssuerFiles>>;
  /** Where state is that processes share: `"memory:"`, or the URL of a Redis. */
  readonly state: string;
  /** Encrypts what is kept there; absent if there is none. */
  readonly secret?: SigningSecret | undefined;
  /** Where the audit goes: `"stdout"`, `"none"` or the path of a file. */
  readonly audit: string;
  /** How log lines are written. */
  readonly logFormat: "text" | "json";
}

/**
 * Reads a broker's configuration from a YAML text, `-s` settings, or both:
 *
 * ```yaml
 * broker:
 *   sts: {region: eu-west-1, role_arn: "arn:aws:iam::123456789012:role/files"}
 *   tenants:
 *     team: {secret_sha256: {$env: TEAM_SHA256}, bucket: media, prefix: team/, allow: [read, write, delete]}
 * ```
 *
 * A value may be `{"$env": "NAME"}` or `{"$file": "path"}`. Other parts of the text are ignored.
 *
 * @param input The text, the settings, and how to read references.
 * @throws {ConfigError} If the text is not YAML or the broker cannot be used; the message has a line for each mistake,
 * with its place, and never a secret.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { createBroker, createSecret } from "@files/s3-source/broker";
 * import { readBrokerConfig } from "@files/s3-source/config";
 *
 * const { sha256 } = await createSecret();
 * const config = readBrokerConfig({
 *   yaml: `
 * broker:
 *   sts: {region: eu-west-1, role_arn: "arn:aws:iam::123456789012:role/files"}
 *   tenants:
 *     team: {secret_sha256: {$env: TEAM_SHA256}, bucket: media, prefix: team/, allow: [read]}
 * `,
 *   env: (name) => (name === "TEAM_SHA256" ? sha256 : undefined),
 * });
 * assertEquals(config.tenants["team"]?.prefix, "team/");
 * const broker = createBroker(config); // For Deno.serve, Bun.serve or any other server.
 * assertEquals((await broker(new Request("http://localhost/healthz"))).status, 200);
 * ```
 */
export function readBrokerConfig(input: BrokerConfigInput): BrokerConfig {
  return readBrokerDocument(input).config;
}

/**
 * Like {@link readBrokerConfig}, with what is for the command.
 *
 * @throws {ConfigError} With a line for each mistake.
 */
export function readBrokerDocument(input: BrokerConfigInput): BrokerDocument {
  const { document, fileName, settings } = parseInput(input, {
    verb: "read the broker's configuration",
    fileName: "broker.yaml",
  });
  const problems: Problem[] = [];
  const folder = readTenantsFolder(brokerOf(applySettings(document, settings)), {
    ...input,
    document,
    fileName,
    problems,
  });
  const broker = brokerOf(applySettings(folder.document, settings));
  const foreign = settings.find(([key]) => !/^broker(?:\.|$)/.test(key))?.[0];
  if (foreign !== undefined) {
    throw new ConfigError(`Cannot use the setting ${show(foreign)}: a broker's settings begin with "broker."`);
  }
  const tree = readTree<BrokerInFile, typeof BROKER_FILE>(broker, BROKER_FILE, {
    path: ["broker"],
    problems,
    resolve: (value, option) => resolveTyped(value, option, input),
  });
  findBrokerProblems(tree, { problems, needsTenants: !folder.isUnreadable });
  if (tree.state !== undefined && tree.state !== "memory:" && !("secret" in tree)) {
    problems.push({ path: ["broker", "state"], reason: STATE_NEEDS_SECRET });
  }
  assertNoProblems(problems, { fileOf: folder.fileOf });
  const { tenantsFolder: _, state, secret, audit, logFormat, issuers, ...config } = tree;
  const split = membersOf(issuers).map(([name, { caFile, tokenFile, ...issuer }]) => {
    return { name, issuer, files: { caFile, tokenFile } };
  });
  return {
    config: {
      ...config,
      ...issuers !== undefined && { issuers: recordOf(split.map(({ name, issuer }) => [name, issuer])) },
    },
    issuerFiles: recordOf(split.map(({ name, files }) => [name, files])),
    state,
    secret: secret === undefined ? undefined : toSigningSecret(secret),
    audit,
    logFormat: logFormat === "json" ? "json" : "text",
  };
}

function brokerOf(document: Mapping): Mapping {
  const broker = valueOf(document, "broker");
  if (isMapping(broker)) return broker;
  if (broker !== undefined) {
    throw new ConfigError(`Cannot use "broker": it must be a mapping, but is ${kindOf(broker)}`);
  }
  const [other] = Object.keys(document).filter((name) => didYouMean(name, ["broker"]) !== "");
  throw new ConfigError(`Cannot use "broker": it is missing${other === undefined ? "" : `; there is ${show(other)}`}`);
}
