import type { AppRequest } from "./context.ts";
import { RequestRefusal } from "./failure.ts";
import { readPairs } from "./urls.ts";

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
 * @throws {RequestRefusal} If it is larger than any form of the app can be.
 */
export async function readForm(c: AppRequest): Promise<FormFields> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of c.req.raw.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > MAX_FORM_BYTES) throw new RequestRefusal(413, "This form is too large, and nothing was changed.");
  }
  const pairs = readPairs(text + decoder.decode());
  const all = (name: string) => pairs.filter(([key]) => key === name).map(([, value]) => value);
  return { get: (name) => all(name)[0], all };
}

/** A text of 1 MiB, three characters a byte, and a few fields. */
const MAX_FORM_BYTES = 4 * 1024 ** 2;
