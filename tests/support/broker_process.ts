import { type CommandProcess, startCommand } from "./command_process.ts";

/** Starts the command `broker` on a free port; resolves once it listens. */
export async function startBrokerProcess(...args: readonly string[]): Promise<CommandProcess> {
  const command = [Deno.execPath(), "run", "--no-prompt", "--allow-all", "src/command/cli.ts"];
  return await startCommand([...command, "broker", "--port", "0", ...args]);
}
