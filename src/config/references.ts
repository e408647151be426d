import { ConfigError } from "../errors.ts";
import { isMapping, kindOf, type Mapping } from "../options/mapping.ts";

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

/**
 * Replaces references in options by what they refer to, and drops options without a value. One line break at the end of a file is not part of its value.
 *
 * @throws {ConfigError} If a variable is not set, or a file cannot be read; the message never shows a value.
 */
export function resolveReferences(config: Mapping, readers: SecretReaders): Mapping {
  return Object.fromEntries(
    Object.entries(config).flatMap(([option, value]) =>
      value === null ? [] : [[option, isReference(value) ? resolve(option, value, readers) : value]]
    ),
  );
}

function resolve(option: string, { $env, $file }: Mapping, { env, readTextFile }: SecretReaders): string {
  const name = $env ?? $file;
  if (typeof name !== "string" || name === "") {
    throw refusal(option, `its reference must be a name, but is ${kindOf(name)}`);
  }
  if ($env !== undefined) {
    const value = readVariable(option, name, env);
    if (value !== undefined) return value;
    throw refusal(option, `the environment variable "${name}" is not set`);
  }
  if (!readTextFile) throw refusal(option, `the file "${name}" cannot be read here`);
  try {
    return readTextFile(name).replace(/\r?\n$/, "");
  } catch (cause) {
    throw refusal(option, `the file "${name}" cannot be read`, cause);
  }
}

/** In Deno, reading a variable without permission throws. */
function readVariable(option: string, name: string, env: SecretReaders["env"]): string | undefined {
  try {
    return env?.(name);
  } catch (cause) {
    throw refusal(option, `the environment variable "${name}" cannot be read`, cause);
  }
}

function refusal(option: string, reason: string, cause?: unknown): ConfigError {
  return new ConfigError(`Cannot use the option "${option}": ${reason}`, { cause });
}
