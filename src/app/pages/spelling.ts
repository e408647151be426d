/**
 * How names are spelled that look like others in the list: `“Ü” as one character`, `“Ü” as 2 characters`.
 *
 * @param paths Of files and folders; a folder, whose path ends in `/`, looks different from a file.
 * @returns By path; empty if all look different.
 */
export function spellingsOf(paths: readonly string[]): ReadonlyMap<string, string> {
  const alike = new Map<string, string[]>();
  for (const path of paths) {
    const plain = path.normalize();
    alike.set(plain, [...alike.get(plain) ?? [], path]);
  }
  const notes = [...alike.values()].flatMap((group) => group.length > 1 ? notesOn(group) : []);
  return new Map(notes);
}

/** The first letter that they spell differently is enough to tell them apart in nearly all cases. */
function notesOn(group: readonly string[]): (readonly [string, string])[] {
  const letters = group.map((path) => path.match(/\P{M}\p{M}*/gu) ?? []);
  const at = letters[0]?.findIndex((letter, index) => letters.some((other) => other[index] !== letter)) ?? 0;
  const found = letters.map((all) => all[at] ?? "");
  const isByLength = new Set(found.map((letter) => [...letter].length)).size === found.length;
  return group.map((path, index) => {
    const points = [...found[index] ?? ""];
    const way = isByLength ? (points.length === 1 ? "one character" : `${points.length} characters`) : codesOf(points);
    return [path, `“${points.join("").normalize()}” as ${way}`] as const;
  });
}

function codesOf(points: readonly string[]): string {
  return points.map((point) => `U+${point.codePointAt(0)?.toString(16).toUpperCase().padStart(4, "0")}`).join(" ");
}
