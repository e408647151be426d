import type { AppRequest } from "../context.ts";
import { UPLOADED_BY } from "./records.ts";

/** What is kept with a file of who stored it; metadata is ASCII, and has little room. */
export function uploaderMetadata(c: AppRequest): Record<string, string> {
  const actor = c.get("actor");
  return actor === null ? {} : { [UPLOADED_BY]: encodeURIComponent(actor.id.toWellFormed()).slice(0, 256) };
}
