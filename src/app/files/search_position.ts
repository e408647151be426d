import { fromBase64Url, toBase64Url } from "../../hash/base64url.ts";
import { RequestRefusal } from "../failure.ts";

/** How far a search has come. */
export interface SearchPosition {
  readonly source: string;
  /** Of the source's listing; `null` at its start. */
  readonly cursor: string | null;
  /** The files to skip there. */
  readonly skip: number;
  /** The files searched before, in all sources. */
  readonly searched: number;
  /** The last path before, whose folders have been found; empty if there is none. */
  readonly last: string;
}

/** The start of a source; `undefined` after the last one. */
export function startOf(source: string | undefined, searched: number): SearchPosition | undefined {
  return source === undefined ? undefined : { source, cursor: null, skip: 0, searched, last: "" };
}

/** As text, for a URL. */
export function writePosition({ source, cursor, skip, searched, last }: SearchPosition): string {
  return toBase64Url(new TextEncoder().encode(JSON.stringify([source, cursor, skip, searched, last])));
}

/**
 * The source itself checks the cursor. Nothing else in a position opens anything.
 *
 * @param names The sources that may be searched.
 * @throws {RequestRefusal} If it is invalid.
 */
export function readPosition(text: string, names: readonly string[]): SearchPosition {
  try {
    const [source, cursor, skip, searched, last]: unknown[] = JSON.parse(
      new TextDecoder().decode(fromBase64Url(text)),
    );
    if (
      typeof source === "string" && names.includes(source) && (cursor === null || typeof cursor === "string") &&
      isCount(skip) && isCount(searched) && typeof last === "string"
    ) return { source, cursor, skip, searched, last };
  } catch {
    // It is not JSON.
  }
  throw new RequestRefusal(400, "This search cannot be continued. Start it again.");
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}
