/**
 * What is added to a sentence about a name that does not exist: `; did you mean "limit"?`, or nothing if no name is alike.
 *
 * @param aliases Names that other libraries have for the same thing, and what they are here, e.g. `maxKeys` and `limit`.
 */
export function didYouMean(
  given: string,
  names: readonly string[],
  aliases: Readonly<Record<string, string>> = {},
): string {
  const nearest = nearestName(given, names, aliases);
  return nearest === undefined ? "" : `; did you mean "${nearest}"?`;
}

function nearestName(
  given: string,
  names: readonly string[],
  aliases: Readonly<Record<string, string>>,
): string | undefined {
  const wanted = given.slice(0, MAX_NAME_LENGTH).toLowerCase();
  const isSame = (name: string) => plain(name) === plain(wanted);
  const same = Object.entries(aliases).find(([alias]) => isSame(alias))?.[1] ?? names.find(isSame);
  if (same !== undefined) return same;
  const begun = wanted.length < 3 ? [] : names.filter((name) => {
    const known = name.toLowerCase();
    return known.startsWith(wanted) || (known.length >= 3 && wanted.startsWith(known));
  });
  return closest(wanted, begun, Infinity) ?? closest(wanted, names, Math.max(1, Math.floor(wanted.length / 3)));
}

/** Of a longer one only the beginning is compared: what that costs grows with the length. */
const MAX_NAME_LENGTH = 100;

/** `access_key_id`, `AccessKeyId` and `access-key-id` are one name. */
function plain(name: string): string {
  return name.toLowerCase().replace(/[-_]/g, "");
}

function closest(wanted: string, names: readonly string[], limit: number): string | undefined {
  const distances = names.map((name) => editDistance(wanted, name.toLowerCase()));
  const least = Math.min(...distances);
  return least <= limit ? names[distances.indexOf(least)] : undefined;
}

/** How many characters to insert, delete, replace, or swap with their neighbour. */
export function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 0; i < a.length; i++) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j++) {
      const replaced = (row[j] ?? 0) + (a[i] === b[j] ? 0 : 1);
      const isSwapped = i > 0 && j > 0 && a[i] === b[j - 1] && a[i - 1] === b[j];
      const swapped = isSwapped ? (before[j - 1] ?? 0) + 1 : Infinity;
      next.push(Math.min(replaced, swapped, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    [before, row] = [row, next];
  }
  return row[b.length] ?? 0;
}
