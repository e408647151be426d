/**
 * The benchmark's command: `deno task bench`, or `bun run bench/main.ts`. README.md beside it says how to read what it prints.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import process from "node:process";

const args = process.argv.slice(2);
process.exitCode = process.versions.bun === undefined
  // Loaded only here: it needs Deno.
  ? await (await import("./command.ts")).runCommand(args)
  : handOver();

/** SeaweedFS is started by Deno, also where Bun alone is measured. Where it is not installed, Bun fetches it. */
function handOver(): number {
  const hasDeno = spawnSync("deno", ["--version"]).status === 0;
  const [command = "", ...deno] = hasDeno ? ["deno"] : [process.execPath, "x", "deno@2"];
  const runtime = args.some((argument) => argument.startsWith("--runtime")) ? [] : ["--runtime", "bun"];
  const main = decodeURIComponent(new URL(import.meta.url).pathname);
  return spawnSync(command, [...deno, "run", "--allow-all", main, ...runtime, ...args], { stdio: "inherit" }).status ??
    1;
}
