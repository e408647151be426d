import { formatTable } from "./table.ts";

/**
 * The modules that a program loads which only reads and lists, with their bytes, as a table: those of `mod.ts`, and
 * those that the first `list()` adds.
 *
 * @throws {Error} If `deno info` fails.
 */
export async function formatGraph(): Promise<string> {
  const mod = await modulesOf("mod.ts");
  const list = [...await modulesOf("src/operations/list.ts")].filter(([name]) => !mod.has(name));
  const total = (modules: Iterable<readonly [string, number]>) =>
    Iterator.from(modules).reduce((sum, [, bytes]) => sum + bytes, 0);
  const rows = (modules: Iterable<readonly [string, number]>) =>
    [...modules].sort(([, a], [, b]) => b - a).map(([name, bytes]) => [name, bytes.toLocaleString("en-US")]);
  return formatTable([
    ["module", "bytes"],
    ...rows(mod),
    [`${mod.size} modules for read()`, total(mod).toLocaleString("en-US")],
    ...rows(list),
    [`${list.length} more for list()`, total(list).toLocaleString("en-US")],
  ]);
}

/** The modules that one imports, directly or not, except with `import()` and for their types; and itself. */
async function modulesOf(entry: string): Promise<Map<string, number>> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--quiet", "--json", `${ROOT}/${entry}`],
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  const { roots, modules }: { roots: string[]; modules: GraphModule[] } = JSON.parse(new TextDecoder().decode(stdout));
  const bySpecifier = new Map(modules.map((module) => [module.specifier, module]));
  const loaded = new Map<string, number>();
  const load = (specifier = "") => {
    const name = specifier.replace(new URL("../", import.meta.url).href, "");
    if (specifier === "" || loaded.has(name)) return;
    const { size = 0, dependencies = [] } = bySpecifier.get(specifier) ?? {};
    loaded.set(name, size);
    for (const { isDynamic = false, code } of dependencies) if (!isDynamic) load(code?.specifier);
  };
  roots.forEach(load);
  return loaded;
}

/** What of a module in the output of `deno info --json` is used. */
interface GraphModule {
  readonly specifier: string;
  readonly size?: number;
  readonly dependencies?: readonly { readonly isDynamic?: boolean; readonly code?: { readonly specifier?: string } }[];
}

const ROOT = decodeURIComponent(new URL("..", import.meta.url).pathname).replace(/\/$/, "");
