import { parse } from "@std/yaml";
import { ConfigError } from "../errors.ts";
import { sizeProblem, TOO_DEEP } from "./bounded.ts";
import { isMapping, kindOf, type Mapping } from "../options/mapping.ts";

/**
 * Reads a YAML text that is a mapping; an empty text is an empty mapping.
 *
 * @param fileName The name of the text in messages.
 * @throws {ConfigError} If it is not YAML (with line and column), not a mapping, or nested too deeply.
 */
export function parseYamlMapping(text: string, fileName: string): Mapping {
  const document = parseYaml(text, fileName) ?? {};
  const problem = sizeProblem(document);
  if (problem !== undefined) throw new ConfigError(`Cannot read "${fileName}": ${problem}`);
  if (isMapping(document)) return document;
  throw new ConfigError(
    `Cannot read "${fileName}": it must be a mapping such as "plugins: …", but is ${kindOf(document)}`,
  );
}

function parseYaml(text: string, fileName: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    // The parser is recursive.
    if (error instanceof RangeError) throw new ConfigError(`Cannot read "${fileName}": ${TOO_DEEP}`);
    if (!(error instanceof SyntaxError)) throw error;
    throw new ConfigError(`Cannot read "${fileName}": ${describe(error.message)}`);
  }
}

// The parser's message also quotes the line, and names what it could not resolve. Either may be a secret, so neither
// may be shown, nor the error be a cause.
function describe(message: string): string {
  const [, reason, position] = /^(?:Cannot [^:"]*: )?(.*?) (at line \d+, column -?\d+)/s.exec(message) ?? [];
  if (reason === undefined || position === undefined) return "it is not YAML";
  // For the second of two mappings with one name, the parser counts the column from the end.
  return `${reason.replace(/ ?(?:!<|"|: received ).*$/s, "")} ${position.replace(/, column -.*/, "")}`;
}
