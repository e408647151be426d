import { build, stop } from "esbuild";
import { endBound, readLine, spawnBound } from "./bound_process.ts";
import { findOrInstallFromNpm } from "./npm_program.ts";

/** Names the day up to which its behaviour is known. */
const VERSION = "1.20261117.1";

/** A script that runs in workerd, the runtime of Cloudflare Workers. */
export interface Worker {
  /** Its URL, without a trailing slash. */
  readonly url: string;
  stop(): Promise<void>;
}

/** Bundles like a tool for Workers; see {@link bundleForPages}. */
export async function bundleForWorkers(entry: string): Promise<string> {
  return await bundle(entry, ["workerd", "worker", "browser"]);
}

/**
 * Bundles an entry file and its imports into one module, like a tool for web pages.
 *
 * @param entry The file's path; packages come from `node_modules` above it.
 * @throws {Error} If an import cannot be resolved, such as a `node:` module, or is left to the runtime.
 */
export async function bundleForPages(entry: string): Promise<string> {
  return await bundle(entry, ["browser"]);
}

async function bundle(entry: string, conditions: string[]): Promise<string> {
  const { outputFiles: [file], metafile } = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    metafile: true,
    format: "esm",
    target: "es2024",
    platform: "browser",
    conditions,
    logLevel: "silent",
  }).finally(stop);
  if (file === undefined) throw new Error(`Cannot bundle ${entry}: there is no output`);
  const imports = Object.values(metafile.outputs).flatMap((output) => output.imports.map(({ path }) => path));
  if (imports.length > 0) throw new Error(`Cannot bundle ${entry}: it still imports ${imports.join(", ")}`);
  return file.text;
}

/**
 * Starts a script in workerd, on the loopback interface. It can reach only this machine.
 *
 * @param script An ES module whose default export has `fetch`.
 * @param bindings Strings for its `env`, by name. Default: none.
 * @throws {Error} If it does not start; the message has the output of workerd.
 */
export async function startWorker(script: string, bindings: Readonly<Record<string, string>> = {}): Promise<Worker> {
  const workerd = await findOrInstallFromNpm({ name: "workerd", version: VERSION });
  const folder = await Deno.makeTempDir({ prefix: "worker-" });
  await Deno.writeTextFile(`${folder}/worker.js`, script);
  await Deno.writeTextFile(`${folder}/config.capnp`, configOf(bindings));
  // It writes its port to standard output.
  const child = spawnBound([workerd, "serve", `${folder}/config.capnp`, "--control-fd=1"]);
  const said = new Response(child.stderr).text();
  const events = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const end = async () => {
    await endBound(child);
    await Promise.all([said, events.cancel()]);
    await Deno.remove(folder, { recursive: true });
  };
  const port = /"port":(\d+)/.exec(await readLine(events) ?? "")?.[1];
  if (port !== undefined) return { url: `http://127.0.0.1:${port}`, stop: end };
  await end();
  throw new Error(`Cannot start workerd:\n${await said}`);
}

/** https://github.com/cloudflare/workerd/blob/main/src/workerd/server/workerd.capnp */
function configOf(bindings: Readonly<Record<string, string>>): string {
  const entries = Object.entries(bindings).map(([name, text]) => `(name = ${quote(name)}, text = ${quote(text)})`);
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .main), (name = "internet", network = (allow = ["local"]))],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
const main :Workerd.Worker = (
  modules = [(name = "worker.js", esModule = embed "worker.js")],
  compatibilityDate = "${VERSION.replace(/^1\.(\d{4})(\d\d)(\d\d)\..*/, "$1-$2-$3")}",
  bindings = [${entries.join(", ")}],
);
`;
}

function quote(text: string): string {
  return `"${text.replace(/[\\"]/g, "\\$&")}"`;
}
