import { findOrInstallBun } from "./bun.ts";
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

async function succeed(command: readonly string[]): Promise<void> {
  const { ok, output } = await runProgram(command);
  if (!ok) throw new Error(`Cannot build the command: "${command.join(" ")}" failed:\n${lastLines(output, 10)}`);
}

const ROOT = decodeURIComponent(new URL("..", import.meta.url).pathname).replace(/\/$/, "");
