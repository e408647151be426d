/**
 * Joins modules into fewer, which compress better and take fewer requests: each with all it imports that no earlier one
 * has. Imports between joined ones fall away, so their top-level names must differ.
 *
 * @param modules Their texts by name. They import names from each other, or a whole module with `import("./NAME")`.
 * @param first Which come first, in this order; then the others.
 */
export function joinModules(modules: ReadonlyMap<string, string>, first: readonly string[]): Map<string, string> {
  const homes = new Map<string, string>();
  const joined = new Map<string, string[]>();
  // What a module imports runs before it, as without joining.
  const take = (name: string, home: string) => {
    if (homes.has(name)) return;
    homes.set(name, home);
    for (const [, , from = ""] of (modules.get(name) ?? "").matchAll(IMPORT)) take(from, home);
    joined.set(home, [...joined.get(home) ?? [], name]);
  };
  for (const name of [...first, ...modules.keys()]) take(name, name);

  const join = (home: string, names: readonly string[]) => {
    const imports = new Map<string, Set<string>>();
    const texts = names.map((name) =>
      (modules.get(name) ?? "").replace(IMPORT, (_, list: string, from: string) => {
        const other = homes.get(from) ?? from;
        if (other !== home) imports.set(other, new Set([...imports.get(other) ?? [], ...list.match(/\w+/g) ?? []]));
        return "";
      }).replace(DYNAMIC_IMPORT, (_, name: string) => `import("./${homes.get(name) ?? name}")`)
    );
    const lines = [...imports].map(([other, list]) => `import { ${[...list].join(", ")} } from "./${other}";\n`);
    return [...lines, ...texts].join("");
  };
  return new Map([...joined].map(([home, names]) => [home, join(home, names)]));
}

const IMPORT = /^import \{([^}]*)\} from "\.\/(\w+\.js)";\n/gm;
const DYNAMIC_IMPORT = /import\("\.\/(\w+\.js)"\)/g;
