import { assertFilePath, baseName } from "../../s3/keys.ts";
import { RequestRefusal } from "../failure.ts";
import { isHidden } from "./hidden.ts";

/**
 * Checks the path of a new file: its last segment must be a name. A key that ends in `/` is a folder's marker, whose
 * content nobody sees.
 *
 * @throws {InvalidPathError} If the path breaks the path rules.
 * @throws {RequestRefusal} If it is not the path of a file.
 */
export function assertNewFile(path: string): void {
  assertName(path);
  assertFilePath(path);
  const problem = nameProblem(path);
  if (problem !== undefined) throw new RequestRefusal(400, `“${path}” cannot be the path of a file: ${problem}.`);
}

/** The same for a folder, which may end in one `/`. */
export function assertNewFolder(path: string): void {
  assertName(path);
  assertFilePath(path);
  const problem = nameProblem(path.endsWith("/") ? path.slice(0, -1) : path);
  if (problem !== undefined) throw new RequestRefusal(400, `“${path}” cannot be the path of a folder: ${problem}.`);
}

/** People type these; the path rules are for programs. */
function assertName(path: string): void {
  if (/^\.\.?$/.test(baseName(path))) throw new RequestRefusal(400, "A name cannot be “.” or “..”.");
}

/** Some stores, and Windows, use `\` as a separator. */
function nameProblem(path: string): string | undefined {
  const segments = path.split(/[/\\]/);
  if (segments.at(-1) === "") return "its name is empty";
  if (isHidden(`${segments.join("/")}/`)) return "the app keeps files of its own there";
  return segments.some((segment) => segment === "." || segment === "..") ? "it contains “.” or “..”" : undefined;
}
