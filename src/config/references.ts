import { isMapping, kindOf, type Mapping } from "../options/mapping.ts";
import { hasType, type Option } from "../options/option_table.ts";
import type { Resolved } from "../options/option_tree.ts";

/** Reads the values of `{"$env": …}` and `{"$file": …}`. */
export interface SecretReaders {
  /** Reads an environment variable; `undefined` if it is not set. Default: `{"$env": …}` is refused. */
  env?: ((name: string) => string | undefined) | undefined;
  /** Reads a file as text; throws if that fails. Default: `{"$file": …}` is refused. */
  readTextFile?: ((path: string) => string) | undefined;
}

/** Whether a value refers to an environment variable (`{"$env": "NAME"}`) or a file (`{"$file": "path"}`). */
export function isReference(value: unknown): value is Mapping {
  if (!isMapping(value)) return false;
  const keys = Object.keys(value);
  return keys.length === 1 && (keys[0] === "$env" || keys[0] === "$file");
}

/** The text that a reference leads to, or why it leads nowhere; any other value as it is. */
export function resolveReference(value: unknown, { env, readTextFile }: SecretReaders): Resolved {
  if (!isReference(value)) return { value };
  const { $env, $file } = value;
  const name = $env ?? $file;
  if (typeof name !== "string" || name === "") {
    return { reason: `its reference must be a name, but is ${kindOf(name)}` };
  }
  try {
    if ($env !== undefined) {
      const text = env?.(name);
      return text === undefined ? { reason: `the environment variable "${name}" is not set` } : { value: text };
    }
    if (!readTextFile) return { reason: `the file "${name}" cannot be read here` };
    return { value: readTextFile(name).replace(/\r?\n$/, "") };
  } catch (cause) {
    // In Deno, reading a variable without permission throws.
    const what = $env === undefined ? "file" : "environment variable";
    return { reason: `the ${what} "${name}" cannot be read`, cause };
  }
}

/** Variables and files have texts. Where a number, or `true` or `false`, is expected, it is read from the text. */
export function resolveTyped(given: unknown, option: Option, readers: SecretReaders): Resolved {
  const resolved = resolveReference(given, readers);
  if (!isReference(given) || !("value" in resolved) || typeof resolved.value !== "string") return resolved;
  const value = readJsonOrText(resolved.value);
  return (option.type === "number" || option.type === "boolean") && hasType(value, option) ? { value } : resolved;
}

/** The JSON of a text, or else the text. */
export function readJsonOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
