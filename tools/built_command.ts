import { findOrInstallBun } from "./bun.ts";
import { toHex } from "../src/hash/hash.ts";
import { lastLines, runProgram } from "./programs.ts";

/** The machines that {@link buildBinary} builds for. */
export const LINUX_TARGETS = ["linux-x64", "linux-arm64"] as const;

/** One of {@link LINUX_TARGETS}. */
export type LinuxTarget = typeof LINUX_TARGETS[number];

/**
 * Bundles the command and its packages into one file, which runs in Deno, Bun and Node.
 *
 * @returns Its path.
 */
export async function buildFile(folder: string): Promise<string> {
  const path = `${folder}/s3-source.js`;
  await Deno.mkdir(folder, { recursive: true });
  await succeed([
    ...[Deno.execPath(), "bundle", "--quiet", `--config=${ROOT}/deno.json`, `--lock=${ROOT}/deno.lock`],
    ...["--platform=deno", `--output=${path}`, `${ROOT}/src/command/cli.ts`],
  ]);
  return path;
}

/**
 * Makes a program of such a file, with Bun in it.
 *
 * @returns Its path, next to the file's.
 */
export async function buildBinary(file: string, target: LinuxTarget): Promise<string> {
  const path = file.replace(/\.js$/, `-${target}`);
  const bun = await findOrInstallBun();
  await succeed([bun, "build", "--compile", "--minify", `--target=bun-${target}`, `--outfile=${path}`, file]);
  return path;
}

/** The machines that {@link buildRelease} compiles for, as Deno calls them. */
export const RELEASE_TARGETS = [
  "x86_64-unknown-linux-gnu",
  "aarch64-unknown-linux-gnu",
  "x86_64-apple-darwin",
  "aarch64-apple-darwin",
  "x86_64-pc-windows-msvc",
] as const;

/**
 * Makes what a release has: the file, a program with Deno in it for each machine, and `SHA256SUMS`.
 *
 * @param run Runs a command, and fails if that does.
 */
export async function buildRelease(folder: string, run = succeed): Promise<void> {
  const file = await buildFile(folder);
  for (const target of RELEASE_TARGETS) await run(compileCommand(file, target));
  const names = await Array.fromAsync(Deno.readDir(folder), ({ name }) => name);
  const lines = names.filter((name) => name !== SUMS).toSorted().map(async (name) => {
    const digest = await crypto.subtle.digest("SHA-256", await Deno.readFile(`${folder}/${name}`));
    return `${toHex(new Uint8Array(digest))}  ${name}\n`;
  });
  await Deno.writeTextFile(`${folder}/${SUMS}`, (await Promise.all(lines)).join(""));
}

const SUMS = "SHA256SUMS";

/** Without `--bundle`, the program would have all packages of the lock file, 230 MB. */
function compileCommand(file: string, target: typeof RELEASE_TARGETS[number]): readonly string[] {
  const permissions = ["net", "read", "write", "env", "sys"].map((name) => `--allow-${name}`);
  return [
    ...[Deno.execPath(), "compile", "--no-prompt", `--config=${ROOT}/deno.json`, `--lock=${ROOT}/deno.lock`],
    ...["--bundle", ...permissions, `--target=${target}`, `--output=${file.replace(/\.js$/, `-${target}`)}`],
    `${ROOT}/src/command/cli.ts`,
  ];
}

async function succeed(command: readonly string[]): Promise<void> {
  const { ok, output } = await runProgram(command);
  if (!ok) throw new Error(`Cannot build the command: "${command.join(" ")}" failed:\n${lastLines(output, 10)}`);
}

const ROOT = decodeURIComponent(new URL("..", import.meta.url).pathname).replace(/\/$/, "");
