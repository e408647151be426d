/**
 * The command of the benchmark: `deno task bench`, or `bun run bench/main.ts`. README.md explains its output.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import process from "node:process";

const args = process.argv.slice(2);
process.exitCode = process.versions.bun === undefined
  // Imported only here: it needs Deno.
  ? await (await import("./command.ts")).runCommand(args)
  : handOver();

/** Deno starts SeaweedFS, even if only Bun is measured. If Deno is not installed, Bun fetches it. */
function handOver(): number {
  const hasDeno = spawnSync("deno", ["--version"]).status === 0;
  const [command = "", ...deno] = hasDeno ? ["deno"] : [process.execPath, "x", "deno@2"];
  const runtime = args.some((argument) => argument.startsWith("--runtime")) ? [] : ["--runtime", "bun"];
  const main = decodeURIComponent(new URL(import.meta.url).pathname);
  return spawnSync(command, [...deno, "run", "--allow-all", main, ...runtime, ...args], { stdio: "inherit" }).status ??
    1;
}
