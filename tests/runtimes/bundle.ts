import { build, type Plugin, stop } from "esbuild";

/**
 * Bundles a guest and the tests that it imports into one script in a project. Imports from the source tree become
 * imports of the package that is installed there.
 *
 * @param name The guest's file, without its folder and ending.
 * @returns The script's path.
 */
export async function bundleGuest(name: string, projectFolder: string): Promise<string> {
  const outfile = `${projectFolder}/${name}.js`;
  await build({
    entryPoints: [`${ROOT}/tests/runtimes/guest/${name}.ts`],
    outfile,
    bundle: true,
    format: "esm",
    target: "es2024",
    platform: "neutral",
    logLevel: "silent",
    plugins: [FROM_PACKAGE],
  }).finally(stop);
  return outfile;
}

const ROOT = decodeURIComponent(new URL("../..", import.meta.url).pathname).replace(/\/$/, "");

const FROM_PACKAGE: Plugin = {
  name: "from-package",
  setup({ onResolve }) {
    onResolve({ filter: /^@std\/assert$/ }, () => ({ path: `${ROOT}/tools/std/assert/mod.ts` }));
    onResolve({ filter: /^\./ }, ({ path, resolveDir }) => {
      const file = new URL(path, `file://${resolveDir}/`).pathname.slice(ROOT.length + 1);
      if (file === "mod.ts") return { path: "@files/s3-source", external: true };
      if (!file.startsWith("src/")) return undefined;
      // Not exported, but a path reaches the same module that the package itself imports.
      return { path: `./node_modules/@files/s3-source/${file.replace(/\.ts$/, ".js")}`, external: true };
    });
    onResolve({ filter: /^[^./]/ }, ({ path, kind }) => {
      if (kind === "entry-point" || path === "@std/assert") return undefined;
      return { path: path.replace(/^npm:((?:@[^/]+\/)?[^@/]+)@[^/]+/, "$1"), external: true };
    });
  },
};
