import { isMapping } from "../../options/mapping.ts";
import { InvalidArgumentError } from "../../errors.ts";
import { RequestRefusal } from "../failure.ts";
import { MAX_VALUES, tooMany } from "./body.ts";

/** A request's arguments, by their names. */
export type Arguments = Readonly<Record<string, unknown>>;

/** @throws {RequestRefusal} If it is missing or no text. */
export function textOf(args: Arguments, name: string): string {
  const value = optionalTextOf(args, name);
  if (value === undefined) throw refusal(name, "is missing");
  return value;
}

/** @throws {RequestRefusal} If it is there and no text. */
export function optionalTextOf(args: Arguments, name: string): string | undefined {
  const value = own(args, name);
  if (value === undefined || typeof value === "string") return value;
  throw refusal(name, "must be a text");
}

/** @throws {RequestRefusal} If it is there and neither true nor false. */
export function flagOf(args: Arguments, name: string): boolean {
  const value = own(args, name) ?? false;
  if (typeof value === "boolean") return value;
  throw refusal(name, "must be true or false");
}

/** @throws {RequestRefusal} If it is there and no whole number from 0 on. */
export function numberOf(args: Arguments, name: string): number | undefined {
  const value = own(args, name);
  if (value === undefined || (typeof value === "number" && Number.isSafeInteger(value) && value >= 0)) return value;
  throw refusal(name, "must be a whole number of at least 0");
}

/** @throws {RequestRefusal} If it is missing or no list of texts. */
export function textsOf(args: Arguments, name: string): readonly string[] {
  const value = own(args, name);
  if (Array.isArray(value) && value.length > MAX_VALUES) throw tooMany(name);
  if (Array.isArray(value) && value.every((item) => typeof item === "string")) return value;
  throw refusal(name, "must be a list of texts");
}

/** @throws {RequestRefusal} If it is missing or no object. */
export function objectOf(args: Arguments, name: string): Arguments {
  const value = own(args, name);
  if (isMapping(value)) return value;
  throw refusal(name, "must be an object");
}

/** A text that is one of a few; the first of them if it is missing. */
export function choiceOf<Choice extends string>(
  text: string | undefined,
  choices: readonly [Choice, ...Choice[]],
  name: string,
): Choice {
  const choice = text === undefined ? choices[0] : choices.find((choice) => choice === text);
  if (choice !== undefined) return choice;
  throw new InvalidArgumentError(`Cannot use "${name}": it must be one of ${choices.join(", ")}`);
}

/** A whole number in a query. */
export function countOf(text: string | undefined, { name, least, most, otherwise }: {
  name: string;
  least: number;
  most: number;
  otherwise: number;
}): number {
  if (text === undefined) return otherwise;
  const value = /^\d{1,15}$/.test(text) ? Number(text) : NaN;
  if (value >= least && value <= most) return value;
  throw new InvalidArgumentError(`Cannot use "${name}": it must be a number from ${least} to ${most}`);
}

function own(args: Arguments, name: string): unknown {
  // `null` is how many clients write that there is nothing.
  return Object.hasOwn(args, name) ? args[name] ?? undefined : undefined;
}

function refusal(name: string, reason: string): RequestRefusal {
  return new RequestRefusal(400, `“${name}” ${reason}.`);
}
