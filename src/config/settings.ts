import { ConfigError } from "../errors.ts";
import { MAX_DEPTH, sizeProblem } from "./bounded.ts";
import { isMapping, kindOf, type Mapping, mergeMappings, valueOf } from "../options/mapping.ts";
import { BROKER_FILE } from "./broker_file.ts";
import { isReference } from "./references.ts";
import { hasType, type Option, type Table, toCamelCase } from "../options/option_table.ts";
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
  const place = path[0] === "broker" ? findInBroker(path) : findPlace(path);
  const [name, reference, ...rest] = place?.names ?? [];
  if (place !== undefined && name !== undefined) {
    if (rest.length > 0 || !REFERENCES.has(reference)) throw refusal(key, place.misfit);
    const value = reference === undefined ? readOption(text, place.optionOf(name)) : { [reference]: text };
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

/** A mapping of options, such as a source's "config". */
interface OptionsPlace {
  /** How many names of a path lead to it. */
  readonly depth: number;
  /** The rest of the path: the name of an option, and perhaps "$env" or "$file". */
  readonly names: readonly string[];
  /** The option of a name, if there is one. */
  readonly optionOf: (name: string) => Option | undefined;
  /** Why a setting in it cannot be used. */
  readonly misfit: string;
}

function findPlace(path: string[]): OptionsPlace | undefined {
  const placeAt = (depth: number, options: Table, misfit: string) => {
    return { depth, names: path.slice(depth), optionOf: (name: string) => options[toCamelCase(name)], misfit };
  };
  const [part, option, ...others] = insideSource(path);
  if (part === "config" && option === "store" && others.length > 0) {
    return placeAt(SOURCES_PATH.length + 3, STORE_TRAITS, SOURCE_MISFIT);
  }
  if (part === "config") return placeAt(SOURCES_PATH.length + 2, SOURCE_CONFIG, SOURCE_MISFIT);
  return isSecret(path) ? placeAt(2, {}, SECRET_MISFIT) : undefined;
}

/** Follows a path from group to group; `undefined` if it ends at one, or leads to what does not exist. */
function findInBroker(path: string[]): OptionsPlace | undefined {
  let options: Table = BROKER_FILE;
  for (let depth = 1; depth < path.length;) {
    const name = toCamelCase(path[depth] ?? "");
    const option = Object.hasOwn(options, name) ? options[name] : undefined;
    if (option === undefined) return undefined;
    const { each } = option;
    if (each !== undefined && each.options === undefined) return findByName(path, depth + 1, each);
    const inner = option.options ?? each?.options;
    if (inner === undefined) {
      const misfit = `there is nothing below "${path[depth]}"; a name with a dot in it needs the YAML file`;
      return { depth, names: path.slice(depth), optionOf: () => option, misfit };
    }
    options = inner;
    depth += each === undefined ? 1 : 2;
  }
  return undefined;
}

/** All that is left of a path to a text by its name is this name, which may have dots. */
function findByName(path: string[], depth: number, each: Option): OptionsPlace | undefined {
  const rest = path.slice(depth);
  const isReference = rest.length > 1 && REFERENCES.has(rest.at(-1));
  const names = isReference ? [rest.slice(0, -1).join("."), rest.at(-1) ?? ""] : [rest.join(".")];
  return rest.length === 0 ? undefined : { depth, names, optionOf: () => each, misfit: "" };
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

/** The JSON of a text, or else the text. */
export function readJsonOrText(text: string): unknown {
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
