import { pathProblem } from "../s3/keys.ts";
import type { Problems } from "../s3/xml/list_xml.ts";
import { type OperationContext, quote } from "./operation_context.ts";

/**
 * The path of a key from a listing; `undefined`, with a warning, if the key is outside the listing or no path can
 * name it.
 *
 * @param listing `prefix`: the prefix of the source; `listed`: the beginning of keys that was listed; `subject`: how
 * the warning begins.
 */
export function listedPath(
  { emit }: OperationContext,
  key: string,
  { prefix, listed, subject }: { prefix: string; listed: string; subject: string },
): string | undefined {
  const path = key.slice(prefix.length);
  if (!key.startsWith(listed)) {
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

/** Reports what is odd about a listing, all at once. */
export function warnOfProblems({ emit }: OperationContext, subject: string, problems: Problems): void {
  if (problems.size === 0) return;
  const reasons = Array.from(problems, ([reason, key]) => key === "" ? reason : `${reason} (${quote(key)})`);
  emit?.({ type: "warning", code: "OddListing", message: `${subject} is odd: ${reasons.join("; ")}` });
}
