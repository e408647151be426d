/**
 * The text of a file of `static/`, imported as text, which makes it part of the module graph, from JSR too, and of bundles; Node, which cannot
 * do that without a flag (https://nodejs.org/api/esm.html#text-modules), reads it.
 *
 * @param load Imports it: `() => import("./static/NAME", { with: { type: "text" } })`, which tools understand only as a literal.
 */
export async function textOf(name: string, load: () => Promise<{ readonly default: string }>): Promise<string> {
  try {
    return (await load()).default;
  } catch (error) {
    const { process }: { process?: NodeProcess } = globalThis;
    const files = process?.getBuiltinModule?.("node:fs");
    if (files === undefined) throw error;
    return files.readFileSync(new URL(`./${name}`, import.meta.url), "utf8");
  }
}

interface NodeProcess {
  getBuiltinModule?(name: "node:fs"): { readFileSync(url: URL, encoding: "utf8"): string };
}
