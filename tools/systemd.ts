import { installDebianPackage } from "./debian_package.ts";
import { findOnPath } from "./programs.ts";

/**
 * The path of `systemd-analyze`: the one on `PATH`, or Debian's, which it installs if run as root on Debian.
 *
 * @throws {Error} If there is none; the message says what to do.
 */
export async function findOrInstallSystemdAnalyze(): Promise<string> {
  const found = await findOnPath(NAME);
  if (found !== undefined) return found;
  const problem = await installDebianPackage("systemd");
  const installed = await findOnPath(NAME);
  if (installed !== undefined) return installed;
  throw new Error(`Cannot find ${NAME}. Put it on PATH (Debian: "apt install systemd"). ${problem}`);
}

const NAME = "systemd-analyze";
