import { guardCallback } from "../options/callback.ts";
import type { UploadProgress } from "../types/files.ts";

/** Adds up how far the requests of one upload are. */
export interface ProgressMeter {
  /**
   * Follows a request: told how many bytes of its body have gone, from the start of each try. What a try sends again counts once.
   * `undefined` if nobody wants to know.
   */
  follow(): ((byteLength: number) => void) | undefined;
  /** The size, once the end of the body has come. */
  learnTotal(byteLength: number): void;
}

/** Begins at 0, never goes backwards, and is at the total when everything has gone. */
export function createProgressMeter(
  size: number | undefined,
  callback: ((progress: UploadProgress) => void) | undefined,
): ProgressMeter {
  const onProgress = guardCallback(callback);
  if (onProgress === undefined) return SILENT;
  let totalBytes = size;
  let sentBytes = 0;
  const report = () => onProgress({ sentBytes, ...totalBytes !== undefined && { totalBytes } });
  report();
  return {
    follow() {
      let most = 0;
      return (byteLength) => {
        if (byteLength <= most) return;
        sentBytes += byteLength - most;
        most = byteLength;
        report();
      };
    },
    learnTotal(byteLength) {
      if (totalBytes !== undefined) return;
      totalBytes = byteLength;
      report();
    },
  };
}

const SILENT: ProgressMeter = { follow: () => undefined, learnTotal: () => {} };
