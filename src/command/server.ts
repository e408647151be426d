// deno-lint-ignore-file no-console -- It is a command: people read what it prints.
import { RequestRefusal } from "../app/failure.ts";
import { isLoopback } from "../options/source_config.ts";
import { sleep } from "../async/abort.ts";
import { CommandError, describe } from "./command_error.ts";
import { type Handler, type RunningRequests, trackRequests } from "./running_requests.ts";

/** How a server listens. */
export interface ListenOptions {
  readonly host: string;
  readonly port: number;
  /** Writes a log entry. */
  readonly log: (entry: object) => void;
  /** The text to print once it listens. */
  readonly greeting: (url: string) => string;
}

/** Serves until a signal; resolves when running requests have ended, or were aborted. */
export async function listen(handle: Handler, { host, port, log, greeting }: ListenOptions): Promise<void> {
  const requests = trackRequests(handle, (refused) => log({ type: "refused", ...refused }));
  // Without a listener, a closed terminal or a supervisor's reload would end the process.
  const onReload = () => log({ type: "ignored", reason: RELOAD_REFUSAL });
  Deno.addSignalListener("SIGHUP", onReload);
  try {
    await serveUntilStopped(requests, { host: host.replace(/^\[|\]$/g, ""), port, log, greeting });
  } finally {
    Deno.removeSignalListener("SIGHUP", onReload);
  }
}

async function serveUntilStopped(requests: RunningRequests, options: ListenOptions): Promise<void> {
  const server = startServer(requests.handle, options);
  const { promise: stopping, resolve: stop } = Promise.withResolvers<void>();
  const { promise: hurrying, resolve: hurry } = Promise.withResolvers<void>();
  let signals = 0;
  const onSignal = () => ++signals === 1 ? stop() : hurry();
  for (const signal of ["SIGINT", "SIGTERM"] as const) Deno.addSignalListener(signal, onSignal);
  await Promise.race([stopping, server.finished]);
  await Promise.race([requests.finish(), hurrying, sleep(DRAIN_MS)]);
  requests.abort(new RequestRefusal(503, "The server is stopping. Try again in a moment."));
  await Promise.race([requests.finish(), sleep(CLEAN_UP_MS)]);
  // Only now: in Deno 2.9 it aborts the bodies of running requests. https://github.com/denoland/deno/issues/36809
  await Promise.race([server.shutdown(), sleep(FLUSH_MS)]);
}

const RELOAD_REFUSAL = "SIGHUP: the configuration is read only at the start; restart to apply changes";
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

function startServer(handle: Handler, { host: hostname, port, log, greeting }: ListenOptions): Deno.HttpServer {
  silenceAbortNote();
  const onListen = (address: { port: number }) => {
    console.log(greeting(`http://${hostname.includes(":") ? `[${hostname}]` : hostname}:${address.port}`));
  };
  const onError = (error: unknown) => {
    log({ type: "failed", reason: describe(error) });
    return new Response("Something went wrong.\n", { status: 500 });
  };
  try {
    return Deno.serve(
      { hostname, port, onListen, onError },
      (request, { remoteAddr }) => handle(request, remoteAddr.hostname),
    );
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) {
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

/** Warns that a server beyond the loopback interface uses plain HTTP. */
export function warnOfPlainText(host: string, what: string): void {
  console.error(
    `Warning: on ${host}, ${what} cross the network unencrypted. Put a proxy with TLS in front of it.`,
  );
}
