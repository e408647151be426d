/** The result of a program. */
export interface ProgramResult {
  /** Whether it succeeded; `false` also if it is not installed. */
  readonly ok: boolean;
  /** Standard output, then standard error. */
  readonly output: string;
}

/** Runs a program to its end. */
export async function runProgram(
  [command = "", ...args]: readonly string[],
  { env = {} }: { env?: Record<string, string> } = {},
): Promise<ProgramResult> {
  try {
    const { success, stdout, stderr } = await new Deno.Command(command, { args, env, stdin: "null" }).output();
    const decoder = new TextDecoder();
    return { ok: success, output: decoder.decode(stdout) + decoder.decode(stderr) };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return { ok: false, output: `${command} is not installed` };
    throw error;
  }
}

/** The end of a program's output, for a message. */
export function lastLines(output: string, count: number): string {
  return output.trimEnd().split("\n").slice(-count).join("\n");
}

/** The path of a program, as a shell finds it. */
export async function findOnPath(name: string): Promise<string | undefined> {
  for (const folder of (Deno.env.get("PATH") ?? "").split(":")) {
    if (folder !== "" && await isFile(`${folder}/${name}`)) return `${folder}/${name}`;
  }
  return undefined;
}

/** Whether the path is a file. */
export async function isFile(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch {
    return false;
  }
}
