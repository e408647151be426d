import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { createWorld } from "../support/app_world.ts";
import { EVERYTHING, fileInfo } from "../support/app_stub.ts";
import type { Permissions } from "../../src/app/mod.ts";
import { type S3Source, TimeoutError } from "../../mod.ts";

Deno.test("POST source/{s}/-/move keeps originals that changed after they were copied", async () => {
  const world = createWorld({ files: { "a/x": "old", "a/y/z": "same" } });
  const copy: S3Source["copy"] = async (from, to, options) => {
    const info = await world.source.copy(from, to, options);
    if (from === "a/x") await world.source.upload("a/x", "new");
    return info;
  };
  const { post } = createWorld({ sources: { media: { ...world.source, copy } } });
  const { ok, errors } = await (await post("/source/media/-/move", { from: "a/", to: "b/" })).json();
  assertEquals([ok, errors.map(({ path }: { path: string }) => path)], [false, ["a/x"]]);
  assertStringIncludes(errors[0].message, "changed while it was moved");
  assertEquals(world.paths(), ["a/x", "b/x", "b/y/z"]);
  assertEquals([world.textOf("a/x"), world.textOf("b/x")], ["new", "old"]);
});

Deno.test("POST source/{s}/-/move keeps files that were added in the meantime", async () => {
  const world = createWorld({ files: { "a/x": "1" } });
  const copy: S3Source["copy"] = async (from, to, options) => {
    await world.source.upload("a/late", "2");
    return await world.source.copy(from, to, options);
  };
  const { post } = createWorld({ sources: { media: { ...world.source, copy } } });
  await post("/source/media/-/move", { from: "a/", to: "b/" });
  assertEquals(world.paths(), ["a/late", "b/x"]);
});

Deno.test("POST source/{s}/-/copy copies a file", async () => {
  const { post, paths } = createWorld({ files: { a: "hello" } });
  const response = await post("/source/media/-/copy", { from: "a", to: "x/b" });
  const { ok, file, moved, errors } = await response.json();
  assertEquals([response.status, ok, moved, errors], [200, true, [{ from: "a", to: "x/b" }], []]);
  assertEquals([file.path, file.size, paths()], ["x/b", 5, ["a", "x/b"]]);
});

Deno.test("POST source/{s}/-/copy replaces only for those who may change files", async () => {
  const permissions = { ...EVERYTHING, "files-edit": false };
  const { post, textOf } = createWorld({ files: { a: "1", b: "2" }, permissions });
  const response = await post("/source/media/-/copy", { from: "a", to: "b", overwrite: true });
  assertEquals([response.status, textOf("b")], [403, "2"]);
});

Deno.test("POST source/{s}/-/move moves a folder with its content", async () => {
  const { post, paths, textOf } = createWorld({ files: { "a/": "", "a/x": "X", "a/y/z": "Z", "ab/c": "" } });
  const { ok, moved } = await (await post("/source/media/-/move", { from: "a/", to: "b/" })).json();
  assertEquals([ok, moved.length, paths()], [true, 3, ["ab/c", "b/", "b/x", "b/y/z"]]);
  assertEquals([textOf("b/x"), textOf("b/y/z")], ["X", "Z"]);
});

for (const action of ["move", "copy"]) {
  Deno.test(`POST source/{s}/-/${action} overwrites only if asked to`, async () => {
    const { post, textOf } = createWorld({ files: { a: "new", b: "old", "c/x": "new", "d/x": "old" } });
    for (const [from, to] of [["a", "b"], ["c/", "d/"]]) {
      const refused = await post(`/source/media/-/${action}`, { from, to });
      assertEquals([refused.status, (await refused.json()).code], [409, "collision"]);
      assertEquals((await post(`/source/media/-/${action}`, { from, to, overwrite: true })).status, 200);
    }
    assertEquals([textOf("b"), textOf("d/x")], ["new", "new"]);
  });
}

Deno.test("POST source/{s}/-/copy says what tells the files apart, to those who may browse", async () => {
  const now = () => Date.UTC(2030, 0, 1);
  const files = { a: "longer", b: "old", "c/x": "", "d/x": "" };
  const factsWith = async (permissions: Permissions, from = "a", to = "b") => {
    const { post } = createWorld({ files, now, permissions });
    const { errors: _, ...rest } = await (await post("/source/media/-/move", { from, to })).json();
    return rest;
  };
  const last_modified = "2030-01-01T00:00:00.000Z";
  const facts = { existing: { size: 3, last_modified }, incoming: { size: 6, last_modified } };
  const refusal = { ok: false, code: "collision" };
  assertEquals(await factsWith(EVERYTHING), { ...refusal, ...facts });
  assertEquals(await factsWith({ ...EVERYTHING, "files-browse": false }), refusal);
  assertEquals(await factsWith(EVERYTHING, "none"), { ...refusal, existing: facts.existing });
  assertEquals(await factsWith(EVERYTHING, "c/", "d/"), refusal);
});

for (
  const [from, to, status] of [
    ["none", "b", 404],
    ["none/", "b/", 404],
    ["a", "b/", 400],
    ["c/", "b", 400],
    ["c/", "c/d/", 400],
    ["c/", "c/", 400],
    ["a", "a", 400],
    ["a", "../b", 400],
    ["", "b", 400],
  ] as const
) {
  Deno.test(`POST source/{s}/-/move from "${from}" to "${to}" is answered with ${status}`, async () => {
    const world = createWorld({ files: { a: "", "c/x": "" } });
    const response = await world.post("/source/media/-/move", { from, to });
    assertEquals([response.status, world.paths()], [status, ["a", "c/x"]]);
  });
}

Deno.test("POST source/{s}/-/move loses nothing when a folder would replace its parent", async () => {
  const { post, paths, textOf } = createWorld({ files: { "a/b/b/x": "inner", "a/b/x": "outer" } });
  const { status } = await post("/source/media/-/move", { from: "a/b/", to: "a/", overwrite: true });
  assertEquals([status, paths()], [400, ["a/b/b/x", "a/b/x"]]);
  assertEquals([textOf("a/b/b/x"), textOf("a/b/x")], ["inner", "outer"]);
});

Deno.test("POST source/{s}/-/move lists the files that could not be moved", async () => {
  const { post, paths } = createWorld({ files: { "a/x": "", [`a/${"y".repeat(1_000)}`]: "" } });
  const { ok, moved, errors } =
    await (await post("/source/media/-/move", { from: "a/", to: "a longer name, so long that/" }))
      .json();
  assertEquals([ok, moved.length, errors.length], [false, 1, 1]);
  assertStringIncludes(errors[0].message, "more than 1024 bytes");
  assertEquals(paths().length, 2);
});

for (
  const [what, changed] of [
    ["digest", { etag: '"other"' }],
    ["size", { size: 9 }],
    ["time", { lastModified: new Date(0) }],
  ] as const
) {
  Deno.test(`POST source/{s}/-/move keeps an original of which only the ${what} has changed`, async () => {
    const { source, paths } = createWorld({ files: { "a/x": "1" } });
    let walks = 0;
    async function* walk(...options: Parameters<typeof source.walk>) {
      const isAgain = ++walks > 1;
      for await (const file of source.walk(...options)) yield { ...file, ...isAgain && changed };
    }
    const { post } = createWorld({ sources: { media: { ...source, walk } } });
    const { ok, errors } = await (await post("/source/media/-/move", { from: "a/", to: "b/" })).json();
    assertEquals([ok, errors.length, paths()], [false, 1, ["a/x", "b/x"]]);
  });
}

for (const action of ["move", "copy"]) {
  Deno.test(`POST source/{s}/-/${action} keeps a file that a store may not tell from the new folder`, async () => {
    const files = { "a/x": "1", "a/y/": "", b: "2", "c/y": "3" };
    const { post, paths } = createWorld({ files, permissions: EVERYTHING });
    const refused = await post(`/source/media/-/${action}`, { from: "a/", to: "b/" });
    assertEquals([refused.status, (await refused.json()).code], [409, "collision"]);
    assertEquals(paths(), Object.keys(files));
    await post(`/source/media/-/${action}`, { from: "a/", to: "c/", overwrite: true });
    assertEquals(paths().filter((path) => path.startsWith("c/")), ["c/x", "c/y"]);
  });
}

Deno.test("POST source/{s}/-/copy stops copying a folder once the store no longer answers", async () => {
  const files = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`a/${index}`, ""]));
  let tries = 0;
  const copy = () => {
    tries++;
    return Promise.reject(new TimeoutError("Cannot copy a file: it took more than 15 s"));
  };
  const world = createWorld({ files });
  const { post } = createWorld({ sources: { media: { ...world.source, copy } } });
  const { errors } = await (await post("/source/media/-/copy", { from: "a/", to: "b/" })).json();
  assertEquals(errors.length, 50);
  assert(tries <= 8, `it tried ${tries} files`);
  assertEquals(errors.at(-1).message, "This was not tried after that.");
});

Deno.test("POST source/{s}/-/copy keeps what a folder's marker contains", async () => {
  const { post, textOf } = createWorld({ files: { "a/": "data", "a/x": "1" } });
  await post("/source/media/-/copy", { from: "a/", to: "b/" });
  assertEquals([textOf("b/"), textOf("b/x")], ["data", "1"]);
});

Deno.test("POST source/{s}/-/copy refuses a folder of more than 10,000 files before it copies any", async () => {
  const { source, paths } = createWorld();
  async function* walk() {
    for (let number = 0; number < 10_001; number++) yield fileInfo(`a/${number}`);
  }
  const { post } = createWorld({ sources: { media: { ...source, walk } } });
  const response = await post("/source/media/-/copy", { from: "a/", to: "b/" });
  assertEquals([response.status, paths()], [413, []]);
});
