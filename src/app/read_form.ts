import type { AppContext, AppRequest } from "./context.ts";
import { readBytes } from "./request_body.ts";
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
 * @throws {FileTooLargeError} If it is larger than any form of the app can be.
 * @throws {RequestRefusal} If its sender stalls.
 */
export async function readForm(c: AppRequest, { limits }: Pick<AppContext, "limits">): Promise<FormFields> {
  const bytes = await readBytes(c, { limits: { ...limits, maxBytes: MAX_FORM_BYTES } }, MAX_FORM_BYTES);
  const pairs = readPairs(new TextDecoder().decode(bytes));
  const all = (name: string) => pairs.filter(([key]) => key === name).map(([, value]) => value);
  return { get: (name) => all(name)[0], all };
}

/** A text of 1 MiB, three characters a byte and six a line end, and a few fields. */
const MAX_FORM_BYTES = 7 * 1024 ** 2;
