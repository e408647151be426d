/** What a module loads. */
export interface ModuleGraph {
  /** The sorted paths of the project's files, including itself. */
  readonly files: readonly string[];
  /** The packages loaded with it, sorted, including those used for their types only. */
  readonly packages: readonly string[];
  /** The packages loaded on demand, by `import()`. */
  readonly packagesOnDemand: readonly string[];
}

/** Follows the imports of a file of this project, with `deno info`. */
export async function readModuleGraph(path: string): Promise<ModuleGraph> {
  const modules = await readModules(path);
  const files = new Set<string>();
  const packages = new Set<string>();
  const onDemand = new Set<string>();
  const waiting = [new URL(path, ROOT).href];
  for (let url = waiting.pop(); url !== undefined; url = waiting.pop()) {
    const file = decodeURIComponent(url.slice(ROOT.href.length));
    if (files.has(file)) continue;
    files.add(file);
    for (const { specifier, code, type, isDynamic = false } of modules.get(url)?.dependencies ?? []) {
      const target = code?.specifier ?? type?.specifier;
      if (!/^\.{1,2}\//.test(specifier)) (isDynamic ? onDemand : packages).add(packageOf(specifier));
      else if (target !== undefined) waiting.push(target);
    }
  }
  return {
    files: [...files].toSorted(),
    packages: [...packages].toSorted(),
    packagesOnDemand: [...onDemand].toSorted(),
  };
}

/** `@noble/hashes` of `@noble/hashes/sha2.js`, and `node:fs` as it is. */
function packageOf(specifier: string): string {
  return specifier.split("/").slice(0, specifier.startsWith("@") ? 2 : 1).join("/");
}

/** The fields of a module that we read: https://docs.deno.com/runtime/reference/cli/info/ */
interface Module {
  readonly specifier: string;
  readonly dependencies?: readonly {
    readonly specifier: string;
    readonly code?: { readonly specifier?: string };
    readonly type?: { readonly specifier?: string };
    readonly isDynamic?: boolean;
  }[];
}

async function readModules(path: string): Promise<ReadonlyMap<string, Module>> {
  const command = new Deno.Command(Deno.execPath(), { args: ["info", "--json", path], cwd: ROOT });
  const { success, stdout, stderr } = await command.output();
  if (!success) throw new Error(`Cannot follow the imports of "${path}": ${new TextDecoder().decode(stderr)}`);
  const { modules }: { modules: readonly Module[] } = JSON.parse(new TextDecoder().decode(stdout));
  return new Map(modules.map((module) => [module.specifier, module]));
}

const ROOT = new URL("..", import.meta.url);
