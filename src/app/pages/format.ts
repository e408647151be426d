/** An age such as `3 hours ago`, or the date after 30 days. */
export function formatAge(date: Date, now: number): string {
  const seconds = (date.getTime() - now) / 1_000;
  for (const [unit, length, limit] of AGES) {
    if (Math.abs(seconds) < limit) return relative.format(Math.trunc(seconds / length), unit);
  }
  return dates.format(date);
}

/** Whether {@link formatAge} is a date. */
export function isDate(date: Date, now: number): boolean {
  return Math.abs(date.getTime() - now) >= MAX_AGE * 1_000;
}

/** A time to the second, in UTC. */
export function formatTime(date: Date): string {
  return date.toISOString().replace("T", " ").replace(/\.\d+Z$/, " UTC");
}

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const MAX_AGE = 30 * DAY;
const AGES = [
  ["second", 1, MINUTE],
  ["minute", MINUTE, HOUR],
  ["hour", HOUR, DAY],
  ["day", DAY, MAX_AGE],
] as const;
// Making one takes longer than the rest of a row.
const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
const dates = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeZone: "UTC" });
