/** How a program is started, and what becomes of it. */
export interface BoundOptions {
  /** Its working directory. Default: this process's. */
  readonly cwd?: string;
  /** Added to the environment. Default: nothing. */
  readonly env?: Readonly<Record<string, string>>;
  /** What it is called in a list of processes, until it runs. Default `"sh"`. */
  readonly name?: string;
  /**
   * The file that its output goes to, written anew. Its standard output then has nothing, and ends when the leftovers
   * are gone. Default: standard output and error are pipes.
   */
  readonly logFile?: string;
  /** Files and folders that are removed once it has ended because of us. Default: none. */
  readonly leftovers?: readonly string[];
}

/** Starts a program that does not outlive this process, however that ends. Closing its standard input ends it too. */
export function spawnBound(
  command: readonly string[],
  { cwd, env = {}, name = "sh", logFile = "", leftovers = [] }: BoundOptions = {},
): Deno.ChildProcess {
  return new Deno.Command("/bin/sh", {
    args: ["-c", SCRIPT, name, logFile, leftovers.join("\n"), ...command],
    ...(cwd === undefined ? {} : { cwd }),
    env,
    stdin: "piped",
    stdout: "piped",
    stderr: logFile === "" ? "piped" : "null",
  }).spawn();
}

/**
 * A shell stands between: it writes the log without our help, and leaves a process behind that ends the program and
 * tidies up when our end of its standard input closes, which happens however this process ends.
 */
const SCRIPT = [
  "exec 3<&0; log=$1; leftovers=$2; shift 2",
  "(",
  '  [ -n "$log" ] || exec >/dev/null',
  '  trap "" INT TERM HUP; read -r _ <&3; kill -KILL $$',
  "  tries=0; while kill -0 $$ && [ $tries -lt 200 ]; do sleep 0.2; tries=$((tries + 1)); done",
  "  IFS='\n'; set -f; rm -rf $leftovers",
  ") 2>/dev/null &",
  'if [ -n "$log" ]; then exec >"$log" 2>&1; fi',
  'exec "$@" 3<&- </dev/null',
].join("\n");

/** Kills a program that {@link spawnBound} has started. */
export async function endBound(child: Deno.ChildProcess): Promise<void> {
  await child.stdin.close().catch(() => {});
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
