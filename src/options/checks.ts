import { ConfigError, show } from "../errors.ts";
import { didYouMean } from "./did_you_mean.ts";

/** What a value must be, as in "it must be a text"; `undefined` if it is. */
export type Check = (value: unknown) => string | undefined;

/** The check of each option of an interface: of all of them, as the compiler sees to. */
export type Checks<Options> = Readonly<Record<keyof Options & string, Check>>;

/** What is wrong with options: an unknown name, or a value of the wrong type. */
export interface OptionProblem {
  /** The option, as it was written. */
  readonly name: string;
  /** A sentence without its end, e.g. `"it must be a text"`. */
  readonly reason: string;
}

/**
 * Finds what is wrong with options, for callers without a compiler: a misspelt `ifNoneMatch` would replace a file. `undefined` counts
 * as absent.
 *
 * @param aliases Names that people bring from elsewhere, and what they are here.
 */
export function findProblem(
  options: object,
  checks: Readonly<Record<string, Check>>,
  aliases: Readonly<Record<string, string>> = {},
): OptionProblem | undefined {
  // What is inherited counts as well: it would be read.
  for (const name in options) {
    const value: unknown = Reflect.get(options, name);
    if (value === undefined) continue;
    const check = Object.hasOwn(checks, name) ? checks[name] : undefined;
    if (check === undefined) {
      return { name, reason: `there is no such option${didYouMean(name, Object.keys(checks), aliases)}` };
    }
    const expected = check(value);
    if (expected !== undefined) return { name, reason: `it must be ${expected}` };
  }
  return undefined;
}

/**
 * Checks the options of a function, by name.
 *
 * @param verb What cannot be done with them, e.g. `"create the broker"`.
 * @throws {ConfigError} If they are no object, one is missing, unknown or of the wrong type.
 */
export function assertOptionsOf<Options extends object>(
  verb: string,
  given: unknown,
  { checks, required = [], aliases }: {
    readonly checks: Checks<Options> & Readonly<Record<string, Check>>;
    readonly required?: readonly (keyof Options & string)[];
    readonly aliases?: Readonly<Record<string, string>>;
  },
): asserts given is Options {
  if (!isGroup(given)) throw new ConfigError(`Cannot ${verb}: the options are not an object, but ${show(given)}`);
  const problem = findProblem(given, checks, aliases);
  if (problem !== undefined) throw optionRefusal(problem.name, problem.reason);
  const missing = required.find((name) => Reflect.get(given, name) === undefined);
  if (missing !== undefined) throw new ConfigError(`Cannot ${verb}: the option "${missing}" is missing`);
}

/** What an option that cannot be used is answered with. */
export function optionRefusal(option: string, reason: string): ConfigError {
  return new ConfigError(`Cannot use the option ${show(option)}: ${reason}`);
}

/** Anything: it is looked at elsewhere. */
export const anything: Check = () => undefined;

/** A text. */
export const text: Check = (value) => typeof value === "string" ? undefined : "a text";

/** A text that is not empty. */
export const filledText: Check = (value) =>
  typeof value === "string" && value !== "" ? undefined : "a text that is not empty";

/** `true` or `false`. */
export const flag: Check = (value) => typeof value === "boolean" ? undefined : "true or false";

/** A function. */
export const callable: Check = (value) => typeof value === "function" ? undefined : "a function";

/** An object with options. */
export const group: Check = (value) => isGroup(value) ? undefined : "an object";

/** Whether a value can be a group of options: an object, but no list, date, bytes or promise. */
export function isGroup(value: unknown): value is object {
  return Object.prototype.toString.call(value) === "[object Object]";
}

/** A number, whatever its range. */
export const number: Check = (value) => typeof value === "number" ? undefined : "a number";

/** A whole number of this range. */
export function whole(least: number, most: number = Number.MAX_SAFE_INTEGER): Check {
  const range = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`;
  return (value) =>
    Number.isSafeInteger(value) && Number(value) >= least && Number(value) <= most
      ? undefined
      : `a whole number ${range}`;
}

/** An object whose values are all texts. */
export const textsByName: Check = (value) =>
  isGroup(value) && Object.values(value).every((item) => typeof item === "string")
    ? undefined
    : "an object whose values are texts";

/** What can cancel: of any realm, so that it is known by what it has. */
export const signal: Check = (value) =>
  isObject(value) && typeof Reflect.get(value, "aborted") === "boolean" &&
    typeof Reflect.get(value, "addEventListener") === "function"
    ? undefined
    : "an AbortSignal";

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
