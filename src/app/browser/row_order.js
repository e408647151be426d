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
 * Compares rows: folders first, equals by name, as the server sorts.
 * @typedef {{kind?: string | undefined, path?: string | undefined, size?: string | undefined, modified?: string |
 * undefined}} Sortable
 * @param {string} key @param {boolean} isDescending
 */
export function comparer(key, isDescending) {
  /** @param {Sortable} a @param {Sortable} b */
  return (a, b) => {
    if (a.kind !== b.kind) return a.kind === "folder" ? -1 : 1;
    const sign = isDescending ? -1 : 1;
    const byName = compare(a.path ?? "", b.path ?? "");
    if (key === "name") return sign * byName;
    if (a.kind === "folder") return byName;
    const [left, right] = key === "size" ? [Number(a.size), Number(b.size)] : [a.modified ?? "", b.modified ?? ""];
    return sign * compare(left, right) || byName;
  };
}

/** @param {string | number} a @param {string | number} b */
const compare = (a, b) => a < b ? -1 : a > b ? 1 : 0;
