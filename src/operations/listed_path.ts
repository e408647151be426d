import { pathProblem } from "../s3/keys.ts";
import { type OperationContext, quote } from "./operation_context.ts";

/**
 * The path of a key from a listing; `undefined`, with a warning, if the key is outside the listed folder or no path can
 * name it.
 *
 * @param listing `prefix`: the prefix of the source; `folder`: the key prefix that was listed; `subject`: how the
 * warning begins.
 */
export function listedPath(
  { emit }: OperationContext,
  key: string,
  { prefix, folder, subject }: { prefix: string; folder: string; subject: string },
): string | undefined {
  const path = key.slice(prefix.length);
  if (!key.startsWith(folder)) {
    warn("KeyOutsidePrefix", "it is outside the prefix");
    return undefined;
  }
  const problem = path === "" ? "it is the source's own folder" : pathProblem(path);
  if (problem === undefined) return path;
  warn("UnusableKey", problem);
  return undefined;

  function warn(code: string, problem: string): void {
    emit?.({ type: "warning", code, message: `${subject} ${quote(key)} is ignored: ${problem}` });
  }
}
