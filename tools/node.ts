import { findOnPath, runProgram } from "./programs.ts";

/** The oldest supported Node; earlier ones have no `URL.parse`. */
const OLDEST = [20, 18] as const;

/**
 * The path of the Node on `PATH`.
 *
 * @throws {Error} If there is none, or it is too old; the message says what to do.
 */
export async function findNode(): Promise<string> {
  const path = await findOnPath("node");
  if (path === undefined) {
    throw new Error(`Cannot find Node. Put "node", version ${OLDEST.join(".")} or newer, on PATH.`);
  }
  const { output } = await runProgram([path, "--version"]);
  const [, major, minor] = (/^v(\d+)\.(\d+)\./.exec(output) ?? []).map(Number);
  const isNewEnough = major !== undefined && (major > OLDEST[0] || (major === OLDEST[0] && (minor ?? 0) >= OLDEST[1]));
  if (isNewEnough) return path;
  throw new Error(
    `Cannot use the Node on PATH: it is ${output.trim()}. Put version ${OLDEST.join(".")} or newer there.`,
  );
}
