/** Whether a file was written by `diagnose` to check permissions. */
export function isProbe(path: string): boolean {
  return path.startsWith(PROBE_PREFIX);
}

/** The names of those files begin with this. */
export const PROBE_PREFIX = ".s3-source-probe-";
