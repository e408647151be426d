import { ConfigError, show } from "../errors.ts";
import { isGroup } from "./checks.ts";
import { didYouMean } from "./did_you_mean.ts";
import { kindOf } from "./mapping.ts";

/** The type of an option's value; `texts` is a string or a list of them; of `any` only the check decides. */
export type OptionType = "string" | "number" | "boolean" | "list" | "texts" | "function" | "object" | "any";

/** A kind of value that an option can have. */
export interface Kind<Type extends OptionType = OptionType> {
  readonly type: Type;
  /** Why a value cannot be used, e.g. `"it must be a string"`; `undefined` if it can. */
  readonly check: (value: unknown) => string | undefined;
}

/** A row of a table of options. */
export interface Option<Type extends OptionType = OptionType, Value = unknown, Name = string> extends Kind<Type> {
  /** The value of an option that is not given. */
  readonly default?: Value;
  readonly isRequired?: true;
  /** Another option that must be given too. */
  readonly needs?: Name;
  /** The options of a group, which {@link readTree} reads. */
  readonly options?: Table;
  /** What the values of a mapping by name are, which {@link readTree} reads. */
  readonly each?: Option;
  /** The name of a value that is given instead of a mapping by name. Default: there has to be a mapping. */
  readonly single?: string;
  /** Whether it is a secret. Default: it is not. */
  readonly isSecret?: true;
}

/** The options of a group by their camelCase names. */
export type Table = Readonly<Record<string, Option>>;

/**
 * A row for each camelCase option of an interface. The compiler refuses a table with one too few, one too many, or
 * another type.
 */
export type OptionTable<Options> = {
  readonly [Name in CamelCaseNames<Options>]-?: Option<
    TypeOf<NonNullable<Options[Name]>> | TextsOf<NonNullable<Options[Name]>> | "any",
    NonNullable<Options[Name]>,
    CamelCaseNames<Options>
  >;
};

type CamelCaseNames<Options> = Exclude<keyof Options & string, `${string}_${string}`>;

type TypeOf<Value> = Value extends string ? "string"
  : Value extends number ? "number"
  : Value extends boolean ? "boolean"
  : Value extends readonly unknown[] ? "list"
  : Value extends (...args: never) => unknown ? "function"
  : "object";

type TextsOf<Value> = string | readonly string[] extends Value ? "texts" : never;

/** Options that have been read: without `null`, and with defaults. */
export type ReadOptions<Options, Table> =
  & { [Name in keyof Options as Name extends CamelCaseNames<Options> ? Name : never]: Exclude<Options[Name], null> }
  & {
    [Name in CamelCaseNames<Options> as Name extends NamesWithDefault<Table> ? Name : never]-?: NonNullable<
      Options[Name]
    >;
  };

type NamesWithDefault<Table> = {
  [Name in keyof Table]: Table[Name] extends { readonly default: unknown } ? Name : never;
}[keyof Table];

/**
 * Reads options by a table. `undefined` counts as absent, and inherited options count too.
 *
 * @param how `verb`: for messages, as in "Cannot create the broker". `place`: what precedes names in messages, e.g.
 * `"retry."`. `yamlOptions`: options that may also be written in snake_case or, as empty YAML values are, be `null`,
 * which counts as absent.
 * @returns The options under their camelCase names, with the defaults.
 * @throws {ConfigError} Naming the option that cannot be used as it was written and, for an unknown one, a similar
 * name.
 */
export function readOptions<Options extends object, Table extends OptionTable<Options>>(
  given: object | Options,
  table: Table,
  { verb = "read the options", place = "", yamlOptions = {} } = {},
): ReadOptions<Options, Table> {
  if (!isGroup(given)) throw new ConfigError(`Cannot ${verb}: the options are not an object, but ${kindOf(given)}`);
  const read = checkOptions(given, table, {
    yamlOptions,
    refuse: (name, reason) => optionRefusal(place + name, reason),
  });
  const options = Object.entries<Option>(table).flatMap(([name, row]) => {
    const { value } = read.get(name) ?? { value: row.default };
    return value === undefined ? [] : [[name, value]];
  });
  return Object.fromEntries(options) as ReadOptions<Options, Table>;
}

/**
 * Checks options, for callers without a compiler: a misspelt `ifNoneMatch` would replace a file.
 *
 * @returns The given options, by their camelCase names.
 */
export function checkOptions(
  given: object,
  table: Table,
  { yamlOptions = {}, refuse }: {
    readonly yamlOptions?: object;
    readonly refuse: (name: string, reason: string) => Error;
  },
): ReadonlyMap<string, GivenOption> {
  return readLevel(given, table, {
    yamlOptions,
    word: "option",
    report: (name, reason) => {
      throw refuse(name, reason);
    },
    read: (spelling, value, option) => {
      const problem = option.check(value);
      if (problem === undefined) return value;
      if (!hasType(value, option)) throw refuse(spelling, `${problem}, not ${kindOf(value)}`);
      throw refuse(spelling, typeof value === "number" ? `${problem}, not ${value}` : problem);
    },
  });
}

/** An option as it was given. */
export interface GivenOption {
  /** Its name as it was written. */
  readonly spelling: string;
  readonly value: unknown;
}

/** How {@link readLevel} reads. */
export interface LevelReading {
  /** The options that may also be written in snake_case, or be `null`. */
  readonly yamlOptions: object;
  /** How messages call an option. */
  readonly word: "option" | "key";
  /** Suggests names as they are in files only. Default `false`. */
  readonly isFile?: boolean;
  /** Receives what is wrong with the option of a name; reading continues unless it throws. */
  readonly report: (name: string, reason: string) => void;
  /** Checks the value of an option. */
  readonly read: (spelling: string, value: unknown, option: Option) => unknown;
}

/** Reads the options of one group, by their camelCase names. */
export function readLevel(given: object, table: Table, reading: LevelReading): ReadonlyMap<string, GivenOption> {
  const { yamlOptions, word, isFile = false, report } = reading;
  const read = new Map<string, GivenOption>();
  const hasYaml = Object.keys(yamlOptions).length > 0;
  for (const spelling in given) {
    const value: unknown = Reflect.get(given, spelling);
    if (value === undefined && !hasYaml) continue;
    const name = Object.hasOwn(table, spelling) ? spelling : fromSnakeCase(spelling, yamlOptions);
    const option = table[name ?? ""];
    if (name === undefined || option === undefined) {
      const names = [...isFile ? [] : Object.keys(table), ...Object.keys(yamlOptions).map(toSnakeCase)];
      report(spelling, `there is no such ${word}${didYouMean(spelling, names)}`);
      continue;
    }
    if (value === undefined || (value === null && Object.hasOwn(yamlOptions, name))) continue;
    if (read.has(name)) report(spelling, "it is given in both spellings");
    else read.set(name, { spelling, value: reading.read(spelling, value, option) });
  }
  for (const [name, { isRequired, needs }] of Object.entries(table)) {
    const spelling = read.get(name)?.spelling;
    if (spelling === undefined && isRequired) {
      report(Object.hasOwn(yamlOptions, name) ? toSnakeCase(name) : name, "it is missing");
    }
    if (spelling === undefined || needs === undefined || read.has(needs)) continue;
    report(spelling, `it needs "${spelling === name ? needs : toSnakeCase(needs)}" too`);
  }
  return read;
}

/** Whether a value has an option's type; it may still fail the option's check. */
export function hasType(value: unknown, { type }: Option): boolean {
  if (type === "texts") return typeof value === "string" || Array.isArray(value);
  return type === "any" || type === (Array.isArray(value) ? "list" : typeof value);
}

/** The error for an option that cannot be used. */
export function optionRefusal(option: string, reason: string): ConfigError {
  return new ConfigError(`Cannot use the option ${show(option)}: ${reason}`);
}

/**
 * Adds to messages where in a configuration a problem is.
 *
 * @param place As in `Cannot use ${place}: …`.
 */
export function within<T>(place: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new ConfigError(`Cannot use ${place}: ${error.message}`, { cause: error.cause });
  }
}

/** An option's name in YAML files. */
export function toSnakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** The name of an option in YAML files as it is in TypeScript. */
export function toCamelCase(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function fromSnakeCase(spelling: string, options: object): string | undefined {
  const name = toCamelCase(spelling);
  return Object.hasOwn(options, name) && toSnakeCase(name) === spelling ? name : undefined;
}
