import type { Figures } from "./metrics.ts";
import type { PeerName } from "./names.ts";

/**
 * The sizes of minified bundles: of one file, for this module all of `mod.ts`, for another client only what its adapter
 * uses; and of the files that a program loads which only reads and lists, if the bundler splits. Ours exclude the AWS
 * SDK, which is loaded only for the default credential chain.
 *
 * @throws {Error} If bundling fails.
 */
export async function bundleSizes(peer: PeerName): Promise<Figures> {
  if (peer !== "s3-source") {
    const bytes = (await bundle(`bench/peers/${peer.replaceAll("-", "_")}.ts`)).byteLength;
    return { loadedBytes: bytes, bytes };
  }
  const outDir = await Deno.makeTempDir({ prefix: "s3-source-bundle-" });
  try {
    await bundle("mod.ts", "--code-splitting", `--outdir=${outDir}`);
    const names = Array.from(Deno.readDirSync(outDir), ({ name }) => name);
    const list = names.find((name) => /^list-\w+\.js$/.test(name));
    if (list === undefined) throw new Error("There is no chunk for list()");
    return { loadedBytes: loadedBytes(outDir, ["mod.js", list]), bytes: (await bundle("mod.ts")).byteLength };
  } finally {
    await Deno.remove(outDir, { recursive: true });
  }
}

/** The bytes of these files and of all that they import, except with `import()`. */
function loadedBytes(folder: string, entries: readonly string[]): number {
  const loaded = new Map<string, number>();
  const load = (name: string) => {
    if (loaded.has(name)) return;
    const code = Deno.readTextFileSync(`${folder}/${name}`);
    loaded.set(name, new TextEncoder().encode(code).byteLength);
    for (const [, imported = ""] of code.matchAll(/(?:\bfrom|\bimport)\s*"\.\/([\w-]+\.js)"/g)) load(imported);
  };
  entries.forEach(load);
  return loaded.values().reduce((sum, bytes) => sum + bytes, 0);
}

async function bundle(input: string, ...options: readonly string[]): Promise<Uint8Array> {
  const external = input === "mod.ts" ? ["--external=@aws-sdk/*"] : [];
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["bundle", "--quiet", "--minify", ...external, ...options, `${ROOT}/${input}`],
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return stdout;
}

const ROOT = decodeURIComponent(new URL("..", import.meta.url).pathname).replace(/\/$/, "");
