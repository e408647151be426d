import process from "node:process";

/** Processor time of all the process's threads so far, in the program and in the kernel. */
export function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
