// One implementation for both sides: pages show what the script shows.
export { formatBytes, formatName } from "../browser/format.js";

/** A number of bytes, exactly. */
export function formatExactBytes(bytes: number): string {
  return `${bytes.toLocaleString("en")} ${bytes === 1 ? "byte" : "bytes"}`;
}

/** A time for people: `3 hours ago`, and the date once it is a month past. */
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
const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
const dates = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeZone: "UTC" });
