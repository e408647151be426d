import { ConfigError } from "../errors.ts";
import { didYouMean } from "../options/did_you_mean.ts";
import type { BrokerConfig } from "../options/broker_options.ts";
import { BROKER_CONFIG } from "../options/broker_tables.ts";
import { checkBrokerConfig } from "../options/checked_broker.ts";
import { readDocument } from "./config_input.ts";
import { isMapping, kindOf, type Mapping, valueOf } from "../options/mapping.ts";
import { readOptions, toSnakeCase, within } from "../options/option_table.ts";
import { resolveReferences, type SecretReaders } from "./references.ts";
import type { Setting } from "./settings.ts";

/** Input of {@link readBrokerConfig}. */
export interface BrokerConfigInput extends SecretReaders {
  /** The text of a YAML file with a mapping `broker`. Default: empty. */
  yaml?: string | undefined;
  /** The name of the text in messages. Default `"broker.yaml"`. */
  fileName?: string | undefined;
  /** `-s KEY VALUE` pairs. They override the text, and a later pair overrides an earlier one. Default: none. */
  settings?: readonly Setting[] | undefined;
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
 * @throws {ConfigError} If the text is not YAML or the broker cannot be used; the message names the tenant and the
 * option, and never a secret.
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
  const document = readDocument(input, { verb: "read the broker's configuration", fileName: "broker.yaml" });
  const broker = childMapping(document, "broker");
  for (const key of Object.keys(broker)) {
    if (KEYS.includes(key)) continue;
    throw new ConfigError(
      `Cannot use "broker.${key}": there is no such key${didYouMean(key, KEYS)}`,
    );
  }
  const resolve = (options: Mapping, place: string) =>
    within(`"broker.${place}"`, () => resolveReferences(options, input));
  const r2 = broker["r2"] && resolve(childMapping(broker, "r2", "broker."), "r2");
  const sts = r2 ? valueOf(broker, "sts") : resolve(childMapping(broker, "sts", "broker."), "sts");
  const tenants = Object.entries(childMapping(broker, "tenants", "broker.")).map(([name, tenant]) => {
    return [name, isMapping(tenant) ? resolve(tenant, `tenants.${name}`) : tenant];
  });
  const config = { ...broker, sts, r2, tenants: Object.fromEntries(tenants) };
  checkBrokerConfig(config);
  return readOptions<BrokerConfig, typeof BROKER_CONFIG>(config, BROKER_CONFIG, { yamlOptions: BROKER_CONFIG });
}

const KEYS = Object.keys(BROKER_CONFIG).map(toSnakeCase);

function childMapping(parent: Mapping, key: string, path = ""): Mapping {
  const value = valueOf(parent, key);
  if (isMapping(value)) return value;
  throw new ConfigError(`Cannot use "${path}${key}": it must be a mapping, but is ${kindOf(value)}`);
}
