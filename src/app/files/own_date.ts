/** A file's metadata with its own date, as rclone keeps it: when it was last changed, in seconds since 1970. */
export const OWN_DATE = "mtime";

/** When a file was last changed before it was stored; `undefined` if nobody has noted that. */
export function ownDateOf({ metadata }: { readonly metadata: Readonly<Record<string, string>> }): Date | undefined {
  const seconds = metadata[OWN_DATE];
  return seconds !== undefined && SECONDS.test(seconds) ? new Date(Math.floor(Number(seconds) * 1_000)) : undefined;
}

/**
 * The metadata for a file that is stored.
 *
 * @param changedMs Epoch milliseconds; `undefined` or `null` if it is unknown.
 */
export function ownDateMetadata(changedMs: number | null | undefined): Record<string, string> {
  return changedMs === undefined || changedMs === null ? {} : { [OWN_DATE]: String(changedMs / 1_000) };
}

/** Until the year 5138. */
const SECONDS = /^-?\d{1,11}(?:\.\d{1,9})?$/;
/** The last that {@link ownDateOf} reads. */
export const MAX_OWN_DATE_MS = 99_999_999_999_999;
