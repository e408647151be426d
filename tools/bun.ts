import { findOrInstallFromNpm } from "./npm_program.ts";
import { findOnPath } from "./programs.ts";

/**
 * The path of a Bun that runs: the one on `PATH`, or one installed in the project's cache folder.
 *
 * @throws {Error} If the installation fails; the message says why.
 */
export async function findOrInstallBun(): Promise<string> {
  return await findOnPath("bun") ?? await findOrInstallFromNpm({ name: "bun", version: "1.4.5" });
}
