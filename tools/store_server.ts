import { sleep } from "../src/async/abort.ts";
import { findFreePorts } from "./free_ports.ts";
import { lastLines } from "./programs.ts";
import { type ServerCommand, type ServerProcess, startServer } from "./server_process.ts";
import { requestStore, type StoreAccess } from "./store_request.ts";

/**
 * A running store, and keys that may do everything there. It ends with the process that started it, however that ends.
 */
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
 * Starts a store on free ports, and returns when S3 answers and the buckets are there. A port that somebody else takes
 * before the store listens there makes it end: then it is started again, on others.
 *
 * @param portCount How many ports it needs.
 * @param plan What to start on them. Called anew for each try, as the leftovers of the one before are gone.
 * @throws {Error} If it does not come up within a minute; the message has the end of its log.
 */
export async function startStore(
  portCount: number,
  plan: (ports: readonly number[]) => Promise<StoreOptions>,
): Promise<StoreServer> {
  for (let tries = 1;; tries++) {
    try {
      return await startOnce(await plan(findFreePorts(portCount)));
    } catch (error) {
      if (!(error instanceof PortTakenError) || tries === MAX_TRIES) throw error;
    }
  }
}

const MAX_TRIES = 5;

/** The store has ended, as something else listens on one of its ports. */
class PortTakenError extends Error {}

async function startOnce(options: StoreOptions): Promise<StoreServer> {
  const { server, access } = options;
  const process = startServer(server);
  try {
    await createBuckets(options, process);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const log = await Deno.readTextFile(server.logFile).catch(() => "(there is none)");
    await process.stop();
    // In the words of Go, MinIO and Deno.
    const ErrorClass = /already in use/i.test(log) ? PortTakenError : Error;
    throw new ErrorClass(`Cannot start ${server.name}: ${reason}. The end of its log:\n${lastLines(log, 20)}`);
  }
  return { ...access, pid: process.pid, stop: process.stop };
}

/** Also the wait for readiness: a bucket that is there is one that was asked for with a valid signature. */
async function createBuckets({ access, buckets }: StoreOptions, { exit }: ServerProcess): Promise<void> {
  const ended = new AbortController();
  exit.then(({ code }) => ended.abort(new Error(`it ended with exit code ${code}`)));
  const deadline = Date.now() + 60_000;
  for (const path of ["/", ...buckets.map((bucket) => `/${bucket}`)]) {
    for (;;) {
      const method = path === "/" ? "GET" : "PUT";
      const problem = await requestStore(access, { method, path, signal: ended.signal });
      // Whoever has answered then was not this store.
      ended.signal.throwIfAborted();
      if (problem === undefined) break;
      if (Date.now() > deadline) throw new Error(`it did not answer within 60 seconds: ${problem}`);
      await sleep(100, ended.signal);
    }
  }
}
