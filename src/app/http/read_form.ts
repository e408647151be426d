import type { AppRequest } from "../context.ts";
import { RequestRefusal } from "../failure.ts";
import { type BodyContext, readBytes } from "./body.ts";
import { readPairs } from "../urls.ts";

/** The fields of a plain form. */
export interface FormFields {
  /** The first value of a field; `undefined` if there is none. */
  get(name: string): string | undefined;
  /** All values of a field. */
  all(name: string): string[];
}

/**
 * Reads a form that has no files.
 *
 * @throws {FileTooLargeError} If it is larger than any form of the app can be.
 * @throws {RequestRefusal} If its sender stalls, or it has too many fields.
 */
export async function readForm(c: AppRequest, { limits, held }: BodyContext): Promise<FormFields> {
  const bytes = await readBytes(c, { limits: { ...limits, maxBytes: MAX_FORM_BYTES }, held }, MAX_FORM_BYTES);
  const values = new Map<string, string[]>();
  for (const [name, value] of readPairs(new TextDecoder().decode(bytes))) {
    const known = values.get(name);
    if (known === undefined) values.set(name, [value]);
    else if (known.push(value) > MAX_VALUES) throw tooMany(name);
  }
  return { get: (name) => values.get(name)?.[0], all: (name) => values.get(name) ?? [] };
}

/** How many values a field, or a list in JSON, may have: paths that something is done with at once, for one. */
export const MAX_VALUES = 1_000;

/** What is answered to more values than a field may have. */
export function tooMany(name: string): RequestRefusal {
  return new RequestRefusal(413, `“${name}” is there more than ${MAX_VALUES} times. Do it in several steps.`);
}

/** A text of 1 MiB, three characters a byte and six a line end, and a few fields. */
const MAX_FORM_BYTES = 7 * 1024 ** 2;
