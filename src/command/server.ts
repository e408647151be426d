// deno-lint-ignore-file no-console -- It is a command: people read what it prints.
import { RequestRefusal } from "../app/failure.ts";
import { isLoopback } from "../s3/endpoint.ts";
import { sleep } from "../async/abort.ts";
import { CommandError, describe } from "./command_error.ts";
import type { CertificatePaths } from "./certificate.ts";
import type { LogEntry } from "./log.ts";
import type { Reloader } from "./reloader.ts";
import { type HttpServer, onSignal, startHttpServer } from "./runtime.ts";
import { type Handler, type RunningRequests, trackRequests } from "./running_requests.ts";

/** How a server listens. */
export interface ListenOptions {
  readonly host: string;
  readonly port: number;
  /** Where the certificate is; absent for plain HTTP. */
  readonly tls?: CertificatePaths | undefined;
  /** Writes a log entry. */
  readonly log: (entry: LogEntry) => void;
  /** Writes a log entry about a request that is refused before it is handled. */
  readonly logRefused: (entry: LogEntry) => void;
  /** The text to print once it listens. */
  readonly greeting: (url: string) => string;
  /** Called for SIGHUP. */
  readonly onHangup: () => void;
  /** Polled while it listens. */
  readonly reloaders?: readonly Reloader[];
}

/** Serves until a signal; resolves when running requests have ended, or were aborted. */
export async function listen(handle: Handler, options: ListenOptions): Promise<void> {
  const { host, logRefused, reloaders = [], onHangup } = options;
  const requests = trackRequests(handle, (refused) => logRefused({ type: "refused", ...refused }));
  let server: RunningServer | undefined;
  // Without a listener, a closed terminal or a supervisor's reload would end the process.
  const ignoreHangup = onSignal("SIGHUP", () => {
    onHangup();
    server?.certificate?.reload();
  });
  const polling = new AbortController();
  try {
    server = await startServer(requests.handle, { ...options, host: host.replace(/^\[|\]$/g, "") });
    void poll([...reloaders, ...server.certificate ? [server.certificate] : []], polling.signal);
    await untilStopped(requests, server);
  } finally {
    polling.abort();
    ignoreHangup();
  }
}

/** Some file systems report no changes, and Kubernetes replaces a link to the folder: so files are read again. */
async function poll(reloaders: readonly Reloader[], signal: AbortSignal): Promise<void> {
  while (reloaders.length > 0 && !signal.aborted) {
    await sleep(POLL_MS, signal).catch(() => {});
    for (const reloader of reloaders) if (!signal.aborted) await reloader.poll();
  }
}

const POLL_MS = 3_000;

async function untilStopped(requests: RunningRequests, server: RunningServer): Promise<void> {
  let signals = 0;
  let hurry = () => {};
  const hurrying = new Promise<void>((resolve) => hurry = resolve);
  const stopping = new Promise<void>((stop) => {
    for (const name of ["SIGINT", "SIGTERM"] as const) onSignal(name, () => ++signals === 1 ? stop() : hurry());
  });
  await Promise.race([stopping, ...server.finished === undefined ? [] : [server.finished]]);
  await Promise.race([requests.finish(), hurrying, sleep(DRAIN_MS)]);
  requests.abort(new RequestRefusal(503, "The server is stopping. Try again in a moment."));
  await Promise.race([requests.finish(), sleep(CLEAN_UP_MS)]);
  // Only now: in Deno 2.9 it aborts the bodies of running requests. https://github.com/denoland/deno/issues/36809
  await Promise.race([server.shutdown(), sleep(FLUSH_MS)]);
}

/** Time for running requests to end after the first signal; a second one aborts them at once. */
const DRAIN_MS = 5_000;
/** Time for aborted requests to remove what they stored. */
const CLEAN_UP_MS = 3_000;
/** Time for the last responses to reach their clients. Docker waits for 10 s, more than all three together. */
const FLUSH_MS = 1_000;

/** A server that listens. */
interface RunningServer extends HttpServer {
  /** Its certificate; absent for plain HTTP. */
  readonly certificate?: Reloader;
}

async function startServer(handle: Handler, options: ListenOptions): Promise<RunningServer> {
  const { host: hostname, port, tls, log, greeting } = options;
  const onError = (error: unknown) => {
    log({ type: "failed", reason: describe(error) });
    return new Response("Something went wrong.\n", { status: 500 });
  };
  try {
    const listening = { hostname, port, onError };
    const server = tls === undefined
      ? await startHttpServer(handle, listening)
      // Only then: Node's server takes Deno 50 ms to load.
      : await (await import("./node_server.ts")).startWithCertificate(handle, { ...listening, tls, log });
    const place = `${hostname.includes(":") ? `[${hostname}]` : hostname}:${server.port}`;
    console.log(greeting(`${tls === undefined ? "http" : "https"}://${place}`));
    return server;
  } catch (error) {
    if (error instanceof CommandError) throw error;
    if (error instanceof Error && "code" in error && error.code === "EADDRINUSE") {
      throw new CommandError(
        `Cannot listen on port ${port}: it is in use. Stop the other program, or choose another port with --port`,
      );
    }
    throw new CommandError(`Cannot listen on ${hostname}:${port}: ${describe(error)}`);
  }
}

/** Whether a server on this host is out of reach of other machines. */
export function isLocal(host: string): boolean {
  return isLoopback(host) || host === "::1";
}

/** The warning of a server beyond the loopback interface that uses plain HTTP. */
export function plainTextWarning(host: string, what: string): string {
  return `on ${host}, ${what} cross the network unencrypted. Use --tls-cert, or put a proxy with TLS in front of it.`;
}
