import { findOnPath, runProgram } from "./programs.ts";

/** The oldest Node that the package is for. */
const OLDEST = 20;

/**
 * The path of the Node on `PATH`.
 *
 * @throws {Error} If there is none, or it is too old; the message says what to do.
 */
export async function findNode(): Promise<string> {
  const path = await findOnPath("node");
  if (path === undefined) throw new Error(`Cannot find Node. Put "node", version ${OLDEST} or newer, on PATH.`);
  const { output } = await runProgram([path, "--version"]);
  const major = Number(/^v(\d+)\./.exec(output)?.[1]);
  if (major >= OLDEST) return path;
  throw new Error(`Cannot use the Node on PATH: it is ${output.trim()}. Put version ${OLDEST} or newer there.`);
}
