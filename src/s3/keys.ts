import { InvalidPathError, show } from "../errors.ts";

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html */
export const MAX_KEY_BYTES = 1024;

/**
 * Checks the path of a file, relative to a source. A valid path never leaves the prefix it is appended to: `fetch`
 * would resolve dot segments after signing.
 *
 * @throws {InvalidPathError} If it is empty, absolute, has a `.` or `..` segment, a control character or a lone
 * surrogate, or has more than 1,024 bytes in UTF-8.
 */
export function assertFilePath(path: string): void {
  if (path === "") throw refusal(path, "it is empty");
  assertFolderPath(path);
}

/** Checks the path of a folder: like a file's, but it may be empty. */
export function assertFolderPath(path: string): void {
  const problem = pathProblem(path);
  if (problem !== undefined) throw refusal(path, problem);
}

/** The rule that a path breaks; `undefined` if it breaks none, as does the empty path. */
export function pathProblem(path: string): string | undefined {
  return textProblem(path, DOT_SEGMENT);
}

/** Whether no path breaks a rule, checked at once for speed. Some paths that break none, as they are long, do not pass. */
export function areValidPaths(paths: readonly string[]): boolean {
  if (!paths.every((path) => !path.startsWith("/") && path.length <= MAX_KEY_BYTES / 3)) return false;
  // The slash between them separates segments, and is half of no surrogate pair.
  return contentProblem(paths.join("/"), DOT_SEGMENT) === undefined;
}

/**
 * Checks the beginning of paths to list: it may end anywhere, even in a `..` that is the beginning of `..backup`.
 *
 * @throws {InvalidPathError} If no path can begin with it.
 */
export function assertPathBeginning(beginning: string): void {
  const problem = textProblem(beginning, DOT_SEGMENT_BEFORE_MORE);
  if (problem !== undefined) throw refusal(beginning, problem, "prefix");
}

function textProblem(path: string, dotSegment: RegExp): string | undefined {
  if (typeof path !== "string") return "it is not a string";
  if (path.startsWith("/")) return 'it starts with "/"; leave that out';
  return contentProblem(path, dotSegment) ?? (isTooLong(path) ? `it has more than ${MAX_KEY_BYTES} bytes` : undefined);
}

function contentProblem(path: string, dotSegment: RegExp): string | undefined {
  // deno-lint-ignore no-control-regex
  if (/[\u0000-\u001f\u007f-\u009f]/.test(path)) return "it has a control character";
  if (dotSegment.test(path)) return 'it has a "." or ".." segment';
  return path.isWellFormed() ? undefined : "it has half of a surrogate pair";
}

/** A folder's path as a prefix: empty, or ending in a slash, so that `team` does not reach into `team-2/`. */
export function toPrefix(folder: string): string {
  return folder === "" || folder.endsWith("/") ? folder : `${folder}/`;
}

/**
 * The key of a path below a prefix.
 *
 * @param prefix Empty, or ends in `/`.
 * @throws {InvalidPathError} If prefix and path together are longer than a key may be.
 */
export function toKey(prefix: string, path: string): string {
  const key = prefix + path;
  if (isTooLong(key)) throw refusal(path, `with the source's prefix it has more than ${MAX_KEY_BYTES} bytes`);
  return key;
}

/** A key as in a URL's path: every byte but `A-Z a-z 0-9 - . _ ~ /` is percent-encoded, as SigV4 requires. */
export function encodeKey(key: string): string {
  return PLAIN_KEY.test(key) ? key : key.split("/").map(encodeUriComponent).join("/");
}

/** Percent-encodes as SigV4's `UriEncode` does, including `!'()*`, which `encodeURIComponent` leaves as they are. */
export function encodeUriComponent(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** The last segment of a path, without a trailing slash. */
export function baseName(path: string): string {
  const end = path.endsWith("/") ? path.length - 1 : path.length;
  return path.slice(path.lastIndexOf("/", end - 1) + 1, end);
}

/** Some stores treat `\` as `/`. */
const DOT_SEGMENT = /(?:^|[/\\])\.\.?(?:[/\\]|$)/;
const DOT_SEGMENT_BEFORE_MORE = /(?:^|[/\\])\.\.?[/\\]/;
const PLAIN_KEY = /^[A-Za-z0-9\-._~/]*$/;
const encoder = new TextEncoder();

function isTooLong(key: string): boolean {
  // A UTF-16 code unit has three bytes at most in UTF-8.
  return key.length > MAX_KEY_BYTES / 3 && encoder.encode(key).byteLength > MAX_KEY_BYTES;
}

function refusal(path: string, reason: string, kind: "path" | "prefix" = "path"): InvalidPathError {
  return new InvalidPathError(
    `Cannot use the ${kind} ${show(path)}: ${reason}`,
    typeof path === "string" ? { path } : {},
  );
}
