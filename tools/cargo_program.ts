import { findOrInstall } from "./cached_install.ts";
import { findOnPath, lastLines, runProgram } from "./programs.ts";

/** A program built from a crate. */
export interface CargoProgram {
  /** The crate's name, and the binary's. */
  readonly name: string;
  /** The crate's version. */
  readonly version: string;
  /** How `cargo install` chooses its features. */
  readonly features: readonly string[];
}

/**
 * The path of a program in the project's cache folder; builds it if it is missing, which takes minutes.
 *
 * @throws {Error} If the build fails; the message says what to do.
 */
export async function findOrInstallCargoProgram({ name, version, features }: CargoProgram): Promise<string> {
  return await findOrInstall({
    folder: `${name}/${version}`,
    file: `bin/${name}`,
    async install(target) {
      const cargo = await findOnPath("cargo") ?? `${Deno.env.get("HOME")}/.cargo/bin/cargo`;
      // deno-lint-ignore no-console
      console.warn(`Building ${name} ${version} from source, once; this takes several minutes.`);
      // Unoptimised, which takes a third of the time.
      const command = [cargo, "install", `${name}@${version}`, "--locked", "--profile=dev", `--root=${target}`];
      // Without debugging information it is a tenth of the size.
      const env = {
        CARGO_PROFILE_DEV_DEBUG: "0",
        // Garage 2.5.0 subtracts below zero for a range of an empty file, and relies on that.
        CARGO_PROFILE_DEV_OVERFLOW_CHECKS: "false",
        CARGO_PROFILE_DEV_DEBUG_ASSERTIONS: "false",
        CARGO_TARGET_DIR: `${target}/build`,
      };
      const { ok, output } = await runProgram([...command, ...features], { env });
      if (!ok) {
        throw new Error(
          `Cannot install ${name}: "cargo install ${name}@${version}" failed. Check the network, the registry of ` +
            `crates, and that there is Rust with a C compiler. Its output:\n${lastLines(output, 10)}`,
        );
      }
      await Deno.remove(`${target}/build`, { recursive: true });
    },
  });
}
