import { baseName } from "../../s3/keys.ts";

/** A number of bytes for people: `1.2 MB`. */
export function formatBytes(bytes: number): string {
  const power = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), UNITS.length - 1);
  const value = bytes / 1_000 ** power;
  return `${value.toFixed(power === 0 || value >= 100 ? 0 : 1)} ${UNITS[power]}`;
}

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

/** The name of a file or folder as pages show it. What reorders text is made visible: `a\u202Egnp.exe` would look like `aexe.png`. */
export function formatName(path: string): string {
  return baseName(path).replace(BIDI_CONTROLS, "\uFFFD") || "(no name)";
}

/** https://www.unicode.org/reports/tr9/#Directional_Formatting_Characters */
const BIDI_CONTROLS = /[\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/g;

const UNITS = ["B", "kB", "MB", "GB", "TB"];
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
