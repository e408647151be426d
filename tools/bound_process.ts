/** How to start and end a program. */
export interface BoundOptions {
  /** Its working directory. Default: this process's. */
  readonly cwd?: string;
  /** Added to the environment. Default: nothing. */
  readonly env?: Readonly<Record<string, string>>;
  /** Its name in the list of processes until it runs. Default `"sh"`. */
  readonly name?: string;
  /** The file for its output, overwritten. Default: standard output and error are pipes. */
  readonly logFile?: string;
  /** The signal that ends it. Default `"KILL"`. */
  readonly signal?: "KILL" | "TERM";
  /** Files and folders to remove after we have ended it. Default: none. */
  readonly leftovers?: readonly string[];
}

/** Starts a program that ends with this process, however that ends. Closing its standard input ends it too. */
export function spawnBound(
  command: readonly string[],
  { cwd, env = {}, name = "sh", logFile = "", signal = "KILL", leftovers = [] }: BoundOptions = {},
): Deno.ChildProcess {
  const output = logFile === "" ? "piped" : "null";
  return new Deno.Command("/bin/sh", {
    args: ["-c", SCRIPT, name, logFile, signal, leftovers.join("\n"), ...command],
    ...(cwd === undefined ? {} : { cwd }),
    env,
    stdin: "piped",
    stdout: output,
    stderr: output,
  }).spawn();
}

/**
 * A shell runs in between. It writes the log without us, and starts a process that ends the program and cleans up when our end of its
 * standard input closes, which happens however this process ends.
 */
const SCRIPT = [
  "exec 3<&0; log=$1; signal=$2; leftovers=$3; shift 3",
  "(",
  '  trap "" INT TERM HUP; read -r _ <&3; kill -"$signal" $$',
  "  tries=0; while kill -0 $$ && [ $tries -lt 200 ]; do sleep 0.2; tries=$((tries + 1)); done",
  "  IFS='\n'; set -f; rm -rf $leftovers",
  ") >/dev/null 2>&1 &",
  'if [ -n "$log" ]; then exec >"$log" 2>&1; fi',
  'exec "$@" 3<&- </dev/null',
].join("\n");

/** Ends a program started by {@link spawnBound}. */
export async function endBound(child: Deno.ChildProcess): Promise<void> {
  await child.stdin.close().catch(() => {});
  // SIGTERM may not be enough. SeaweedFS needs about 25 seconds to drain.
  const escalation = setTimeout(() => kill(child), 40_000);
  await child.status;
  clearTimeout(escalation);
}

/** The first line that a program prints, with its line end; `undefined` if the program ends before. */
export async function readLine(output: ReadableStreamDefaultReader<string>): Promise<string | undefined> {
  let text = "";
  while (!text.includes("\n")) {
    const { done, value } = await output.read();
    if (done) return undefined;
    text += value;
  }
  return text;
}

function kill(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGKILL");
  } catch {
    // It has already ended.
  }
}
