// deno-lint-ignore-file no-console -- It is a command: people read what it prints.
import process from "node:process";
import { realpathSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Handler } from "./running_requests.ts";

// What differs between Deno, Bun and Node. The rest of the command uses Node's modules, which all of them have.

/** The command line without the name of the program. */
export const ARGS: readonly string[] = process.argv.slice(2);

/** Whether a module is the program; `import.meta.main` is missing in Node up to 24.1. */
export function isProgram({ main, url }: ImportMeta): boolean {
  return main ?? (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(url));
}

/**
 * A variable of the environment.
 *
 * @throws {Error} In Deno, without permission.
 */
export function readVariable(name: string): string | undefined {
  return process.env[name];
}

/** Ends the program once its output is written: Node writes to a full pipe later. */
export async function exit(code: number): Promise<never> {
  if (!IS_DENO) await Promise.all([process.stdout, process.stderr].map(flush));
  process.exit(code);
}

function flush(stream: NodeJS.WritableStream): Promise<void> {
  return new Promise((resolve) => stream.write("", () => resolve()));
}

/** Listens to a signal; the returned function ends that. */
export function onSignal(name: "SIGHUP" | "SIGINT" | "SIGTERM", listener: () => void): () => void {
  process.on(name, listener);
  return () => void process.off(name, listener);
}

export const IS_WINDOWS: boolean = process.platform === "win32";

/**
 * The number of the user who runs the program; not on Windows.
 *
 * @throws {Error} In Deno, without permission.
 */
export function userId(): number | undefined {
  return process.getuid?.();
}

/** A server that listens. */
export interface HttpServer {
  readonly port: number;
  /** Ends before `shutdown` only if the server fails. */
  readonly finished?: Promise<void>;
  /** Accepts no more connections, and resolves once the others have ended. */
  shutdown(): Promise<void>;
}

/** How a server listens. */
export interface HttpServerOptions {
  readonly hostname: string;
  readonly port: number;
  /** Answers what the handler throws. */
  readonly onError: (error: unknown) => Response;
}

/**
 * Serves HTTP. For small responses, Deno's own server needs less than half of the time that its `node:http` needs.
 *
 * @throws {Error} If it cannot listen, with Node's `code`.
 */
export async function startHttpServer(handle: Handler, options: HttpServerOptions): Promise<HttpServer> {
  if (!IS_DENO) return await (await import("./node_server.ts")).startNodeServer(handle, options);
  silenceAbortNote();
  const server = Deno.serve(
    { ...options, onListen() {} },
    (request, { remoteAddr }) => handle(request, remoteAddr.hostname),
  );
  return { port: server.addr.port, finished: server.finished, shutdown: () => server.shutdown() };
}

const IS_DENO = "Deno" in globalThis;

/** Deno warns once that request signals also abort after a success; `trackRequests` takes care of that. */
function silenceAbortNote(): void {
  const { warn } = console;
  console.warn = (...data: unknown[]) => String(data[0]).includes("no-legacy-abort") ? undefined : warn(...data);
}
