import { assert, assertEquals } from "@std/assert";
import { blocksOf } from "../support/doc_blocks.ts";

/** The rooms of `src/`, in the order of CONTRIBUTING.md: imports, including those of types, run down this list. */
const ROOMS: readonly (readonly string[])[] = [
  ["mod.ts"],
  ["src/command/"],
  ["src/app/mod.ts", "src/app/options.ts", "src/app/failure_response.ts"],
  ["src/app/pages/"],
  ["src/app/api/"],
  ["src/app/http/"],
  ["src/app/files/"],
  ["src/app/allowed_actions.ts"],
  ["src/app/context.ts"],
  ["src/app/monitoring/"],
  ["src/app/session/"],
  ["src/app/permissions/"],
  ["src/app/browser/"],
  ["src/app/"],
  ["src/broker/"],
  ["src/broker/callers/"],
  ["src/broker/protocols/"],
  ["src/broker/keys/"],
  ["src/broker/identities/"],
  ["src/broker/options.ts", "src/broker/types.ts"],
  ["src/config/"],
  ["src/adapters/"],
  ["src/source.ts"],
  ["src/operations/"],
  ["src/metrics/"],
  ["src/state/"],
  ["src/options/"],
  ["src/tokens/"],
  ["src/credentials/"],
  ["src/s3/"],
  ["src/hash/"],
  ["src/async/"],
  ["src/types/"],
  ["src/testing/"],
  ["src/errors.ts"],
  ["src/text/"],
];

/** The internal files of the module that app, broker and command use. */
const SHARED: readonly string[] = [
  "src/async/abort.ts",
  "src/async/at_most_every.ts",
  "src/async/collect_bytes.ts",
  "src/async/fixed_length.ts",
  "src/async/shared_task.ts",
  "src/async/task_pool.ts",
  "src/async/to_array.ts",
  "src/credentials/broker_reply.ts",
  "src/credentials/default_chain.ts",
  "src/hash/base64url.ts",
  "src/hash/hash.ts",
  "src/hash/short_sha256.ts",
  "src/metrics/prometheus.ts",
  "src/metrics/server_metrics.ts",
  "src/operations/delete_tree.ts",
  "src/operations/media_type.ts",
  "src/operations/probe.ts",
  "src/options/address_range.ts",
  "src/options/app_options.ts",
  "src/options/broker_options.ts",
  "src/options/broker_tables.ts",
  "src/options/broker_values.ts",
  "src/options/callback.ts",
  "src/options/checked_broker.ts",
  "src/options/checks.ts",
  "src/options/client_address.ts",
  "src/options/did_you_mean.ts",
  "src/options/malformed_request.ts",
  "src/options/mapping.ts",
  "src/options/option_table.ts",
  "src/options/option_tree.ts",
  "src/options/public_places.ts",
  "src/options/source_config.ts",
  "src/options/source_name.ts",
  "src/s3/clock.ts",
  "src/s3/content_disposition.ts",
  "src/s3/endpoint.ts",
  "src/s3/error_response.ts",
  "src/s3/exchange.ts",
  "src/s3/failure.ts",
  "src/s3/headers.ts",
  "src/s3/keys.ts",
  "src/s3/partitions.ts",
  "src/s3/purpose.ts",
  "src/s3/retry.ts",
  "src/s3/sign/sign.ts",
  "src/s3/step_guard.ts",
  "src/s3/token.ts",
  "src/s3/xml/xml.ts",
  "src/state/memory_state.ts",
  "src/state/places.ts",
  "src/state/redis_state.ts",
  "src/state/state.ts",
  "src/state/state_error.ts",
  "src/state/state_option.ts",
  "src/text/controls.ts",
  "src/text/safe_text.ts",
  "src/text/version.ts",
  "src/tokens/signed_token.ts",
  "src/tokens/signing_secret.ts",
];

const ROOT = new URL("../../", import.meta.url);

interface Import {
  readonly from: string;
  readonly to: string;
  readonly isType: boolean;
}

async function filesBelow(folder: string): Promise<string[]> {
  const files: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(new URL(folder, ROOT))) {
    if (isDirectory) files.push(...await filesBelow(`${folder}${name}/`));
    else if (/\.(?:ts|js)$/.test(name)) files.push(folder + name);
  }
  return files;
}

async function readImports(): Promise<Import[]> {
  const imports: Import[] = [];
  for (const from of ["mod.ts", ...await filesBelow("src/")]) {
    const text = (await Deno.readTextFile(new URL(from, ROOT))).replace(/\/\*.*?\*\//gs, "");
    for (const [, type, path = ""] of text.matchAll(/\b(?:import|export)\s*(type\b)?[^;"]*?"(\.{1,2}\/[^"]+)"/g)) {
      const to = new URL(path, new URL(from, ROOT)).href.slice(ROOT.href.length);
      imports.push({ from, to, isType: type !== undefined });
    }
  }
  return imports;
}

/** The rank of a file's room: that of the longest matching name. */
function rankOf(file: string): number {
  const fits = ROOMS.flatMap((names, rank) =>
    names.filter((name) => file.startsWith(name)).map((name) => ({ name, rank }))
  );
  return fits.toSorted((a, b) => b.name.length - a.name.length)[0]?.rank ?? -1;
}

Deno.test("every import of src/ runs down the list of rooms", async () => {
  const imports = await readImports();
  assertEquals(imports.length > 500, true);
  assertEquals(imports.filter(({ from }) => rankOf(from) < 0), []);
  assertEquals(imports.filter(({ from, to }) => rankOf(to) < rankOf(from)), []);
});

Deno.test("no imports of src/ run in a circle", async () => {
  const targets = new Map<string, string[]>();
  for (const { from, to, isType } of await readImports()) {
    if (!isType) targets.set(from, [...targets.get(from) ?? [], to]);
  }
  const done = new Set<string>();
  const circles: string[] = [];
  const visit = (file: string, path: readonly string[]) => {
    if (path.includes(file)) return void circles.push([...path.slice(path.indexOf(file)), file].join(" > "));
    if (done.has(file)) return;
    for (const target of targets.get(file) ?? []) visit(target, [...path, file]);
    done.add(file);
  };
  for (const file of targets.keys()) visit(file, []);
  assertEquals(circles, []);
});

Deno.test("app, broker and command use the module through its API and a few shared files", async () => {
  const upper = /^src\/(?:app|broker|command)\//;
  const used = (await readImports()).filter(({ from, to }) => upper.test(from) && !upper.test(to) && !PUBLIC.test(to));
  assertEquals([...new Set(used.map(({ to }) => to))].toSorted(), SHARED);
});

/** The internal files that adapters use. */
const SHARED_WITH_ADAPTERS: readonly string[] = [
  "src/operations/part_plan.ts",
  "src/options/checks.ts",
  "src/options/option_table.ts",
  "src/s3/xml/xml.ts",
  "src/tokens/signed_token.ts",
  "src/tokens/signing_secret.ts",
];

Deno.test("adapters use the module through its API and a few shared files", async () => {
  const adapters = /^src\/adapters\//;
  const used = (await readImports()).filter(({ from, to }) =>
    adapters.test(from) && !adapters.test(to) && !PUBLIC.test(to)
  );
  assertEquals([...new Set(used.map(({ to }) => to))].toSorted(), SHARED_WITH_ADAPTERS);
});

/** The public API: files that mod.ts and the other entry points export. */
const PUBLIC = /^(?:mod\.ts|src\/(?:source|errors)\.ts|src\/(?:types|config)\/.*)$/;

Deno.test("src/testing/ imports nothing else of src/", async () => {
  const used = (await readImports()).filter(({ from, to }) =>
    from.startsWith("src/testing/") && !to.startsWith("src/testing/")
  );
  assertEquals([...new Set(used.map(({ to }) => to))], []);
});

/** The paths in the picture of CONTRIBUTING.md, in its order. */
async function readPicture(): Promise<string[]> {
  const page = { path: "CONTRIBUTING.md", text: await Deno.readTextFile(new URL("CONTRIBUTING.md", ROOT)) };
  const [picture] = blocksOf(page).filter(({ kind }) => kind === "text");
  const folders: string[] = [];
  return (picture?.text ?? "").split("\n").filter((line) => line !== "").map((line) => {
    const [, { length } = "", name = ""] = /^( *)(\S+)/.exec(line) ?? [];
    folders.splice(length / 2, Infinity, name);
    return folders.join("");
  });
}

Deno.test("CONTRIBUTING.md shows places that exist, and every folder of src/, src/app/ and tests/ that is a room", async () => {
  const picture = new Set(await readPicture());
  for (const place of picture) await Deno.stat(new URL(place, ROOT));
  for (const folder of ["src/", "src/app/", "tests/"]) {
    for await (const { name, isDirectory } of Deno.readDir(new URL(folder, ROOT))) {
      const place = `${folder}${name}/`;
      const isTestsOfRoom = folder === "tests/" && (picture.has(`src/${name}/`) || TESTS_OF_ROOMS.has(name));
      if (isDirectory && !isTestsOfRoom) assert(picture.has(place), place);
    }
  }
});

/** Folders of tests without a room of the same name. */
const TESTS_OF_ROOMS: ReadonlySet<string> = new Set(["source", "wire", "fixtures"]);

Deno.test("CONTRIBUTING.md shows the rooms in the order of imports", async () => {
  const rooms = ROOMS.flat().filter((room) => room !== "src/app/");
  const shown = (await readPicture()).filter((place) => rooms.includes(place));
  assertEquals(shown, rooms.filter((room) => shown.includes(room)));
  assertEquals(rooms.filter((room) => room.endsWith("/") && !shown.includes(room)), []);
});
