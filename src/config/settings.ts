import { ConfigError } from "../errors.ts";
import { MAX_DEPTH, sizeProblem } from "./bounded.ts";
import { isMapping, kindOf, type Mapping, mergeMappings, valueOf } from "../options/mapping.ts";
import { isReference } from "./references.ts";
import { STS_OPTIONS, TENANT_OPTIONS } from "../options/broker_tables.ts";
import { hasType, type Option, toCamelCase } from "../options/option_table.ts";
import { SOURCE_CONFIG, STORE_TRAITS } from "../options/source_config.ts";

/** One `-s KEY VALUE` of a command line. */
export type Setting = readonly [key: string, value: string];

/** Where the sources are in a datasette.yaml. */
export const SOURCES_PATH: readonly string[] = ["plugins", "datasette-files", "sources"];

/**
 * Applies settings to a document, in their order. Values are read as JSON where they are JSON; but options keep their
 * type, so that a secret of digits does not become a number.
 *
 * @throws {ConfigError} If a key cannot be set.
 */
export function applySettings(document: Mapping, settings: readonly Setting[]): Mapping {
  return settings.reduce((merged, [key, text]) => {
    const { parent, edit } = readSetting(key, text);
    return editAt(merged, parent, edit, key);
  }, document);
}

type Edit = (mapping: Mapping) => Mapping;

function readSetting(key: string, text: string): { parent: string[]; edit: Edit } {
  const path = key.split(".");
  const problem = sizeProblem(readJsonOrText(text));
  if (problem !== undefined) throw refusal(key, `its value cannot be used: ${problem}`);
  if (path.length > MAX_DEPTH) throw refusal(key, `it has more than ${MAX_DEPTH} names`);
  if (path.includes("")) throw refusal(key, "it must be names separated by dots");
  const place = findPlace(path);
  const [name, reference, ...rest] = path.slice(place?.depth);
  if (place !== undefined && name !== undefined) {
    if (rest.length > 0 || !REFERENCES.has(reference)) throw refusal(key, place.misfit);
    const value = reference === undefined ? readOption(text, place.options[toCamelCase(name)]) : { [reference]: text };
    return { parent: path.slice(0, place.depth), edit: (options) => replaceOption(options, name, value) };
  }
  const [part, ...others] = insideSource(path);
  if (part !== undefined && (others.length > 0 || !SOURCE_PARTS.has(part))) throw refusal(key, SOURCE_MISFIT);
  const value = part === "storage" ? text : readJsonOrText(text);
  return { parent: path.slice(0, -1), edit: (mapping) => mergeMappings(mapping, { [path.at(-1) ?? ""]: value }) };
}

const REFERENCES = new Set([undefined, "$env", "$file"]);
const SOURCE_PARTS = new Set(["storage", "config"]);
const SOURCE_MISFIT =
  'below the name of a source there are "storage", "config" and "config.OPTION"; a source with a dot in its name needs the YAML file';
const SECRET_MISFIT = '"secret" is a string, or "secret.$env" and "secret.$file"';
const BROKER_MISFIT =
  'below "broker" there are "sts.OPTION" and "tenants.NAME.OPTION"; a tenant with a dot in its name needs the YAML file';

/** A mapping of options, such as a source's "config". */
interface OptionsPlace {
  /** How many names of a path lead to it. */
  readonly depth: number;
  readonly options: Readonly<Record<string, Option>>;
  /** Why a setting in it cannot be used. */
  readonly misfit: string;
}

function findPlace(path: string[]): OptionsPlace | undefined {
  const [part, option, ...others] = insideSource(path);
  if (part === "config" && option === "store" && others.length > 0) {
    return { depth: SOURCES_PATH.length + 3, options: STORE_TRAITS, misfit: SOURCE_MISFIT };
  }
  if (part === "config") {
    return { depth: SOURCES_PATH.length + 2, options: SOURCE_CONFIG, misfit: SOURCE_MISFIT };
  }
  if (isSecret(path)) return { depth: 2, options: {}, misfit: SECRET_MISFIT };
  if (path[0] !== "broker") return undefined;
  if (path[1] === "sts") return { depth: 2, options: STS_OPTIONS, misfit: BROKER_MISFIT };
  return path[1] === "tenants" ? { depth: 3, options: TENANT_OPTIONS, misfit: BROKER_MISFIT } : undefined;
}

/** Whether a path leads to the secret of the files app. */
function isSecret(path: string[]): boolean {
  return SOURCES_PATH.slice(0, 2).every((name, index) => path[index] === name) && path[2] === "secret";
}

/** The part of a path that follows the name of a source; empty if the path does not lead into a source. */
function insideSource(path: string[]): string[] {
  return SOURCES_PATH.every((name, index) => path[index] === name) ? path.slice(SOURCES_PATH.length + 1) : [];
}

function editAt(mapping: Mapping, path: string[], edit: Edit, key: string, depth = 0): Mapping {
  const name = path[depth];
  if (name === undefined) return edit(mapping);
  const inner = valueOf(mapping, name) ?? {};
  if (!isMapping(inner)) {
    throw refusal(key, `"${path.slice(0, depth + 1).join(".")}" is ${kindOf(inner)}, not a mapping`);
  }
  return { ...mapping, [name]: editAt(inner, path, edit, key, depth + 1) };
}

/** Sets an option, and removes its other spelling. */
function replaceOption(config: Mapping, option: string, value: unknown): Mapping {
  const others = Object.entries(config).filter(([name]) => toCamelCase(name) !== toCamelCase(option));
  return Object.fromEntries([...others, [option, value]]);
}

/** A value stays a string, unless it is JSON: a string, a reference, or of the option's own type. */
function readOption(text: string, option: Option | undefined): unknown {
  const value = readJsonOrText(text);
  const isMeant = typeof value === "string" || isReference(value) || (option !== undefined && hasType(value, option));
  return isMeant ? value : text;
}

function readJsonOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function refusal(key: string, reason: string): ConfigError {
  const shown = key.length > 200 ? `${key.slice(0, 200)}…` : key;
  return new ConfigError(`Cannot use the setting "${shown}": ${reason}`);
}
