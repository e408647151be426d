import { ConfigError, show } from "../errors.ts";
import { MAX_DEPTH, sizeProblem } from "./bounded.ts";
import { isMapping, kindOf, type Mapping, mergeMappings, valueOf } from "../options/mapping.ts";
import { BROKER_FILE } from "./broker_file.ts";
import { FILES_FILE } from "./app_file.ts";
import { isReference, readJsonOrText } from "./references.ts";
import { anything } from "../options/checks.ts";
import { hasType, type Option, type Table, toCamelCase } from "../options/option_table.ts";

/** One `-s KEY VALUE` of a command line. */
export type Setting = readonly [key: string, value: string];

/** Where the files app is in a datasette.yaml. */
export const FILES_PATH: readonly string[] = ["plugins", "datasette-files"];

/** Where its sources are. */
export const SOURCES_PATH: readonly string[] = [...FILES_PATH, "sources"];

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

/** Warns of settings that are secrets: other users see the arguments of all processes. */
export function warningsOfSettings(settings: readonly Setting[]): string[] {
  return settings.flatMap(([key, text]) => {
    const place = findPlace(key.split("."));
    if (place?.names.length !== 1 || isReference(readJsonOrText(text))) return [];
    if (!place.option.isSecret && !URL.parse(text)?.password) return [];
    const instead = show(`${key}.$env`);
    return [
      `The setting ${
        show(key)
      }: a secret on the command line can be read by every user of this machine; use ${instead}`,
    ];
  });
}

type Edit = (mapping: Mapping) => Mapping;

function readSetting(key: string, text: string): { parent: readonly string[]; edit: Edit } {
  const path = key.split(".");
  const problem = sizeProblem(readJsonOrText(text));
  if (problem !== undefined) throw refusal(key, `its value cannot be used: ${problem}`);
  if (path.length > MAX_DEPTH) throw refusal(key, `it has more than ${MAX_DEPTH} names`);
  if (path.includes("")) throw refusal(key, "it must be names separated by dots");
  const place = findPlace(path);
  const [name, reference, ...rest] = place?.names ?? [];
  if (place !== undefined && name !== undefined) {
    if (rest.length > 0 || !REFERENCES.has(reference)) throw refusal(key, place.misfit);
    const value = reference === undefined ? readOption(text, place.option) : { [reference]: text };
    return { parent: path.slice(0, place.depth), edit: (options) => replaceOption(options, name, value) };
  }
  const value = readJsonOrText(text);
  return { parent: path.slice(0, -1), edit: (mapping) => mergeMappings(mapping, { [path.at(-1) ?? ""]: value }) };
}

const REFERENCES = new Set([undefined, "$env", "$file"]);

/** The place of an option in a document. */
export interface OptionPlace {
  /** How many names of a path lead to the mapping that it is in. */
  readonly depth: number;
  /** The rest of the path: the name of the option, and perhaps "$env" or "$file". */
  readonly names: readonly string[];
  readonly option: Option;
  /** Why a setting below it cannot be used. */
  readonly misfit: string;
}

/** The option that a path leads to, or below; `undefined` if it ends at a group, or leads to what does not exist. */
export function findPlace(path: readonly string[]): OptionPlace | undefined {
  if (path[0] === "broker") return findInTree(path, 1, BROKER_FILE);
  const isInFiles = FILES_PATH.every((name, index) => path[index] === name);
  return isInFiles ? findInTree(path, FILES_PATH.length, FILES_FILE) : undefined;
}

/** Follows a path from group to group. */
function findInTree(path: readonly string[], start: number, table: Table): OptionPlace | undefined {
  let options = table;
  let isBelowName = false;
  for (let depth = start; depth < path.length;) {
    const name = toCamelCase(path[depth] ?? "");
    const option = Object.hasOwn(options, name) ? options[name] : undefined;
    if (option === undefined) {
      const misfit = `there is no such key as "${path[depth]}"; a name with a dot in it needs the YAML file`;
      return isBelowName ? { depth, names: path.slice(depth), option: anything, misfit } : undefined;
    }
    const { each } = option;
    if (each !== undefined && each.options === undefined) return findByName(path, depth + 1, each);
    const inner = option.options ?? each?.options;
    if (inner === undefined) {
      const misfit = `there is nothing below "${path[depth]}"; a name with a dot in it needs the YAML file`;
      return { depth, names: path.slice(depth), option, misfit };
    }
    options = inner;
    const isSingle = option.single !== undefined && Object.hasOwn(inner, toCamelCase(path[depth + 1] ?? ""));
    isBelowName = each !== undefined && !isSingle;
    depth += isBelowName ? 2 : 1;
  }
  return undefined;
}

/** All that is left of a path to a text by its name is this name, which may have dots. */
function findByName(path: readonly string[], depth: number, option: Option): OptionPlace | undefined {
  const rest = path.slice(depth);
  const isReference = rest.length > 1 && REFERENCES.has(rest.at(-1));
  const names = isReference ? [rest.slice(0, -1).join("."), rest.at(-1) ?? ""] : [rest.join(".")];
  return rest.length === 0 ? undefined : { depth, names, option, misfit: "" };
}

function editAt(mapping: Mapping, path: readonly string[], edit: Edit, key: string, depth = 0): Mapping {
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
function readOption(text: string, option: Option): unknown {
  const value = readJsonOrText(text);
  const isMeant = typeof value === "string" || isReference(value) || hasType(value, option);
  return isMeant ? value : text;
}

function refusal(key: string, reason: string): ConfigError {
  const shown = key.length > 200 ? `${key.slice(0, 200)}…` : key;
  return new ConfigError(`Cannot use the setting "${shown}": ${reason}`);
}
