import { findOrInstall } from "./cached_install.ts";
import { isFile, lastLines, runProgram } from "./programs.ts";

/** The oldest supported release of each runtime that npm has. */
export const OLDEST = { Deno: "2.5.0", Bun: "1.4.0", Node: "20.18.0" } as const;

/**
 * The path of the oldest supported release, installed from npm in the project's cache folder.
 *
 * @throws {Error} If the installation fails; the message has its output.
 */
export async function findOrInstallOldest(runtime: keyof typeof OLDEST): Promise<string> {
  const name = runtime.toLowerCase();
  const version = OLDEST[runtime];
  return await findOrInstall({
    folder: `oldest/${name}-${version}`,
    file: name,
    async install(target) {
      const { output } = await runProgram([
        ...["npm", "install", "--no-audit", "--no-fund", "--prefix", target, `${name}@${version}`],
      ]);
      for (const file of [name, `bin/${name}`, `bin/${name}.exe`]) {
        const path = `${target}/node_modules/${name}/${file}`;
        if (await isFile(path) && await isRelease(path, version)) return await Deno.rename(path, `${target}/${name}`);
      }
      throw new Error(`Cannot install ${runtime} ${version} with npm. Its output:\n${lastLines(output, 10)}`);
    },
  });
}

async function isRelease(path: string, version: string): Promise<boolean> {
  const { ok, output } = await runProgram([path, "--version"]);
  return ok && output.split(/\s/, 2).some((word) => word.replace(/^v/, "") === version);
}
