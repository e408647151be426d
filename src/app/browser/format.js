/** A rounded number of bytes: `1.2 MB`. @param {number} bytes */
export function formatBytes(bytes) {
  const power = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), 4);
  const value = bytes / 1000 ** power;
  return `${value.toFixed(power === 0 || value >= 100 ? 0 : 1)} ${["B", "kB", "MB", "GB", "TB"][power]}`;
}

/** An exact number of bytes, unless the rounded one is exact: `1,234 bytes`. @param {number} bytes */
export const formatExactBytes = (bytes) => bytes < 1000 ? "" : `${formatNumber(bytes)} bytes`;

/** `1,234`. @param {number} value */
export const formatNumber = (value) => numbers.format(value);

// Making one takes long: `toLocaleString()` makes one each time.
const numbers = new Intl.NumberFormat("en");

/** A rounded duration: `40 s`, `3 min`, `2 h 5 min`. @param {number} seconds */
export function formatDuration(seconds) {
  if (seconds <= 59) return `${Math.max(1, Math.ceil(seconds))} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/**
 * The last part of a path. Characters that reorder text are replaced: `a\u202Egnp.exe` would look like `aexe.png`.
 * https://www.unicode.org/reports/tr9/#Directional_Formatting_Characters @param {string} path
 */
export function formatName(path) {
  return baseName(path).replace(/[\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/g, "\uFFFD") || "(no name)";
}

/** The last part of a path. @param {string} path */
export function baseName(path) {
  return path.slice(folderOf(path).length).replace(/\/$/, "");
}

/** Text to search in: spellings that look the same are alike. @param {string} text */
export const plainText = (text) => text.normalize("NFKC").toLowerCase();

/** The folder that a file or folder is in. @param {string} path */
export function folderOf(path) {
  // From before the start, it would find a slash at the start: nothing would be above `/` but `/`, forever.
  return path.length < 2 ? "" : path.slice(0, path.lastIndexOf("/", path.length - 2) + 1);
}

/** `3 files`, `2 folders`, `3 files and 1 folder`. @param {readonly string[]} paths */
export function countOf(paths) {
  const folders = paths.filter((path) => path.endsWith("/")).length;
  const counts = [plural(paths.length - folders, "file"), plural(folders, "folder")];
  return counts.filter((text) => !text.startsWith("0 ")).join(" and ") || "0 files";
}

/** `1 file`, `2,000 files`. @param {number} count @param {string} word */
export function plural(count, word) {
  return `${formatNumber(count)} ${word}${count === 1 ? "" : "s"}`;
}

/** `x (2).txt` for `x.txt`, `a (2)/` for `a/`. @param {string} path @param {number} number */
export function numbered(path, number) {
  const [, stem = "", end = ""] = /^([^]*?[^/])(\.[^./]+|\/)?$/.exec(path) ?? [];
  return `${stem} (${number})${end}`;
}

/** The length of a name without its extension. @param {string} name */
export function stemLength(name) {
  const dot = name.lastIndexOf(".");
  return dot > 0 ? dot : name.length;
}
