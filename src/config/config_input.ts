import { assertOptionsOf, callable, type Check, filledText, text } from "../options/checks.ts";
import type { SecretReaders } from "./references.ts";
import type { Setting } from "./settings.ts";

/** What both readers of configurations read. */
interface ConfigInput extends SecretReaders {
  yaml?: string;
  fileName?: string;
  settings?: readonly Setting[];
}

/**
 * Checks the input of a reader of configurations.
 *
 * @param verb What cannot be done with it, e.g. `"read the configuration"`.
 * @throws {ConfigError} Naming what is unknown or of the wrong type.
 */
export function assertConfigInput(verb: string, input: unknown): void {
  assertOptionsOf<ConfigInput>(verb, input, {
    checks: { yaml: text, fileName: filledText, settings: pairs, env: callable, readTextFile: callable },
  });
}

const pairs: Check = (value) =>
  Array.isArray(value) && value.every(isPair) ? undefined : "a list of pairs of texts, a key and a value";

function isPair(pair: unknown): boolean {
  return Array.isArray(pair) && pair.length === 2 && pair.every((part) => typeof part === "string");
}
