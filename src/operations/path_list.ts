import { InvalidArgumentError, show } from "../errors.ts";

/** Any number of paths; not a string, which is an iterable of characters. */
export type Paths = (Iterable<string> | AsyncIterable<string>) & object;

/** Paths that are known, each once, or that are still to come. */
export type PathList = readonly string[] | AsyncIterable<string>;

/**
 * Copies paths that are known: the caller may change the list while the operation loads.
 *
 * @throws {InvalidArgumentError} If it is not an iterable.
 */
export function takePaths(paths: Paths): PathList {
  if (!isList(paths)) {
    throw new InvalidArgumentError(`Cannot delete: the paths must be an iterable of strings, not ${show(paths)}`);
  }
  return Symbol.asyncIterator in paths ? paths : [...new Set(paths)];
}

/** Whether a value is iterable, but neither a string, also as an object, nor bytes. */
function isList(value: unknown): boolean {
  const isObject = typeof value === "object" && value !== null && !ArrayBuffer.isView(value) &&
    !(value instanceof String);
  return isObject && (Symbol.iterator in value || Symbol.asyncIterator in value);
}
