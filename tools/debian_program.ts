import { findOrInstall } from "./cached_install.ts";
import { findOnPath, lastLines, runProgram } from "./programs.ts";

/**
 * The path of a server: the one on `PATH`, or Debian's, unpacked in the project's cache. If installed, it would listen
 * on port 80.
 *
 * @param file The program in the package.
 * @throws {Error} If there is none; the message says what to do.
 */
export async function findOrUnpack(name: string, file: string): Promise<string> {
  return await findOnPath(name) ??
    await findOrInstall({ folder: `${name}/debian`, file, install: (target) => unpack(name, target) });
}

async function unpack(name: string, target: string): Promise<void> {
  // The package lists may be missing or out of date; only root can fetch them.
  if (Deno.uid() === 0) await runProgram(["apt-get", "--quiet", "update"]);
  const script = 'cd "$0" && apt-get --quiet download "$1" && dpkg-deb --extract "$1"_*.deb . && rm "$1"_*.deb';
  const { ok, output } = await runProgram(["sh", "-c", script, target, name]);
  if (ok) return;
  throw new Error(
    `Cannot find ${name}. Put it on PATH (Debian: "apt install ${name}"). The output of apt-get:\n${
      lastLines(output, 10)
    }`,
  );
}
