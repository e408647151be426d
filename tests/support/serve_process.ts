import { type CommandProcess, startCommand } from "./command_process.ts";

/** The command `serve` as a process. */
export interface ServeProcess extends CommandProcess {
  /** The link that logs in; empty without `--root`. */
  readonly link: string;
}

/** Starts the command `serve`; resolves once it listens. */
export async function startServe(...args: string[]): Promise<ServeProcess> {
  const flags = ["run", "--allow-all", "src/command/cli.ts", "serve", "--port", "0"];
  const server = await startCommand([Deno.execPath(), ...flags, ...args]);
  const line = args.includes("--root") ? await server.wrote(/^Log in once with /) : "";
  return { ...server, link: /http\S+/.exec(line)?.[0] ?? "" };
}
