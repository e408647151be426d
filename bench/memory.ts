import { readFileSync, writeFileSync } from "node:fs";
import process from "node:process";

/** The resident memory of the process. */
export interface MemoryWatch {
  /** The peak since the watch began. */
  peakMiB(): number;
  /** The peak above the level at which the watch began. */
  growthMiB(): number;
  stop(): void;
}

/**
 * Watches the memory of this process. Linux records the peak and can reset it; elsewhere it is sampled every few
 * milliseconds.
 */
export function watchMemory(): MemoryWatch {
  const isKept = resetPeak();
  const baseBytes = residentBytes();
  let seenBytes = baseBytes;
  const look = () => {
    seenBytes = Math.max(seenBytes, isKept ? statusBytes("VmHWM") ?? 0 : residentBytes());
    return seenBytes;
  };
  const timer = isKept ? undefined : setInterval(look, SAMPLE_MS);
  return {
    peakMiB: () => look() / MIB,
    growthMiB: () => (look() - baseBytes) / MIB,
    stop: () => clearInterval(timer),
  };
}

/** https://man7.org/linux/man-pages/man5/proc_pid_clear_refs.5.html: 5 resets the peak to the current level. */
function resetPeak(): boolean {
  try {
    writeFileSync("/proc/self/clear_refs", "5");
    return statusBytes("VmHWM") !== undefined;
  } catch {
    return false;
  }
}

function residentBytes(): number {
  return statusBytes("VmRSS") ?? process.memoryUsage().rss;
}

/** https://man7.org/linux/man-pages/man5/proc_pid_status.5.html */
function statusBytes(field: "VmHWM" | "VmRSS"): number | undefined {
  try {
    const kibibytes = new RegExp(`^${field}:\\s*(\\d+) kB$`, "m").exec(readFileSync("/proc/self/status", "utf8"))?.[1];
    return kibibytes === undefined ? undefined : Number(kibibytes) * 1024;
  } catch {
    return undefined;
  }
}

const MIB = 1024 * 1024;
const SAMPLE_MS = 10;
