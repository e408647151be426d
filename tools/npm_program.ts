import { findOrInstall } from "./cached_install.ts";
import { isFile, lastLines, runProgram } from "./programs.ts";

/** A release of a program that npm has. */
export interface NpmProgram {
  /** Of the package and of the program. */
  readonly name: string;
  readonly version: string;
}

/** The oldest supported release of each runtime that npm has. */
export const OLDEST = {
  Deno: { name: "deno", version: "2.5.0" },
  Bun: { name: "bun", version: "1.4.0" },
  Node: { name: "node", version: "20.18.0" },
} as const;

/**
 * The path of a native program, installed from npm in the project's cache folder.
 *
 * @throws {Error} If the installation fails; the message has the output of npm.
 */
export async function findOrInstallFromNpm({ name, version }: NpmProgram): Promise<string> {
  return await findOrInstall({
    folder: `${name}/${version}`,
    file: name,
    async install(target) {
      const release = `${name}@${version}`;
      const { output } = await runProgram(["npm", "install", "--no-audit", "--no-fund", "--prefix", target, release]);
      const binary = await findBinary(`${target}/node_modules`, name);
      if (binary !== undefined) return await Deno.rename(binary, `${target}/${name}`);
      throw new Error(
        `Cannot install ${name}: "npm install ${release}" failed. Check the network and the package registry. Its ` +
          `output:\n${lastLines(output, 10)}`,
      );
    },
  });
}

/** In the package for this machine, because npm may not have run the script that puts it into the main package. */
async function findBinary(folder: string, name: string): Promise<string | undefined> {
  const packages = await namesIn(folder);
  const scoped = packages.filter((entry) => entry.startsWith("@"));
  const inScopes = await Promise.all(
    scoped.map(async (scope) => (await namesIn(`${folder}/${scope}`)).map((entry) => `${scope}/${entry}`)),
  );
  for (const entry of [...inScopes.flat(), ...packages]) {
    for (const file of [name, `bin/${name}`, `bin/${name}.exe`]) {
      const path = `${folder}/${entry}/${file}`;
      if (await isFile(path) && await runs(path)) return path;
    }
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
    const names = (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name);
    // `.bin` has links, which break when they are moved.
    return names.filter((name) => !name.startsWith(".")).sort();
  } catch {
    return [];
  }
}
