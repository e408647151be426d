import { endBound, readLine, spawnBound } from "../../tools/bound_process.ts";
import { findOrInstallBun } from "../../tools/bun.ts";
import { findNode } from "../../tools/node.ts";
import { lastLines } from "../../tools/programs.ts";
import { bundleForWorkers, startWorker } from "../../tools/worker.ts";
import { bundleGuest } from "./bundle.ts";
import type { GuestOutcome } from "./guest/guest.ts";
import type { GuestSetup } from "./guest/setup.ts";
import type { Runtime } from "./names.ts";

/** A runtime that runs tests on request. */
export interface Host {
  /** The URL of the guest in it. */
  readonly url: string;
  /** The command that runs a script; absent in runtimes without processes. */
  readonly command?: readonly string[];
  /** The names of the conformance tests there. */
  tests(): Promise<string[]>;
  /** Runs a test there, and fails if it does. */
  run(name: string): Promise<void>;
  /** Stops it. */
  stop(): Promise<void>;
}

/**
 * Starts the guest in a runtime, from a project where the package is installed.
 *
 * @throws {Error} If the runtime can neither be found nor installed, or does not start.
 */
export async function startHost(runtime: Runtime, projectFolder: string, setup: GuestSetup): Promise<Host> {
  return await START[runtime](projectFolder, JSON.stringify({ ...setup, runtime }), setup);
}

const START: Record<Runtime, (folder: string, setup: string, facts: GuestSetup) => Promise<Host>> = {
  Deno: (folder, setup, facts) => startGuest("Deno", folder, { setup, facts }),
  Bun: (folder, setup, facts) => startGuest("Bun", folder, { setup, facts }),
  Node: (folder, setup, facts) => startGuest("Node", folder, { setup, facts }),
  async Workers(folder, setup) {
    const script = await bundleForWorkers(await bundleGuest("worker", folder));
    const { url, stop } = await startWorker(script, { GUEST_SETUP: setup });
    return hostAt(url, { stop });
  },
};

/** The runtimes that start scripts as programs. */
export type ProcessRuntime = Exclude<Runtime, "Workers">;

async function startGuest(
  runtime: ProcessRuntime,
  folder: string,
  { setup, facts: { store } }: { setup: string; facts: GuestSetup },
): Promise<Host> {
  const command = await COMMANDS[runtime]();
  const { url, stop } = await startScript(runtime, await bundleGuest(runtime.toLowerCase(), folder), {
    GUEST_SETUP: setup,
    AWS_ACCESS_KEY_ID: store.accessKeyId,
    AWS_SECRET_ACCESS_KEY: store.secretAccessKey,
  });
  return hostAt(url, { command, stop });
}

/**
 * Starts a script that prints its URL, in its own folder.
 *
 * @param env Variables added to the environment of this process.
 */
export async function startScript(
  runtime: ProcessRuntime,
  script: string,
  env: Record<string, string>,
): Promise<{ url: string; stop(): Promise<void> }> {
  const command = [...await COMMANDS[runtime](), script];
  const child = spawnBound(command, { cwd: script.slice(0, script.lastIndexOf("/")), env });
  const said = new Response(child.stderr).text();
  const output = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const stop = async () => {
    await endBound(child);
    await Promise.all([said, output.cancel()]);
  };
  const url = await readLine(output);
  if (url !== undefined) return { url: url.trim().replace(/\/$/, ""), stop };
  await stop();
  throw new Error(`Cannot start ${command.join(" ")}:\n${lastLines(await said, 20)}`);
}

const COMMANDS: Record<ProcessRuntime, () => Promise<readonly string[]>> = {
  Deno: () =>
    Promise.resolve([Deno.execPath(), "run", "--quiet", "--allow-all", "--no-config", "--node-modules-dir=manual"]),
  Bun: async () => [await findOrInstallBun()],
  Node: async () => [await findNode()],
};

function hostAt(url: string, rest: Pick<Host, "command" | "stop">): Host {
  return {
    url,
    ...rest,
    async tests() {
      return await (await fetch(`${url}/tests`)).json();
    },
    async run(name) {
      const response = await fetch(`${url}/test`, { method: "POST", body: name });
      const text = await response.text();
      if (!response.ok) throw new Error(`${response.status} ${text}`);
      const { error }: GuestOutcome = JSON.parse(text);
      if (error !== undefined) throw new Error(error);
    },
  };
}
