/**
 * Starts a program that does not outlive this process, however that ends. Its standard output and error are pipes; closing its standard input
 * ends it too.
 */
export function spawnBound(
  command: readonly string[],
  options: { cwd?: string; env?: Record<string, string> } = {},
): Deno.ChildProcess {
  // A shell leaves a process behind that ends the program when our end of the standard input closes.
  const script = 'exec 3<&0; (read -r _ <&3; kill -KILL $$) >/dev/null 2>&1 & exec "$@" 3<&- </dev/null';
  return new Deno.Command("/bin/sh", {
    args: ["-c", script, "sh", ...command],
    ...options,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

/** Ends a program that {@link spawnBound} has started. */
export async function endBound(child: Deno.ChildProcess): Promise<void> {
  await child.stdin.close();
  await child.status;
}

/** Waits for what a program prints first, up to and with the end of the line; `undefined` if it ends before. */
export async function readLine(output: ReadableStreamDefaultReader<string>): Promise<string | undefined> {
  let text = "";
  while (!text.includes("\n")) {
    const { done, value } = await output.read();
    if (done) return undefined;
    text += value;
  }
  return text;
}
