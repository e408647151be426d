import { findOrInstall } from "./cached_install.ts";
import { findOnPath, lastLines, runProgram } from "./programs.ts";

/** The release of Bun to install if there is none. */
const VERSION = "1.4.5";

/**
 * The path of a Bun that runs: the one on `PATH`, or one installed in the project's cache folder.
 *
 * @throws {Error} If the installation fails; the message says what to do.
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
      `"bun" on PATH. Its output:\n${lastLines(output, 10)}`,
  );
}

/** Also looks in the packages for this machine, because npm may not have run the script that moves the binary. */
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
    // A binary for another machine, or npm's placeholder script.
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
