/** Measures speed over the last five seconds. @param {() => number} now @returns {import("./client_types.ts").Meter} */
export function createMeter(now) {
  /** @type {[number, number][]} */
  let samples = [];
  return {
    add: (bytes) => void (bytes > 0 && samples.push([now(), bytes])),
    rate() {
      const end = now();
      samples = samples.filter(([at]) => at > end - 5000);
      const [first] = samples;
      if (!first) return 0;
      return samples.reduce((sum, [, bytes]) => sum + bytes, 0) * 1000 / Math.max(end - first[0], 1000);
    },
  };
}

/** Milliseconds before the next try: doubles up to 16 s, with half of it by chance. @param {number} tries */
export function backoffMs(tries, random = Math.random) {
  return 1000 * Math.min(2 ** tries, 16) * (0.5 + random() / 2);
}

/** How many bytes a part has. @param {{size_bytes: number}} parts @param {number} number from 1 @param {number} size */
export function partBytes({ size_bytes }, number, size) {
  return Math.min(size_bytes, size - (number - 1) * size_bytes);
}

/**
 * What lies between two of them, both included.
 * @template T @param {readonly T[]} list @param {T | undefined} from @param {T} to
 */
export function rangeOf(list, from, to) {
  const end = list.indexOf(to);
  const start = from !== undefined && list.includes(from) ? list.indexOf(from) : end;
  return list.slice(Math.min(start, end), Math.max(start, end) + 1);
}

/**
 * Orders what is in a folder: folders first and by name, as the server does.
 * @typedef {{kind?: string | undefined, path?: string | undefined, size?: string | undefined, modified?: string | undefined}} Sortable
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
