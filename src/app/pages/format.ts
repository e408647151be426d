/** An exact number of bytes. */
export function formatExactBytes(bytes: number): string {
  return `${numbers.format(bytes)} ${bytes === 1 ? "byte" : "bytes"}`;
}

/** An age such as `3 hours ago`, or the date after 30 days. */
export function formatAge(date: Date, now: number): string {
  const seconds = (date.getTime() - now) / 1_000;
  for (const [unit, length, limit] of AGES) {
    if (Math.abs(seconds) < limit) return relative.format(Math.trunc(seconds / length), unit);
  }
  return dates.format(date);
}

/** A time to the second, in UTC. */
export function formatTime(date: Date): string {
  return date.toISOString().replace("T", " ").replace(/\.\d+Z$/, " UTC");
}

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const AGES = [
  ["second", 1, MINUTE],
  ["minute", MINUTE, HOUR],
  ["hour", HOUR, DAY],
  ["day", DAY, 30 * DAY],
] as const;
// Making one takes longer than the rest of a row: toLocaleString() makes one each time.
const numbers = new Intl.NumberFormat("en");
const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
const dates = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeZone: "UTC" });
