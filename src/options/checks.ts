import { kindOf } from "./mapping.ts";
import type { Kind, Option, OptionType, Table } from "./option_table.ts";

/** Any value: it is checked elsewhere. */
export const anything: Kind<"any"> = { type: "any", check: () => undefined };

/** A string. */
export const text = valueThat("string", "a string", (value) => typeof value === "string");

/** A string that is not empty. */
export const filledText = textWith(() => undefined);

/** `true` or `false`. */
export const flag = valueThat("boolean", "true or false", (value) => typeof value === "boolean");

/** A function. */
export const callable = valueThat("function", "a function", (value) => typeof value === "function");

/** A function like `fetch`. The global one is looked up at each request. */
export const fetcher = {
  ...callable,
  default: (...request: Parameters<typeof fetch>) => globalThis.fetch(...request),
};

/** A function that returns the time in epoch milliseconds. */
export const clock = { ...callable, default: () => Date.now() };

/** An object with options. */
export const group = valueThat("object", "an object", isGroup);

/** A whole number of this range. */
export function whole(least: number, most: number = Number.MAX_SAFE_INTEGER): Kind<"number"> {
  const range = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`;
  const isInRange = (value: unknown) => Number.isSafeInteger(value) && Number(value) >= least && Number(value) <= most;
  return valueThat("number", `a whole number ${range}`, isInRange);
}

/** Like {@link whole}, or `Infinity` for no limit. */
export function wholeOrInfinity(least: number): Kind<"number"> {
  const { type, check } = whole(least);
  return { type, check: (value) => value === Infinity ? undefined : check(value) };
}

/** An object whose values are all strings. */
export const textsByName = valueThat(
  "object",
  "an object whose values are strings",
  (value) => isGroup(value) && Object.values(value).every((item) => typeof item === "string"),
);

/** An `AbortSignal`, which may be of another realm: its class does not matter. */
export const signal = valueThat(
  "object",
  "an AbortSignal",
  (value) =>
    typeof value === "object" && value !== null && typeof Reflect.get(value, "aborted") === "boolean" &&
    typeof Reflect.get(value, "addEventListener") === "function",
);

/** A value that fits a predicate; messages call it `expected`. */
export function valueThat<Type extends OptionType>(
  type: Type,
  expected: string,
  fits: (value: unknown) => boolean,
): Kind<Type> {
  return { type, check: (value) => fits(value) ? undefined : `it must be ${expected}` };
}

/** One of some texts. */
export function oneOf(...choices: readonly string[]): Kind<"string"> {
  const [last = "", ...others] = choices.map((choice) => JSON.stringify(choice)).reverse();
  const expected = others.length === 0 ? last : `${others.reverse().join(", ")} or ${last}`;
  return valueThat("string", expected, (value) => choices.some((choice) => choice === value));
}

/** A string that is not empty, and in which no problem is found. */
export function textWith(findProblem: (text: string) => string | undefined): Kind<"string"> {
  return {
    type: "string",
    check: (value) => text.check(value) ?? (value === "" ? "it must not be empty" : findProblem(String(value))),
  };
}

/** An option that must be given. */
export function required<K extends Kind>(kind: K): K & { readonly isRequired: true } {
  return { ...kind, isRequired: true };
}

/** Whether a value is an object that can have options, rather than a list, a date, bytes or a promise. */
export function isGroup(value: unknown): value is object {
  return /^\[object (?:Object|Module)\]$/.test(Object.prototype.toString.call(value));
}

/** A group of options, which `readTree` reads. */
export function groupOf<Rows extends Table>(options: Rows): Kind<"object"> & { readonly options: Rows } {
  return { type: "object", check: () => undefined, options };
}

/**
 * A mapping by names that the operator chooses, which `readTree` reads.
 *
 * @param how `single`: the name of a value that is given instead of a mapping. Default: there has to be a mapping.
 */
export function byName<Each extends Option>(
  each: Each,
  how: { readonly single?: string } = {},
): Kind<"object"> & { readonly each: Each; readonly single?: string } {
  return { type: "object", check: () => undefined, each, ...how };
}

/** A list of texts, at least one, in none of which a problem is found. */
export function textsWith(findProblem: (text: string) => string | undefined): Kind<"list"> {
  const { check } = textWith(findProblem);
  return {
    type: "list",
    check(value) {
      if (!Array.isArray(value)) return "it must be a list of texts";
      if (value.length === 0) return "it must have at least one text";
      // A list with holes would be skipped over by `map`.
      const items = Array.from<unknown>(value);
      const other = items.findIndex((item) => typeof item !== "string");
      if (other >= 0) return `it must be a list of texts, but has ${quotable(items[other])}`;
      return items.includes("") ? "it has an empty text" : items.map(check).find((problem) => problem !== undefined);
    },
  };
}

/** A text, or a list of texts, in none of which a problem is found. */
export function textOrTextsWith(findProblem: (text: string) => string | undefined): Kind<"texts"> {
  const one = textWith(findProblem);
  const list = textsWith(findProblem);
  return {
    type: "texts",
    check(value) {
      if (typeof value === "string") return one.check(value);
      return Array.isArray(value) ? list.check(value) : "it must be a text or a list of texts";
    },
  };
}

/** The kind of a value that is not a text, and how it becomes one in a file. */
export function quotable(value: unknown): string {
  const canBeQuoted = typeof value === "number" || typeof value === "boolean" || value instanceof Date;
  return canBeQuoted ? `${kindOf(value)}; put it in quotes` : kindInFile(value);
}

/** The kind of a value in a file, for messages that must not show the value. */
export function kindInFile(value: unknown): string {
  return typeof value === "string" ? "a text" : kindOf(value);
}
