import { isMapping } from "../../options/mapping.ts";
import { RequestRefusal } from "../failure.ts";
import { MAX_VALUES, tooMany } from "./body.ts";

/** The arguments of a request by name. */
export type Arguments = Readonly<Record<string, unknown>>;

/** @throws {RequestRefusal} If it is missing or not a string. */
export function textOf(args: Arguments, name: string): string {
  const value = optionalTextOf(args, name);
  if (value === undefined) throw refusal(name, "is missing");
  return value;
}

/** @throws {RequestRefusal} If it is present and not a string. */
export function optionalTextOf(args: Arguments, name: string): string | undefined {
  const value = own(args, name);
  if (value === undefined || typeof value === "string") return value;
  throw refusal(name, "must be a string");
}

/** @throws {RequestRefusal} If it is present and not a boolean. */
export function flagOf(args: Arguments, name: string): boolean {
  const value = own(args, name) ?? false;
  if (typeof value === "boolean") return value;
  throw refusal(name, "must be true or false");
}

/** @throws {RequestRefusal} If it is present and not a whole number of at least 0. */
export function numberOf(args: Arguments, name: string): number | undefined {
  const value = own(args, name);
  if (value === undefined || (typeof value === "number" && Number.isSafeInteger(value) && value >= 0)) return value;
  throw refusal(name, "must be a whole number of at least 0");
}

/** @throws {RequestRefusal} If it is missing or not a list of strings. */
export function textsOf(args: Arguments, name: string): readonly string[] {
  const value = own(args, name);
  if (Array.isArray(value) && value.length > MAX_VALUES) throw tooMany(name);
  if (Array.isArray(value) && value.every((item) => typeof item === "string")) return value;
  throw refusal(name, "must be a list of strings");
}

/** @throws {RequestRefusal} If it is missing or not an object. */
export function objectOf(args: Arguments, name: string): Arguments {
  const value = own(args, name);
  if (isMapping(value)) return value;
  throw refusal(name, "must be an object");
}

/**
 * One of several choices; the first if the text is missing.
 *
 * @throws {RequestRefusal} If it is none of them.
 */
export function choiceOf<Choice extends string>(
  text: string | undefined,
  choices: readonly [Choice, ...Choice[]],
  name: string,
): Choice {
  const choice = text === undefined ? choices[0] : choices.find((choice) => choice === text);
  if (choice !== undefined) return choice;
  throw refusal(name, `must be one of ${choices.join(", ")}`);
}

/**
 * A whole number in a query.
 *
 * @throws {RequestRefusal} If it is anything else, or out of range.
 */
export function wholeNumberOf(text: string | undefined, { name, least, most, otherwise }: {
  name: string;
  least: number;
  most: number;
  otherwise: number;
}): number {
  if (text === undefined) return otherwise;
  const value = /^\d{1,15}$/.test(text) ? Number(text) : NaN;
  if (value >= least && value <= most) return value;
  throw refusal(name, `must be a whole number from ${least} to ${most}`);
}

function own(args: Arguments, name: string): unknown {
  // Many clients write `null` for an absent value.
  return Object.hasOwn(args, name) ? args[name] ?? undefined : undefined;
}

function refusal(name: string, reason: string): RequestRefusal {
  return new RequestRefusal(400, `“${name}” ${reason}.`);
}
