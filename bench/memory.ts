import { readFileSync, writeFileSync } from "node:fs";
import process from "node:process";

/** Watches how much memory the process holds. */
export interface MemoryWatch {
  /** The most since the watch began. */
  peakMiB(): number;
  /** How far that is above what it held when the watch began. */
  growthMiB(): number;
  /** Ends it. */
  stop(): void;
}

/**
 * Begins to watch the memory of this process. Linux keeps the peak itself and can be told to begin again; elsewhere it is
 * looked at every few milliseconds.
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

/** https://man7.org/linux/man-pages/man5/proc_pid_clear_refs.5.html: 5 resets the peak to what is held now. */
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
