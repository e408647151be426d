import { findOrInstall } from "./cached_install.ts";
import { findOnPath, lastLines, runProgram } from "./programs.ts";

/**
 * The path of an nginx: the one on `PATH`, or Debian's, unpacked in the project's cache. If installed, it would listen
 * on port 80.
 *
 * @throws {Error} If there is none; the message says what to do.
 */
export async function findOrInstallNginx(): Promise<string> {
  return await findOnPath("nginx") ?? await findOrInstall({ folder: "nginx/debian", file: "usr/sbin/nginx", install });
}

async function install(target: string): Promise<void> {
  // The package lists may be missing or out of date; only root can fetch them.
  if (Deno.uid() === 0) await runProgram(["apt-get", "--quiet", "update"]);
  const unpack = 'cd "$0" && apt-get --quiet download nginx && dpkg-deb --extract nginx_*.deb . && rm nginx_*.deb';
  const { ok, output } = await runProgram(["sh", "-c", unpack, target]);
  if (ok) return;
  throw new Error(
    `Cannot find nginx. Put it on PATH (Debian: "apt install nginx"). The output of apt-get:\n${lastLines(output, 10)}`,
  );
}
