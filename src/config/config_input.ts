import { callable, filledText, text, valueThat } from "../options/checks.ts";
import type { Mapping } from "../options/mapping.ts";
import { type OptionTable, readOptions } from "../options/option_table.ts";
import type { BrokerConfigInput } from "./broker_yaml.ts";
import type { Setting } from "./settings.ts";
import { parseYamlMapping } from "./yaml_document.ts";

const CONFIG_INPUT = {
  yaml: { ...text, default: "" },
  fileName: filledText,
  settings: { ...valueThat("list", "a list of pairs of strings, a key and a value", isSettings), default: [] },
  env: callable,
  readTextFile: callable,
  readFolder: callable,
} as const satisfies OptionTable<BrokerConfigInput>;

function isSettings(value: unknown): boolean {
  return Array.isArray(value) &&
    value.every((pair) => Array.isArray(pair) && pair.length === 2 && pair.every((part) => typeof part === "string"));
}

/** A YAML text that has been parsed, and what goes with it. */
export interface ParsedInput {
  readonly document: Mapping;
  /** What messages call the text. */
  readonly fileName: string;
  /** To be written over the document. */
  readonly settings: readonly Setting[];
}

/**
 * Parses the YAML text of an input.
 *
 * @param how `verb`: what cannot be done without it, e.g. `"read the configuration"`; `fileName`: what messages call
 * the text by default.
 * @throws {ConfigError} If an option is unknown or cannot be used, or the text is not YAML.
 */
export function parseInput(
  input: BrokerConfigInput,
  { verb, fileName: defaultName }: { readonly verb: string; readonly fileName: string },
): ParsedInput {
  const { yaml, fileName = defaultName, settings } = readOptions(input, CONFIG_INPUT, { verb });
  return { document: parseYamlMapping(yaml, fileName), fileName, settings };
}
