import { endBound, spawnBound } from "./bound_process.ts";

/** A server to start. */
export interface ServerCommand {
  /** Its name in the list of processes. */
  readonly name: string;
  /** The program and its arguments. */
  readonly command: readonly string[];
  /** Added to the environment. Default: nothing. */
  readonly env?: Readonly<Record<string, string>>;
  /** The file for its output, overwritten. */
  readonly logFile: string;
  /** Files and folders to remove after it has ended. */
  readonly leftovers: readonly string[];
}

/** A running server. It ends with this process, however that ends. */
export interface ServerProcess {
  /** Process id. */
  readonly pid: number;
  /** Its exit status. */
  readonly exit: Promise<Deno.CommandStatus>;
  /** Kills it and removes its leftovers. Can be called twice. */
  stop(): Promise<void>;
}

/** Starts a server. */
export function startServer({ name, command, env = {}, logFile, leftovers }: ServerCommand): ServerProcess {
  const child = spawnBound(command, { name, env, logFile, leftovers });
  return {
    pid: child.pid,
    exit: child.status,
    stop: once(async () => {
      await endBound(child);
      // Whatever is made in their place from now on stays.
      await new Response(child.stdout).text();
      for (const path of leftovers) await Deno.remove(path, { recursive: true }).catch(() => {});
    }),
  };
}

function once(action: () => Promise<void>): () => Promise<void> {
  let result: Promise<void> | undefined;
  return () => result ??= action();
}
