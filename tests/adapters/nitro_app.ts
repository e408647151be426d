import { findOrInstall } from "../../tools/cached_install.ts";
import { findNode } from "../../tools/node.ts";
import { endBound, readLine, spawnBound } from "../../tools/bound_process.ts";
import { findFreePorts } from "../../tools/free_ports.ts";
import { installPacked } from "../../tools/pack.ts";
import { lastLines, runProgram } from "../../tools/programs.ts";
import { blocksOf } from "../support/doc_blocks.ts";

const NITRO_VERSION = "2.13.6";

/** A Nitro application in Node, with the driver module and the configuration of `docs/adapters.md`. */
export interface NitroApp extends AsyncDisposable {
  readonly url: string;
  /** All JavaScript of the build, except for packages. */
  readonly built: string;
}

/** The paths of Node and of Nitro's command. */
export interface NitroTools {
  readonly node: string;
  readonly nitro: string;
}

/** Finds them; installs Nitro in the project's cache if it is missing. */
export async function findNitroTools(): Promise<NitroTools> {
  return { node: await findNode(), nitro: await findOrInstallNitro() };
}

/**
 * Installs the packed package, and builds and starts the application.
 *
 * @param routes By their names.
 * @param env Of the server, not of the build.
 */
export async function startNitroApp(
  { node, nitro }: NitroTools,
  routes: Readonly<Record<string, string>>,
  env: Readonly<Record<string, string>>,
): Promise<NitroApp> {
  const { folder, remove } = await installPacked();
  await using stack = new AsyncDisposableStack();
  stack.defer(remove);
  const page = {
    path: "docs/adapters.md",
    text: await Deno.readTextFile(new URL("../../docs/adapters.md", import.meta.url)),
  };
  const [driver = "", config = ""] = blocksOf(page).filter(({ text }) => /server.files\.mjs|unstorage/.test(text))
    .map(({ text }) => text);
  await Deno.mkdir(`${folder}/server`);
  await Deno.mkdir(`${folder}/routes`);
  await Deno.writeTextFile(`${folder}/server/files.mjs`, driver);
  await Deno.writeTextFile(`${folder}/nitro.config.mjs`, config);
  for (const [name, text] of Object.entries(routes)) await Deno.writeTextFile(`${folder}/routes/${name}`, text);
  const { ok, output } = await runProgram([node, nitro, "build", folder]);
  if (!ok) throw new Error(`Cannot build with Nitro:\n${lastLines(output, 20)}`);
  const [port = 0] = findFreePorts(1);
  const child = spawnBound([node, `${folder}/.output/server/index.mjs`], {
    env: { ...env, HOST: "127.0.0.1", PORT: String(port) },
  });
  const said = new Response(child.stderr).text();
  const lines = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  stack.defer(async () => {
    await endBound(child);
    await Promise.all([said, lines.cancel()]);
  });
  const line = await readLine(lines);
  if (line === undefined) throw new Error(`Cannot start Nitro's server:\n${lastLines(await said, 20)}`);
  const built = await readScripts(`${folder}/.output/server`);
  const stop = stack.move();
  return {
    url: `http://127.0.0.1:${port}`,
    built,
    [Symbol.asyncDispose]: () => stop.disposeAsync(),
  };
}

async function findOrInstallNitro(): Promise<string> {
  return await findOrInstall({
    folder: `nitro/${NITRO_VERSION}`,
    file: "node_modules/nitropack/dist/cli/index.mjs",
    async install(target) {
      const nitro = `nitropack@${NITRO_VERSION}`;
      const { ok, output } = await runProgram(["npm", "install", "--no-audit", "--no-fund", "--prefix", target, nitro]);
      if (!ok) throw new Error(`Cannot install Nitro:\n${lastLines(output, 10)}`);
    },
  });
}

async function readScripts(folder: string): Promise<string> {
  let text = "";
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory && name !== "node_modules") text += await readScripts(`${folder}/${name}`);
    else if (name.endsWith(".mjs")) text += await Deno.readTextFile(`${folder}/${name}`);
  }
  return text;
}
