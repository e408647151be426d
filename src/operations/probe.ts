/** Whether a file is one that was written to see whether it can be, and is removed, or could not be. */
export function isProbe(path: string): boolean {
  return path.startsWith(PROBE_PREFIX);
}

/** How the names of those files begin. */
export const PROBE_PREFIX = ".s3-source-probe-";
