import { isMapping } from "../options/mapping.ts";

/** How deep a configuration may be nested; ours are six levels deep. */
export const MAX_DEPTH = 64;

/** How many values it may have; a value counts each time the text refers to it. */
const MAX_VALUES = 1_000_000;

/**
 * Why a parsed value is too large to work with; `undefined` if it is not. A short text can stand for a very large
 * value: an alias of a list of aliases of lists, or one that contains itself.
 * https://en.wikipedia.org/wiki/Billion_laughs_attack
 */
export function sizeProblem(value: unknown): string | undefined {
  let left = MAX_VALUES;

  function exceeds(value: unknown, depth: number): boolean {
    if (--left < 0) return true;
    if (!Array.isArray(value) && !isMapping(value)) return false;
    if (depth === MAX_DEPTH) return true;
    return Object.values(value).some((inner) => exceeds(inner, depth + 1));
  }

  if (!exceeds(value, 0)) return undefined;
  return left < 0 ? `it has more than ${MAX_VALUES.toLocaleString("en")} values, counting repeated ones` : TOO_DEEP;
}

/** Also the message if the parser itself gives up. */
export const TOO_DEEP = `it is nested more than ${MAX_DEPTH} levels deep`;
