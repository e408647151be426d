import type { ServerProcess } from "../../tools/server_process.ts";

/** Waits until a server listens on all ports; if it does not, stops it and throws what it has logged. */
export async function waitForPorts(
  ports: readonly number[],
  { name, server, logFile }: { readonly name: string; readonly server: ServerProcess; readonly logFile: string },
): Promise<void> {
  const ended = server.exit.then(() => true);
  for (let tries = 0; tries < 100; tries++) {
    const answers = await Promise.all(ports.map(isOpen));
    if (answers.every(Boolean)) return;
    if (await Promise.race([ended, new Promise<false>((resolve) => setTimeout(resolve, 100, false))])) break;
  }
  const log = await Deno.readTextFile(logFile).catch(String);
  await server.stop();
  throw new Error(`Cannot start ${name}:\n${log}`);
}

async function isOpen(port: number): Promise<boolean> {
  try {
    (await Deno.connect({ hostname: "127.0.0.1", port })).close();
    return true;
  } catch {
    return false;
  }
}
