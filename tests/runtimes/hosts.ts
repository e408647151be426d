import { endBound, readLine, spawnBound } from "../../tools/bound_process.ts";
import { findOrInstallBun } from "../../tools/bun.ts";
import { findNode } from "../../tools/node.ts";
import { lastLines } from "../../tools/programs.ts";
import { bundleForWorkers, startWorker } from "../../tools/worker.ts";
import { bundleGuest } from "./bundle.ts";
import type { GuestOutcome } from "./guest/guest.ts";
import type { GuestSetup } from "./guest/setup.ts";

/** The runtimes that the package is for, as documentation calls them. */
export const RUNTIMES = ["Deno", "Bun", "Node", "Workers"] as const;

/** One of {@link RUNTIMES}. */
export type Runtime = typeof RUNTIMES[number];

/** A runtime that does tests when it is asked to. */
export interface Host {
  /** Where the guest in it answers. */
  readonly url: string;
  /** What starts a script there with arguments; absent where there are no processes. */
  readonly command?: readonly string[];
  /** The names of the conformance tests there. */
  tests(): Promise<string[]>;
  /** Does a test there; it fails as the test does. */
  run(name: string): Promise<void>;
  /** Ends it. */
  stop(): Promise<void>;
}

/**
 * Starts the guest in a runtime, from a project where the package is installed.
 *
 * @throws {Error} If there is no such runtime here and it cannot be installed, or it does not start; the message says why.
 */
export async function startHost(runtime: Runtime, projectFolder: string, setup: GuestSetup): Promise<Host> {
  return await START[runtime](projectFolder, JSON.stringify({ ...setup, runtime }), setup);
}

const START: Record<Runtime, (folder: string, setup: string, facts: GuestSetup) => Promise<Host>> = {
  async Deno(folder, setup, facts) {
    const command = [Deno.execPath(), "run", "--quiet", "--allow-all", "--no-config", "--node-modules-dir=manual"];
    return await startProcess(command, await bundleGuest("deno", folder), { setup, facts });
  },
  async Bun(folder, setup, facts) {
    return await startProcess([await findOrInstallBun()], await bundleGuest("bun", folder), { setup, facts });
  },
  async Node(folder, setup, facts) {
    return await startProcess([await findNode()], await bundleGuest("node", folder), { setup, facts });
  },
  async Workers(folder, setup) {
    const { url, stop } = await startWorker(await bundleForWorkers(await bundleGuest("worker", folder)), {
      GUEST_SETUP: setup,
    });
    return hostAt(url, { stop });
  },
};

async function startProcess(
  command: readonly string[],
  script: string,
  { setup, facts: { store } }: { setup: string; facts: GuestSetup },
): Promise<Host> {
  const child = spawnBound([...command, script], {
    cwd: script.slice(0, script.lastIndexOf("/")),
    env: { GUEST_SETUP: setup, AWS_ACCESS_KEY_ID: store.accessKeyId, AWS_SECRET_ACCESS_KEY: store.secretAccessKey },
  });
  const said = new Response(child.stderr).text();
  const output = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const stop = async () => {
    await endBound(child);
    await Promise.all([said, output.cancel()]);
  };
  const url = await readLine(output);
  if (url !== undefined) return hostAt(url.trim(), { command, stop });
  await stop();
  throw new Error(`Cannot start ${command.join(" ")}:\n${lastLines(await said, 20)}`);
}

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
