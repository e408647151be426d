import { findOrInstall } from "./cached_install.ts";
import { findOnPath, lastLines, runProgram } from "./programs.ts";

/** The release of Bun that is installed if there is none. */
const VERSION = "1.4.5";

/**
 * The path of a Bun that runs: the one on `PATH`, or the one in the project's cache folder, which is filled first if need be.
 *
 * @throws {Error} If it has to be installed and cannot be; the message says what to do.
 */
export async function findOrInstallBun(): Promise<string> {
  return await findOnPath("bun") ?? await findOrInstall({ folder: `bun/${VERSION}`, file: "bun", install });
}

async function install(target: string): Promise<void> {
  const command = ["npm", "install", "--no-audit", "--no-fund", "--prefix", target, `bun@${VERSION}`];
  const { output } = await runProgram(command);
  const binary = await findBinary(`${target}/node_modules`);
  if (binary !== undefined) return await Deno.rename(binary, `${target}/bun`);
  throw new Error(
    `Cannot install Bun: "npm install bun@${VERSION}" failed. Check the network and the package registry, or put ` +
      `"bun" on PATH. What it said:\n${lastLines(output, 10)}`,
  );
}

/** npm may not have run the script that puts the binary into its place, so it is also looked for in the packages for this machine. */
async function findBinary(folder: string): Promise<string | undefined> {
  const paths = [`${folder}/bun/bin/bun.exe`];
  for (const name of await namesIn(`${folder}/@oven`)) paths.push(`${folder}/@oven/${name}/bin/bun`);
  for (const path of paths) {
    if (await runs(path)) return path;
  }
  return undefined;
}

async function runs(path: string): Promise<boolean> {
  try {
    return (await runProgram([path, "--version"])).ok;
  } catch {
    // A binary for another machine, or the script that stands in for it.
    return false;
  }
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name).sort();
  } catch {
    return [];
  }
}
