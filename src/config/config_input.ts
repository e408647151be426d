import { callable, filledText, text, valueThat } from "../options/checks.ts";
import type { Mapping } from "../options/mapping.ts";
import { type OptionTable, readOptions } from "../options/option_table.ts";
import type { BrokerConfigInput } from "./broker_yaml.ts";
import { applySettings } from "./settings.ts";
import { parseYamlMapping } from "./yaml_document.ts";

const CONFIG_INPUT = {
  yaml: { ...text, default: "" },
  fileName: filledText,
  settings: { ...valueThat("list", "a list of pairs of strings, a key and a value", isSettings), default: [] },
  env: callable,
  readTextFile: callable,
} as const satisfies OptionTable<BrokerConfigInput>;

function isSettings(value: unknown): boolean {
  return Array.isArray(value) &&
    value.every((pair) => Array.isArray(pair) && pair.length === 2 && pair.every((part) => typeof part === "string"));
}

/**
 * The document of a YAML text with the settings written over it.
 *
 * @param how `verb`: what cannot be done without it, e.g. `"read the configuration"`; `fileName`: what messages call
 * the text by default.
 * @throws {ConfigError} If an option is unknown or cannot be used, or the text is not YAML.
 */
export function readDocument(
  input: BrokerConfigInput,
  { verb, fileName: defaultName }: { readonly verb: string; readonly fileName: string },
): Mapping {
  const { yaml, fileName = defaultName, settings } = readOptions(input, CONFIG_INPUT, { verb });
  return applySettings(parseYamlMapping(yaml, fileName), settings);
}
