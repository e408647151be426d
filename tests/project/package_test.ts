import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { readModuleGraph } from "../../tools/module_graph.ts";
import { tryPublishing } from "../../tools/published_files.ts";
import config from "../../deno.json" with { type: "json" };

/** The packages that each entry point may load, and those it may load on demand. */
const PACKAGES: Record<string, { packages: string[]; packagesOnDemand: string[] }> = {
  ".": { packages: ["@noble/hashes"], packagesOnDemand: [] },
  "./config": { packages: ["@noble/hashes", "@std/yaml"], packagesOnDemand: [] },
  "./broker": { packages: ["@noble/hashes", "jose"], packagesOnDemand: [] },
  "./app": {
    packages: ["@noble/hashes", "client-zip", "hono", "image-dimensions", "jose", "markdown-it", "oauth4webapi"],
    packagesOnDemand: [],
  },
  "./cli": {
    packages: [
      ...["@noble/hashes", "@std/yaml", "client-zip", "hono", "image-dimensions", "jose", "markdown-it"],
      ...["node:crypto", "node:fs", "node:http", "node:https", "node:net", "node:process", "node:stream", "node:tls"],
      ...["node:url", "oauth4webapi"],
    ],
    packagesOnDemand: ["@redis/client"],
  },
  "./testing": { packages: ["@noble/hashes"], packagesOnDemand: [] },
  "./adapters/remix": { packages: [], packagesOnDemand: [] },
  "./adapters/unstorage": { packages: [], packagesOnDemand: [] },
  "./adapters/uppy": { packages: ["@noble/hashes"], packagesOnDemand: [] },
};

const ENTRY_POINTS = Object.entries(config.exports).map(([name, path]) => ({ name, path: path.slice("./".length) }));

Deno.test("the package has its public entry points", () => {
  assertEquals(ENTRY_POINTS.map(({ name }) => name), Object.keys(PACKAGES));
});

for (const { name, path } of ENTRY_POINTS) {
  Deno.test(`"${name}" loads only its packages`, async () => {
    const { packages, packagesOnDemand } = await readModuleGraph(path);
    assertEquals({ packages, packagesOnDemand }, PACKAGES[name]);
  });
}

Deno.test("mod.ts loads no file of the files app, the broker, the configuration, the command or the test doubles", async () => {
  const { files } = await readModuleGraph("mod.ts");
  const others = ["src/app/", "src/broker/", "src/config/", "src/command/", "src/testing/", "tools/"];
  assertEquals(files.filter((file) => others.some((other) => file.startsWith(other))), []);
});

Deno.test("deno publish accepts the package, with exactly the files its entry points need", async () => {
  const { ok, files, output } = await tryPublishing();
  assert(ok, output);
  // Before that it warns about packages that are installed for the tests.
  assertEquals(/\bwarning\b/i.exec(output.slice(output.indexOf("Checking for slow types"))), null, output);
  const needed = new Set(["CHANGELOG.md", "LICENSE", "README.md", "deno.json"]);
  for (const { path } of ENTRY_POINTS) {
    for (const file of (await readModuleGraph(path)).files) needed.add(file);
  }
  assertEquals(files, [...needed].toSorted());
});

Deno.test("no file of src uses what JavaScript in Node 20.18 lacks", async () => {
  const found: string[] = [];
  for (const path of await filesBelow("src")) {
    const code = (await Deno.readTextFile(new URL(path, ROOT))).replace(/^\s*(?:\/\/|\/?\*).*$/gm, "");
    for (const use of LATER_THAN_NODE_20) {
      const [text] = use.exec(code) ?? [];
      if (text !== undefined) found.push(`${path}: ${text}`);
    }
  }
  assertEquals(found, []);
});

/** What came later; `?.(` behind a name asks first. */
const LATER_THAN_NODE_20 = [
  /\bPromise\.(?:withResolvers|try)\b/,
  /\bArray\.fromAsync\b/,
  /\b(?:Object|Map)\.groupBy\b/,
  /\bRegExp\.escape\b/,
  /\bError\.isError\b/,
  /\bMath\.(?:sumPrecise|f16round)\b/,
  /\bAtomics\.waitAsync\b/,
  /\bIterator\.(?:from|concat|zip|prototype)\b/,
  /\bnew (?:DisposableStack|AsyncDisposableStack|SuppressedError|Float16Array|WebSocket|EventSource)\b/,
  /^\s*(?:await )?using \w/m,
  /\bUint8Array\.from(?:Base64|Hex)\(/,
  /\w\.(?:to|setFrom)(?:Base64|Hex)\(/,
  /\w\.(?:union|intersection|difference|symmetricDifference|isSubsetOf|isSupersetOf|isDisjointFrom)\(/,
  /\w\.(?:getOrInsert|getOrInsertComputed)\(/,
  // Helpers of iterators; `Object.values(…)` is an array.
  /\.(?:values|keys|entries)\(\)\s*\.\w+\(/,
  /\.matchAll\((?:[^()]|\([^()]*\))*\)\s*\.\w+\(/,
];

/** The paths of all scripts in a folder of the project. */
async function filesBelow(folder: string): Promise<string[]> {
  const paths: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(new URL(folder, ROOT))) {
    if (isDirectory) paths.push(...await filesBelow(`${folder}/${name}`));
    else if (/\.(?:ts|js)$/.test(name)) paths.push(`${folder}/${name}`);
  }
  return paths.toSorted();
}

Deno.test("every entry point has module documentation with an example", async () => {
  const paths = ENTRY_POINTS.map(({ path }) => path);
  const command = new Deno.Command(Deno.execPath(), { args: ["doc", "--json", ...paths], cwd: ROOT });
  const { stdout } = await command.output();
  const { nodes }: { nodes: Record<string, { module_doc?: ModuleDoc }> } = JSON.parse(new TextDecoder().decode(stdout));
  for (const { name, path } of ENTRY_POINTS) {
    const { doc = "", tags = [] } = nodes[new URL(path, ROOT).href]?.module_doc ?? {};
    assertMatch(doc, /^[A-Z].{40,}/, `"${name}" says what it is`);
    const examples = tags.filter(({ kind }) => kind === "example");
    assert(examples.length > 0, `"${name}" has an example`);
    for (const example of examples) {
      assertMatch(example.doc ?? "", /^(?:[A-Z].*\n)?```(ts|sh)\n[^]+\n```\s*$/);
      assertStringIncludes(example.doc ?? "", `@files/s3-source${name.slice(1)}`);
    }
  }
});

Deno.test("the static checks lint the documentation of every entry point", () => {
  const { command } = config.tasks.static;
  const linted = /deno doc --lint ((?:\S+ )*?)&&/.exec(command)?.[1]?.trim().split(" ");
  assertEquals(linted, ENTRY_POINTS.map(({ path }) => path));
});

/** The fields of `deno doc --json` that we read. */
interface ModuleDoc {
  readonly doc?: string;
  readonly tags?: readonly { readonly kind: string; readonly doc?: string }[];
}

const ROOT = new URL("../..", import.meta.url);
