import { cp } from "node:fs/promises";
import { findOrInstallBun } from "../tools/bun.ts";
import { versionOf } from "../tools/pinned.ts";
import type { PeerName, RuntimeName } from "./names.ts";
import { PEERS } from "./peers.ts";

/** A runtime that can start the files in `bench/`. */
export interface Runtime {
  readonly name: RuntimeName;
  readonly version: string;
  /** The command that runs a file of this folder. */
  command(file: string, argument: string): Deno.Command;
}

/** This Deno. */
export function useDeno(): Runtime {
  return {
    name: "deno",
    version: Deno.version.deno,
    command: (file, argument) =>
      new Deno.Command(Deno.execPath(), {
        args: [
          "run",
          "--quiet",
          "--no-check",
          "--allow-all",
          `--config=${ROOT}/deno.json`,
          `${ROOT}/bench/${file}`,
          argument,
        ],
        ...OUTPUT,
      }),
  };
}

/**
 * The Bun on `PATH`, or one installed in the project's cache. The benchmark is copied there, next to the packages that
 * `deno.json` pins, because Bun looks for packages in the parent folders of the importing file.
 *
 * @throws {Error} If an installation fails.
 */
export async function useBun(): Promise<Runtime> {
  await Deno.mkdir(CACHE_DIR, { recursive: true });
  const packages = [...new Set([...Object.values(PEERS).flatMap((peer) => peer.packages), "@noble/hashes"])];
  const dependencies = Object.fromEntries(packages.map((name) => [name, versionOf(name)]));
  await Deno.writeTextFile(`${CACHE_DIR}/package.json`, JSON.stringify({ private: true, dependencies }));
  const bun = await findOrInstallBun();
  await succeed(bun, ["install", "--cwd", CACHE_DIR, "--no-summary"]);
  for (const name of ["mod.ts", "src", "bench"]) {
    await Deno.remove(`${CACHE_DIR}/${name}`, { recursive: true }).catch(() => {});
    await cp(`${ROOT}/${name}`, `${CACHE_DIR}/${name}`, { recursive: true });
  }
  return {
    name: "bun",
    version: (await succeed(bun, ["--version"])).trim(),
    command: (file, argument) =>
      new Deno.Command(bun, {
        args: ["--no-install", "run", `${CACHE_DIR}/bench/${file}`, argument],
        ...OUTPUT,
      }),
  };
}

/** Whether a client runs in a runtime. */
export function runsIn(runtime: RuntimeName, peer: PeerName): boolean {
  return runtime === "bun" || !PEERS[peer].isBunOnly;
}

/** Runs a command and returns its output. */
async function succeed(command: string, args: string[]): Promise<string> {
  const line = [command, ...args].join(" ");
  try {
    const { success, stdout, stderr } = await new Deno.Command(command, { args, stdin: "null" }).output();
    if (success) return new TextDecoder().decode(stdout);
    throw new Error(`"${line}" failed: ${new TextDecoder().decode(stderr)}`);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) throw new Error(`Cannot run "${line}": ${command} is not installed`);
    throw error;
  }
}

const OUTPUT = { stdin: "null", stdout: "piped", stderr: "piped" } as const;
const ROOT = decodeURIComponent(new URL("..", import.meta.url).pathname).replace(/\/$/, "");
const CACHE_DIR = `${ROOT}/.cache/bench`;
