import { nameOrder } from "../browser/row_order.js";
import type { AppRequest } from "../context.ts";
import type { NameOrder } from "../files/list_folder.ts";

/** How the reader of a page is used to see names sorted. */
export interface Reader {
  /** A language that both the reader's browser and this runtime know. */
  readonly language: string;
  readonly byName: NameOrder;
}

/** Reads `Accept-Language`. https://www.rfc-editor.org/rfc/rfc9110#section-12.5.4 */
export function readerOf(c: AppRequest): Reader {
  const language = languageIn(c.req.header("accept-language") ?? "");
  const known = readers.get(language);
  if (known !== undefined) return known;
  const reader = { language, byName: nameOrder(language) };
  // Making one takes longer than sorting a small folder.
  if (readers.size >= MAX_READERS) readers.clear();
  readers.set(language, reader);
  return reader;
}

function languageIn(header: string): string {
  const wanted = header.slice(0, MAX_LENGTH).split(",").map((item) => {
    const [tag = "", ...parameters] = item.split(";").map((part) => part.trim());
    const quality = parameters.find((parameter) => parameter.startsWith("q="))?.slice(2);
    return { tag, quality: quality === undefined ? 1 : Number(quality) };
  });
  for (const { tag, quality } of wanted.toSorted((a, b) => b.quality - a.quality)) {
    if (!(quality > 0) || !TAG.test(tag)) continue;
    const [language] = Intl.Collator.supportedLocalesOf(tag);
    if (language !== undefined) return language;
  }
  return "en";
}

/** Language, script and region; what else a tag can have says nothing of the order of names. */
const TAG = /^[a-z]{2,3}(?:-[a-z]{4})?(?:-(?:[a-z]{2}|\d{3}))?$/i;
const MAX_LENGTH = 200;
const readers = new Map<string, Reader>();
const MAX_READERS = 100;
