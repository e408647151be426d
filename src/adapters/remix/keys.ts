/**
 * The path of the file with this key. Most keys are their own path; only what a path cannot have, or what some stores
 * change, is percent-encoded. A segment that would be empty, `.` or `..` ends in a bare `%`.
 */
export function toPath(key: string): string {
  return escape(key).split("/").map(endSegment).join("/");
}

/** The beginning of the paths of all keys that begin with `prefix`. */
export function toPathBeginning(prefix: string): string {
  const segments = escape(prefix).split("/");
  return [...segments.slice(0, -1).map(endSegment), ...segments.slice(-1)].join("/");
}

/** The key of a path; `undefined` if no key has it, because something else has stored that file. */
export function toKey(path: string): string | undefined {
  const escaped = path.split("/").map((segment) => segment.replace(/^(\.{0,2})%$/, "$1")).join("/");
  const key = escaped.replace(
    /%(?:u([0-9A-F]{4})|([0-9A-F]{2}))/g,
    (_, surrogate, other) => String.fromCharCode(parseInt(surrogate ?? other, 16)),
  );
  return toPath(key) === path ? key : undefined;
}

/** Encodes `%`, `\`, control characters, and halves of surrogate pairs, which UTF-8 does not have. */
function escape(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replace(/[\u0000-\u001f\u007f-\u009f%\\]|\p{Surrogate}/gu, (char) => {
    const hex = char.charCodeAt(0).toString(16).toUpperCase();
    return hex.length > 2 ? `%u${hex}` : `%${hex.padStart(2, "0")}`;
  });
}

function endSegment(segment: string): string {
  return /^\.{0,2}$/.test(segment) ? `${segment}%` : segment;
}
