import { findOrInstall } from "./cached_install.ts";
import { lastLines, runProgram } from "./programs.ts";

/**
 * The words before a program for Linux on arm64 that run it: Debian's QEMU and C library, unpacked in the project's
 * cache.
 *
 * @throws {Error} If they cannot be installed; the message says why.
 */
export async function findOrInstallQemu(): Promise<readonly string[]> {
  const program = await findOrInstall({ folder: "qemu/debian", file: PROGRAM, install });
  return [program, "-L", `${program.slice(0, -PROGRAM.length)}usr/aarch64-linux-gnu`];
}

const PROGRAM = "usr/bin/qemu-aarch64-static";

async function install(target: string): Promise<void> {
  // The package lists may be missing or out of date; only root can fetch them.
  if (Deno.uid() === 0) await runProgram(["apt-get", "--quiet", "update"]);
  const script = 'cd "$0" && apt-get --quiet download qemu-user-static libc6-arm64-cross && ' +
    'for package in *.deb; do dpkg-deb --extract "$package" . || exit; done; rm *.deb; ' +
    // It has emulators of 30 other machines.
    "find usr/bin -type f ! -name qemu-aarch64-static -delete";
  const { ok, output } = await runProgram(["sh", "-c", script, target]);
  if (!ok) throw new Error(`Cannot install QEMU. The output of apt-get:\n${lastLines(output, 10)}`);
}
