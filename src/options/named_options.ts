import { optionRefusal } from "./checks.ts";
import { didYouMean } from "./did_you_mean.ts";

/** What kind of value each option takes, under the name that TypeScript uses. */
export type OptionTypes = Readonly<Record<string, "string" | "number" | "boolean" | "list">>;

/** The values of options that have been read. */
export type NamedOptions<Types extends OptionTypes> = {
  [Name in keyof Types]?: {
    readonly string: string;
    readonly number: number;
    readonly boolean: boolean;
    readonly list: readonly unknown[];
  }[Types[Name]];
};

/**
 * Reads options that may be written in camelCase or, as in a YAML file, in snake_case. `undefined` and `null`, which an empty YAML
 * value is, count as absent.
 *
 * @param rules `mayBeEmpty`: the texts that may be empty; `aliases`: names that people bring from elsewhere.
 * @returns The options under their camelCase names.
 * @throws {ConfigError} Naming the option that cannot be used as it was written and, for an unknown one, the nearest known name.
 */
export function readNamedOptions<const Types extends OptionTypes>(
  given: object,
  types: Types,
  { mayBeEmpty = [], aliases = {} }: {
    readonly mayBeEmpty?: readonly (keyof Types)[];
    readonly aliases?: Readonly<Record<string, string>>;
  } = {},
): NamedOptions<Types> {
  const names = new Map(Object.keys(types).flatMap((name) => [[name, name], [toSnakeCase(name), name]]));
  const options: Record<string, unknown> = {};
  for (const [written, value] of Object.entries(given)) {
    const name = names.get(written);
    if (name === undefined) {
      throw optionRefusal(written, `there is no such option${didYouMean(written, [...names.keys()], aliases)}`);
    }
    if (value === undefined || value === null) continue;
    const type = Array.isArray(value) ? "list" : typeof value;
    if (type !== types[name]) {
      throw optionRefusal(written, `it must be a ${types[name]}, not a ${type === "object" ? "mapping" : type}`);
    }
    if (value === "" && !mayBeEmpty.includes(name)) throw optionRefusal(written, "it is empty; leave it out instead");
    if (name in options) throw optionRefusal(written, "it is given in both spellings");
    options[name] = value;
  }
  return options as NamedOptions<Types>;
}

/** Refuses options of which only some are given that go together. */
export function requireTogether(pair: Readonly<Record<string, unknown>>): void {
  const missing = Object.keys(pair).filter((name) => pair[name] === undefined);
  const [given] = Object.keys(pair).filter((name) => pair[name] !== undefined);
  if (missing.length === 1 && given !== undefined) throw optionRefusal(given, `it needs "${missing[0]}" beside it`);
}

function toSnakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
