import { type ServerCommand, type ServerProcess, startServer } from "./server_process.ts";
import { requestStore, type StoreAccess } from "./store_request.ts";

/** A running store, and keys that may do everything there. It ends with the process that started it, however that ends. */
export interface StoreServer extends StoreAccess {
  /** Process id. */
  readonly pid: number;
  /** Ends it and removes what it leaves. May be called twice. */
  stop(): Promise<void>;
}

/** What {@link startStore} starts. */
export interface StoreOptions {
  /** The store's server. */
  readonly server: ServerCommand;
  /** Where it will answer, and to which keys. */
  readonly access: StoreAccess;
  /** Buckets to create, unless they exist. */
  readonly buckets: readonly string[];
}

/**
 * Starts a store, and returns when S3 answers and the buckets are there.
 *
 * @throws {Error} If it does not come up within a minute; the message has the end of its log.
 */
export async function startStore(options: StoreOptions): Promise<StoreServer> {
  const { server, access } = options;
  const process = startServer(server);
  try {
    await createBuckets(options, process);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const log = await tail(server.logFile);
    await process.stop();
    throw new Error(`Cannot start ${server.name}: ${reason}. The end of its log:\n${log}`);
  }
  return { ...access, pid: process.pid, stop: process.stop };
}

/** Also the wait for readiness: a bucket that is there is one that was asked for with a valid signature. */
async function createBuckets({ access, buckets }: StoreOptions, { exit }: ServerProcess): Promise<void> {
  let exitCode: number | undefined;
  exit.then(({ code }) => exitCode = code);
  const deadline = Date.now() + 60_000;
  for (const path of ["/", ...buckets.map((bucket) => `/${bucket}`)]) {
    for (;;) {
      const problem = await requestStore(access, { method: path === "/" ? "GET" : "PUT", path });
      if (problem === undefined) break;
      if (exitCode !== undefined) throw new Error(`it ended with exit code ${exitCode}`);
      if (Date.now() > deadline) throw new Error(`it did not answer within 60 seconds: ${problem}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

async function tail(file: string): Promise<string> {
  const text = await Deno.readTextFile(file).catch(() => "(there is none)");
  return text.trimEnd().split("\n").slice(-20).join("\n");
}
