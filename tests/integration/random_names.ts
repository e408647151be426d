/** Distinct awkward names, the same in each run, without what SeaweedFS changes: `\`, `//` and a trailing `/`. */
export function randomNames(count: number): string[] {
  const names = new Set<string>();
  const random = createRandom(20_130_524);
  while (names.size < count) {
    const segments = Array.from({ length: 1 + random(3) }, () => {
      return Array.from({ length: 1 + random(8) }, () => PIECES[random(PIECES.length)]).join("");
    });
    // The number keeps a segment from being `.` or `..`, and a file from being another one's folder.
    names.add(`${names.size} ${segments.join("/")}.${random(10)}`.replace(/(^|\/)\.{1,2}(?=\/|$)/g, "$1dots"));
  }
  return [...names];
}

/** A linear congruential generator. */
function createRandom(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor(state / 2 ** 32 * limit);
  };
}

const PIECES = [
  ..."abcXYZ019 -_.~!*'()+%&=#?;:@$,<>\"[]{}|^`",
  "  ",
  "..",
  "%2e",
  "%2F",
  "%25",
  "&amp;",
  "&#39;",
  "ä",
  "a\u0308",
  "ß",
  "日本",
  "語",
  "עברית",
  "😀",
  "👩‍👩‍👧",
  "\u{10FFFF}",
  "\uFFFD",
  "\u00a0",
  "\u2028",
];
