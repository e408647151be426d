import type { StoreConfig } from "../peer.ts";

/** A running server of {@link SERVER_NAMES}. */
export interface Server {
  readonly origin: string;
  /** User and system time so far. https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
  cpuMs(): number;
  stop(): Promise<void>;
}

export const SERVER_NAMES = ["app", "bare"] as const;
export type ServerName = typeof SERVER_NAMES[number];

/** Starts a server in its own process. */
export async function startServer(name: ServerName, store: StoreConfig): Promise<Server> {
  const path = decodeURIComponent(new URL("server.ts", import.meta.url).pathname);
  const server = new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", path, name, JSON.stringify(configOf(store))],
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const output = server.stdout.pipeThrough(new TextDecoderStream()).getReader();
  return {
    origin: `http://127.0.0.1:${Number((await output.read()).value)}`,
    cpuMs: () => {
      const fields = Deno.readTextFileSync(`/proc/${server.pid}/stat`).split(") ")[1]?.split(" ") ?? [];
      return 10 * (Number(fields[11]) + Number(fields[12]));
    },
    stop: async () => {
      server.kill();
      await output.cancel();
      await server.status;
    },
  };
}

/** The part of a store that configures a source. */
export function configOf({ endpointUrl, bucket, accessKeyId, secretAccessKey }: StoreConfig): StoreConfig {
  return { endpointUrl, bucket, accessKeyId, secretAccessKey };
}
