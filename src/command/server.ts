// deno-lint-ignore-file no-console -- It is a command: people read what it prints.
import { RequestRefusal } from "../app/failure.ts";
import { isLoopback } from "../s3/endpoint.ts";
import { sleep } from "../async/abort.ts";
import { CommandError, describe } from "./command_error.ts";
import type { CertificatePaths } from "./certificate.ts";
import type { LogEntry } from "./log.ts";
import type { Reloader } from "./reloader.ts";
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
  const onSignal = () => {
    onHangup();
    server?.certificate?.reload();
  };
  Deno.addSignalListener("SIGHUP", onSignal);
  const polling = new AbortController();
  try {
    server = await startServer(requests.handle, { ...options, host: host.replace(/^\[|\]$/g, "") });
    void poll([...reloaders, ...server.certificate ? [server.certificate] : []], polling.signal);
    await untilStopped(requests, server);
  } finally {
    polling.abort();
    Deno.removeSignalListener("SIGHUP", onSignal);
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
  const { promise: stopping, resolve: stop } = Promise.withResolvers<void>();
  const { promise: hurrying, resolve: hurry } = Promise.withResolvers<void>();
  let signals = 0;
  const onSignal = () => ++signals === 1 ? stop() : hurry();
  for (const signal of ["SIGINT", "SIGTERM"] as const) Deno.addSignalListener(signal, onSignal);
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

/** Deno warns once that request signals also abort after a success; {@link trackRequests} takes care of that. */
function silenceAbortNote(): void {
  const { warn } = console;
  console.warn = (...data: unknown[]) => String(data[0]).includes("no-legacy-abort") ? undefined : warn(...data);
}

/** A server that listens. */
interface RunningServer {
  /** Its certificate; absent for plain HTTP. */
  readonly certificate?: Reloader;
  /** Ends before `shutdown` only if the server fails. */
  readonly finished?: Promise<void>;
  shutdown(): Promise<void>;
}

async function startServer(handle: Handler, options: ListenOptions): Promise<RunningServer> {
  const { host: hostname, port, tls, log, greeting } = options;
  const onError = (error: unknown) => {
    log({ type: "failed", reason: describe(error) });
    return new Response("Something went wrong.\n", { status: 500 });
  };
  const greet = (scheme: string, port: number) =>
    console.log(greeting(`${scheme}://${hostname.includes(":") ? `[${hostname}]` : hostname}:${port}`));
  try {
    if (tls !== undefined) {
      // Only then: Node's HTTPS takes 50 ms to load.
      const { startWithCertificate } = await import("./tls_server.ts");
      const { server, certificate } = await startWithCertificate(handle, { hostname, port, onError, tls, log });
      greet("https", server.port);
      return { certificate, shutdown: server.shutdown };
    }
    silenceAbortNote();
    return Deno.serve(
      { hostname, port, onListen: (address) => greet("http", address.port), onError },
      (request, { remoteAddr }) => handle(request, remoteAddr.hostname),
    );
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
