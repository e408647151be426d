import type { Diagnosis } from "../types/diagnosis.ts";

/** Whether a file was written by `diagnose` to check permissions. */
export function isProbe(path: string): boolean {
  return path.startsWith(PROBE_PREFIX);
}

/** The names of those files begin with this. */
export const PROBE_PREFIX = ".s3-source-probe-";

/** Between a check's message and the files that could not be removed. */
export const LEFT_BEHIND = "; left behind: ";

/** The files that a diagnosis has left behind because its credentials may not delete them. */
export function leftoversOf({ checks }: Pick<Diagnosis, "checks">): string[] {
  const paths = checks.flatMap(({ message }) => message.split(LEFT_BEHIND)[1]?.split(", ") ?? []);
  return paths.filter(isProbe);
}
