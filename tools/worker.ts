import { build, stop } from "esbuild";
import workerd from "workerd";

/** A script that runs in workerd, the runtime of Cloudflare Workers. */
export interface Worker {
  /** Where it answers, without a slash at the end. */
  readonly url: string;
  /** Ends it. */
  stop(): Promise<void>;
}

/**
 * Makes one module of an entry file and what it imports, as a tool for Workers does.
 *
 * @param entry The file's path; packages are looked for in `node_modules` above it.
 * @throws {Error} If something cannot be found, such as a `node:` module.
 */
export async function bundleForWorkers(entry: string): Promise<string> {
  const { outputFiles: [file] } = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    format: "esm",
    target: "es2024",
    platform: "browser",
    conditions: ["workerd", "worker", "browser"],
    logLevel: "silent",
  }).finally(stop);
  if (file === undefined) throw new Error(`Cannot bundle ${entry}: there is no output`);
  return file.text;
}

/**
 * Starts a script in workerd, on the loopback interface. It reaches only this machine.
 *
 * @param script An ES module whose default export has `fetch`.
 * @param options `env`: what `fetch` finds in its second argument. Default: nothing.
 * @throws {Error} If it does not start; the message has what workerd said.
 */
export async function startWorker(
  script: string,
  { env = {} }: { readonly env?: Readonly<Record<string, string>> } = {},
): Promise<Worker> {
  const folder = await Deno.makeTempDir({ prefix: "worker-" });
  await Deno.writeTextFile(`${folder}/worker.js`, script);
  await Deno.writeTextFile(`${folder}/config.capnp`, configOf(env));
  // The last argument: what it listens on is written to its standard output.
  const child = new Deno.Command(workerd.default, {
    args: ["serve", `${folder}/config.capnp`, "--control-fd=1"],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const said = new Response(child.stderr).text();
  const events = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let isRunning = true;
  const worker = {
    url: "",
    async stop() {
      if (!isRunning) return;
      isRunning = false;
      child.kill();
      await Promise.all([child.status, said, events.cancel()]);
      await Deno.remove(folder, { recursive: true });
    },
  };
  const port = await readPort(events);
  if (port !== undefined) return { ...worker, url: `http://127.0.0.1:${port}` };
  await child.status;
  await Deno.remove(folder, { recursive: true });
  throw new Error(`Cannot start workerd:\n${await said}`);
}

/** https://github.com/cloudflare/workerd/blob/main/src/workerd/server/workerd.capnp */
function configOf(env: Readonly<Record<string, string>>): string {
  const bindings = Object.entries(env).map(([name, text]) =>
    `(name = ${JSON.stringify(name)}, text = ${JSON.stringify(text)})`
  );
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .main), (name = "internet", network = (allow = ["local"]))],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
const main :Workerd.Worker = (
  modules = [(name = "worker.js", esModule = embed "worker.js")],
  compatibilityDate = "${workerd.compatibilityDate}",
  bindings = [${bindings.join(", ")}],
);
`;
}

/** One line of JSON for each socket, and there is one; nothing if it ends before. */
async function readPort(events: ReadableStreamDefaultReader<string>): Promise<number | undefined> {
  let text = "";
  for (;;) {
    const port = /"port":(\d+)/.exec(text)?.[1];
    if (port !== undefined && text.endsWith("\n")) return Number(port);
    const { done, value } = await events.read();
    if (done) return undefined;
    text += value;
  }
}
