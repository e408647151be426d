import { baseName } from "./format.js";

/**
 * The items between two of a list, both included.
 * @template T @param {readonly T[]} list @param {T | undefined} from @param {T} to
 */
export function rangeOf(list, from, to) {
  const end = list.indexOf(to);
  const start = from !== undefined && list.includes(from) ? list.indexOf(from) : end;
  return list.slice(Math.min(start, end), Math.max(start, end) + 1);
}

/**
 * Compares names as people read them: `file2` before `file10`, upper and lower case together, accents as a language
 * has them. Equals go by their characters, and so do names of the kind that nobody reads, at the end: with thousands of
 * them, this would take a minute.
 * @param {string} [language] default: that of the browser @returns {(a: string, b: string) => number}
 */
export function nameOrder(language) {
  const natural = new Intl.Collator(language, { numeric: true }).compare;
  return (a, b) => {
    const [isOddA, isOddB] = [isUnreadable(a), isUnreadable(b)];
    if (isOddA !== isOddB) return isOddA ? 1 : -1;
    return (isOddA ? 0 : natural(a.slice(0, READ), b.slice(0, READ))) || compare(a, b);
  };
}

/** Accents in long rows take a collator time that grows with the square of their number. @param {string} name */
const isUnreadable = (name) => name.length > 40 && /\p{M}{4}/u.test(name);

/** Characters of a name that are compared as people read them. */
const READ = 200;

/**
 * Compares rows of a folder: folders first, equals by name, as the server sorts.
 * @typedef {{kind?: string | undefined, path?: string | undefined, size?: string | undefined, modified?: string |
 * undefined}} Sortable
 * @param {string} key @param {boolean} isDescending
 * @param {(a: string, b: string) => number} [byName] default: as stores do
 */
export function comparer(key, isDescending, byName = compare) {
  /** @param {Sortable} a @param {Sortable} b */
  return (a, b) => {
    if (a.kind !== b.kind) return a.kind === "folder" ? -1 : 1;
    const sign = isDescending ? -1 : 1;
    const order = byName(baseName(a.path ?? ""), baseName(b.path ?? ""));
    if (key === "name") return sign * order;
    if (a.kind === "folder") return order;
    const [left, right] = key === "size" ? [Number(a.size), Number(b.size)] : [a.modified ?? "", b.modified ?? ""];
    return sign * compare(left, right) || order;
  };
}

/** @param {string | number} a @param {string | number} b */
const compare = (a, b) => a < b ? -1 : a > b ? 1 : 0;
