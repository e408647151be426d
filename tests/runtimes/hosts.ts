import { endBound, readLine, spawnBound } from "../../tools/bound_process.ts";
import { findOrInstallBun } from "../../tools/bun.ts";
import { findNode } from "../../tools/node.ts";
import { findOrInstallFromNpm, OLDEST } from "../../tools/npm_program.ts";
import { lastLines } from "../../tools/programs.ts";
import { bundleForPages, bundleForWorkers, startWorker } from "../../tools/worker.ts";
import { bundleGuest } from "./bundle.ts";
import type { GuestOutcome } from "./guest/guest.ts";
import type { GuestSetup } from "./guest/setup.ts";
import type { Runtime } from "./names.ts";
import { openPage } from "./pages.ts";

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

/** Starts the guest in the oldest supported release of a runtime. */
export async function startOldestHost(
  runtime: ProcessRuntime,
  projectFolder: string,
  setup: GuestSetup,
): Promise<Host> {
  const [, ...args] = await COMMANDS[runtime]();
  const command = [await findOrInstallFromNpm(OLDEST[runtime]), ...args];
  const name = `oldest ${runtime}`;
  return await startGuest(runtime, projectFolder, {
    setup: JSON.stringify({ ...setup, runtime: name }),
    facts: setup,
    command,
  });
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
  async Chromium(folder, setup, facts) {
    const script = await bundleForPages(await bundleGuest("page", folder));
    const { url, stop } = await openPage({ script, ready: "globalThis.askGuest" }, facts, async (request, page) => {
      const { pathname } = new URL(request.url);
      if (pathname === "/setup") return new Response(setup);
      // Only tests: a page serves nobody.
      if (!pathname.startsWith("/test")) return new Response(null, { status: 404 });
      const body = request.method === "POST" ? await request.text() : null;
      const call = `askGuest(...${JSON.stringify([pathname, body])})`;
      return new Response(String(await page.evaluate(call)));
    });
    return hostAt(url, { stop });
  },
};

/** The runtimes that start scripts as programs. */
export type ProcessRuntime = Exclude<Runtime, "Workers" | "Chromium">;

async function startGuest(
  runtime: ProcessRuntime,
  folder: string,
  { setup, facts: { store }, command: given }: { setup: string; facts: GuestSetup; command?: readonly string[] },
): Promise<Host> {
  const command = given ?? await COMMANDS[runtime]();
  const { url, stop } = await startProgram(command, await bundleGuest(runtime.toLowerCase(), folder), {
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
  return await startProgram(await COMMANDS[runtime](), script, env);
}

async function startProgram(
  program: readonly string[],
  script: string,
  env: Record<string, string>,
): Promise<{ url: string; stop(): Promise<void> }> {
  const command = [...program, script];
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
