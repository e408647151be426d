import { ConfigError } from "../errors.ts";
import { isMapping, kindOf, type Mapping } from "../options/mapping.ts";

/** Where the values of `{"$env": …}` and `{"$file": …}` come from. */
export interface SecretReaders {
  /** An environment variable, `undefined` if it is not set. */
  env?: (name: string) => string | undefined;
  /** The text of a file; throws if it cannot be read. */
  readTextFile?: (path: string) => string;
}

/** Whether a value stands for an environment variable (`{"$env": "NAME"}`) or a file's text (`{"$file": "path"}`). */
export function isReference(value: unknown): value is Mapping {
  if (!isMapping(value)) return false;
  const keys = Object.keys(value);
  return keys.length === 1 && (keys[0] === "$env" || keys[0] === "$file");
}

/**
 * The options of a source, each reference replaced by what it stands for. One line break at the end of a file is not part
 * of its value.
 *
 * @throws {ConfigError} If a variable is not set, or a file cannot be read. Never with a value in its message.
 */
export function resolveReferences(config: Mapping, readers: SecretReaders): Mapping {
  return Object.fromEntries(
    Object.entries(config).map((
      [option, value],
    ) => [option, isReference(value) ? resolve(option, value, readers) : value]),
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

/** In Deno, a variable that the process may not read is an error. */
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
