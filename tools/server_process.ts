/** A server to start, and what becomes of its files. */
export interface ServerCommand {
  /** What it is called in a list of processes. */
  readonly name: string;
  /** The program and its arguments. */
  readonly command: readonly string[];
  /** Added to the environment. Default: nothing. */
  readonly env?: Readonly<Record<string, string>>;
  /** Where its output goes; written anew. */
  readonly logFile: string;
  /** `true`: stopping kills it at once. `false`: stopping lets it finish what it is at. */
  readonly throwaway: boolean;
  /** Files and folders to remove afterwards. */
  readonly leftovers: readonly string[];
}

/** A running server. It ends with the process that started it, however that ends. */
export interface ServerProcess {
  /** Process id. */
  readonly pid: number;
  /** How it ended. */
  readonly exit: Promise<Deno.CommandStatus>;
  /** Ends it and removes what it leaves. May be called twice. */
  stop(): Promise<void>;
}

/** Starts a server. */
export function startServer(server: ServerCommand): ServerProcess {
  const child = spawn(server);
  return {
    pid: child.pid,
    exit: child.status,
    stop: once(async () => {
      await end(child);
      for (const path of server.leftovers) await Deno.remove(path, { recursive: true }).catch(() => {});
    }),
  };
}

/**
 * A shell stands between: it writes the log without our help, and leaves a process behind that ends the server and tidies up when our
 * end of its standard input closes, which happens however this process ends.
 */
function spawn({ name, command, env = {}, logFile, throwaway, leftovers }: ServerCommand): Deno.ChildProcess {
  const script = [
    'exec 3<&0; log=$1; signal=$2; leftovers=$3; shift 3; : >"$log"',
    "(",
    '  trap "" INT TERM HUP; read -r _ <&3; kill -"$signal" $$',
    "  tries=0; while kill -0 $$ && [ $tries -lt 200 ]; do sleep 0.2; tries=$((tries + 1)); done",
    "  IFS='\n'; set -f; rm -rf $leftovers",
    ") >/dev/null 2>&1 &",
    'exec "$@" >>"$log" 2>&1 3<&- </dev/null',
  ].join("\n");
  return new Deno.Command("/bin/sh", {
    args: ["-c", script, name, logFile, throwaway ? "KILL" : "TERM", leftovers.join("\n"), ...command],
    env,
    stdin: "piped",
    stdout: "null",
    stderr: "null",
  }).spawn();
}

async function end(child: Deno.ChildProcess): Promise<void> {
  await child.stdin.close().catch(() => {});
  // Draining takes SeaweedFS about 25 seconds.
  const escalation = setTimeout(() => kill(child), 40_000);
  await child.status;
  clearTimeout(escalation);
}

function kill(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGKILL");
  } catch {
    // It has ended by itself.
  }
}

function once(action: () => Promise<void>): () => Promise<void> {
  let result: Promise<void> | undefined;
  return () => result ??= action();
}
