import { ConfigError } from "../errors.ts";
import { isMapping, kindOf, type Mapping, mergeMappings, valueOf } from "./mapping.ts";
import { isReference } from "./secrets.ts";

/** One `-s KEY VALUE` of a command line. */
export type Setting = readonly [key: string, value: string];

/** Where the sources are in a datasette.yaml. */
export const SOURCES_PATH: readonly string[] = ["plugins", "datasette-files", "sources"];

/**
 * A document with settings written over it, in their order. A value that is JSON counts as what it says, any other as text;
 * but an option of a source stays the text it is, so that a secret of digits does not become a number.
 *
 * @throws {ConfigError} If a key leads nowhere a setting can be.
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
  if (path.includes("")) throw refusal(key, "it must be names with a dot between them");
  const [part, option, reference, ...rest] = insideSource(path);
  if (part === "config" && option !== undefined && rest.length === 0 && REFERENCES.has(reference)) {
    const value = reference === undefined ? readOption(option, text) : { [reference]: text };
    return { parent: path.slice(0, SOURCES_PATH.length + 2), edit: (config) => replaceOption(config, option, value) };
  }
  if (part !== undefined && (option !== undefined || !SOURCE_PARTS.has(part))) throw refusal(key, MISFIT);
  const value = part === "storage" ? text : readJsonOrText(text);
  const name = path.at(-1) ?? "";
  return { parent: path.slice(0, -1), edit: (mapping) => mergeMappings(mapping, { [name]: value }) };
}

const REFERENCES = new Set([undefined, "$env", "$file"]);
const SOURCE_PARTS = new Set(["storage", "config"]);
const MISFIT =
  'below the name of a source there are "storage", "config" and "config.OPTION"; a source whose own name has a dot needs the YAML file';

/** What follows the name of a source in a path; nothing if the path does not lead into a source. */
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

/** Sets an option, and removes it in its other spelling. */
function replaceOption(config: Mapping, option: string, value: unknown): Mapping {
  const others = Object.entries(config).filter(([name]) => camelCase(name) !== camelCase(option));
  return Object.fromEntries([...others, [option, value]]);
}

function readOption(option: string, text: string): unknown {
  const value = readJsonOrText(text);
  const isMeant = typeof value === "string" || isReference(value) ||
    (typeof value === "boolean" && BOOLEAN_OPTIONS.has(camelCase(option)));
  return isMeant ? value : text;
}

const BOOLEAN_OPTIONS = new Set(["allowInsecureCredentialsUrl"]);

function readJsonOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function camelCase(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function refusal(key: string, reason: string): ConfigError {
  return new ConfigError(`Cannot use the setting "${key}": ${reason}`);
}
