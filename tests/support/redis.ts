import { findFreePorts } from "../../tools/free_ports.ts";
import type { RedisProgram } from "../../tools/redis.ts";
import { type ServerProcess, startServer } from "../../tools/server_process.ts";
import { waitForPorts } from "./wait_for_ports.ts";

/** A Redis or Valkey for a test, in memory. */
export interface Redis extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  /** Kills it; what it had is lost. */
  stop(): Promise<void>;
  /** Starts it again at the same port. */
  start(): Promise<void>;
  /** Stops its work without ending its connections, or lets it continue. */
  signal(signal: "SIGSTOP" | "SIGCONT"): void;
}

/** Starts one, with further arguments. */
export async function startRedis({ path, env }: RedisProgram, ...args: readonly string[]): Promise<Redis> {
  const folder = await Deno.makeTempDir({ prefix: "redis-" });
  const [port = 0] = findFreePorts(1);
  const command = [path, "--bind", "127.0.0.1", "--port", `${port}`, "--save", "", "--dir", folder, ...args];
  let server: ServerProcess | undefined;

  async function start(): Promise<void> {
    server = startServer({ name: "redis", command, env, logFile: `${folder}/log`, leftovers: [] });
    await waitForPorts([port], { name: "redis", server, logFile: `${folder}/log` });
  }

  await start();
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    start,
    stop: async () => await server?.stop(),
    signal: (signal) => server === undefined ? undefined : Deno.kill(server.pid, signal),
    async [Symbol.asyncDispose]() {
      await server?.stop();
      await Deno.remove(folder, { recursive: true });
    },
  };
}
