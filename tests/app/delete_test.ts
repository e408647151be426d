import { assertEquals, assertRejects } from "@std/assert";
import { deletePaths } from "../../src/app/files/delete.ts";
import { createWorld, idOf } from "../support/app_world.ts";
import { stubSource } from "../support/app_stub.ts";
import type { S3Source } from "../../mod.ts";
import { failingWith, notDeleted } from "../support/deletions.ts";

Deno.test("POST source/{s}/-/delete deletes files, and folders with their content", async () => {
  const { post, paths } = createWorld({ files: { a: "", "b/": "", "b/c": "", "b/d/e": "", "b2/f": "", bc: "" } });
  const response = await post("/source/media/-/delete", { paths: ["a", "b/"] });
  assertEquals(await response.json(), { ok: true, deleted: ["a", "b/"], errors: [] });
  assertEquals(paths(), ["b2/f", "bc"]);
});

for (const [action, body] of [["delete", { paths: ["a/"] }], ["move", { from: "a/", to: "z/" }]] as const) {
  Deno.test(`POST source/{s}/-/${action} deletes the marker of every folder that becomes empty, the innermost first`, async () => {
    const calls: string[][] = [];
    // The folder `a/b/` has no marker of its own: SeaweedFS lists it all the same.
    const { source } = createWorld({ files: { "a/": "", "a/b/c/d": "", "a/b/e": "", "a/f/": "", "a/g": "" } });
    const deleteMany: typeof source.deleteMany = async (paths, options) => {
      const all = await Array.fromAsync(paths);
      calls.push(all);
      return await source.deleteMany(all, options);
    };
    const { post } = createWorld({ sources: { media: { ...source, deleteMany } } });
    assertEquals((await (await post(`/source/media/-/${action}`, body)).json()).ok, true);
    assertEquals(calls, [["a/b/c/d", "a/b/e", "a/g"], ["a/b/c/", "a/b/", "a/f/"], ["a/"]]);
  });
}

Deno.test("POST source/{s}/-/delete keeps the markers of folders that are not empty", async () => {
  const calls: string[][] = [];
  const { source } = createWorld({ files: { "a/": "", "a/b/c": "", "a/d/e": "" } });
  const deleteMany: typeof source.deleteMany = async (paths) => {
    const all = await Array.fromAsync(paths);
    calls.push(all);
    return notDeleted(all.filter((path) => path === "a/b/c"));
  };
  const { post } = createWorld({ sources: { media: { ...source, deleteMany } } });
  const { ok, deleted, errors } = await (await post("/source/media/-/delete", { paths: ["a/"] })).json();
  assertEquals([ok, deleted, errors.length], [false, [], 1]);
  assertEquals(calls, [["a/b/c", "a/d/e"], ["a/d/"]]);
});

Deno.test("POST source/{s}/-/delete deletes a folder of 5,000 files in batches", async () => {
  const files = Object.fromEntries(Array.from({ length: 5_000 }, (_, index) => [`a/${index % 7}/${index}`, ""]));
  const world = createWorld({ files });
  let most = 0;
  const deleteMany: S3Source["deleteMany"] = async (paths, options) => {
    const all = await Array.fromAsync(paths);
    most = Math.max(most, all.length);
    return await world.source.deleteMany(all, options);
  };
  const { post } = createWorld({ sources: { media: { ...world.source, deleteMany } } });
  assertEquals((await (await post("/source/media/-/delete", { paths: ["a/"] })).json()).ok, true);
  assertEquals([most <= 1_000, world.paths()], [true, []]);
});

Deno.test("POST source/{s}/-/delete stops with its request", async () => {
  const files = Object.fromEntries(Array.from({ length: 3_000 }, (_, index) => [`a/${index}`, ""]));
  const world = createWorld({ files });
  const gone = new AbortController();
  const deleteMany: S3Source["deleteMany"] = async (paths, options) => {
    const result = await world.source.deleteMany(paths, options);
    gone.abort();
    return result;
  };
  const deletion = deletePaths({ ...world.source, deleteMany }, ["a/"], gone.signal);
  await assertRejects(() => deletion, DOMException);
  assertEquals(world.paths().length, 2_000);
});

Deno.test("POST source/{s}/-/delete gives up on a million files if none can be deleted", async () => {
  let listed = 0;
  async function* walk() {
    for (; listed < 1_000_000; listed++) yield { path: `a/${listed}`, name: "", size: 0 };
  }
  const deleteMany = failingWith("AccessDenied");
  const { deleted, errors } = await deletePaths(stubSource({}, { walk, deleteMany }), ["a/"]);
  assertEquals([deleted, errors.length <= 2_001, listed <= 3_000], [[], true, true]);
});

Deno.test("POST source/{s}/-/delete lists the files that are still there, with the reason", async () => {
  const { source } = createWorld();
  const result = notDeleted(["b/c"]);
  const { post } = createWorld({
    sources: { media: { ...source, deleteMany: () => Promise.resolve(result) } },
  });
  assertEquals(await (await post("/source/media/-/delete", { paths: ["a", "b/"] })).json(), {
    ok: false,
    deleted: ["a"],
    errors: [{ path: "b/c", message: "The credentials of this source do not allow deleting this." }],
  });
});

for (const paths of [[], [""], ["../x"], ["/"], [1], "a", undefined]) {
  Deno.test(`POST source/{s}/-/delete refuses ${JSON.stringify(paths)}`, async () => {
    const world = createWorld({ files: { a: "" } });
    const response = await world.post("/source/media/-/delete", { paths });
    assertEquals([response.status, world.paths()], [400, ["a"]]);
  });
}

Deno.test("POST source/{s}/-/delete is fast if none of 50,000 files can be deleted", async () => {
  const deleteMany = failingWith("AccessDenied");
  const paths = Array.from({ length: 50_000 }, (_, index) => `a/${index}`);
  const startedMs = performance.now();
  const { deleted, errors } = await deletePaths(stubSource({}, { deleteMany }), paths);
  assertEquals([deleted.length, errors.length], [0, 50_000]);
  // One file against every failure took a minute.
  assertEquals(performance.now() - startedMs < 10_000, true);
});

Deno.test("POST {id}/-/delete deletes", async () => {
  const { post, paths } = createWorld({ files: { a: "", b: "" } });
  const response = await post(`/${idOf("a")}/-/delete`, {});
  assertEquals([response.status, await response.json(), paths()], [200, { ok: true }, ["b"]]);
  assertEquals((await post(`/${idOf("a")}/-/delete`, {})).status, 404);
});

Deno.test("POST source/{s}/-/delete walks a folder again if deleting shifted its pages", async () => {
  const left = new Set(Array.from({ length: 2_500 }, (_, index) => `a/${index}`));
  async function* walk() {
    for (const path of [...left].slice(0, 1_000)) yield { path, name: path, size: 0 };
  }
  const deleteMany: S3Source["deleteMany"] = async (paths) => {
    for await (const path of paths) left.delete(path);
    return notDeleted([]);
  };
  const list = () => Promise.resolve({ files: [], folders: [], cursor: null });
  await deletePaths(stubSource({}, { walk, deleteMany, list }), ["a/"]);
  assertEquals(left.size, 0);
});

Deno.test("POST source/{s}/-/delete deletes folders that are listed without files", async () => {
  const deleted: string[] = [];
  async function* walk() {}
  const deleteMany: S3Source["deleteMany"] = async (paths) => {
    deleted.push(...await Array.fromAsync(paths));
    return notDeleted([]);
  };
  const list = ({ prefix = "" } = {}) =>
    Promise.resolve({ files: [], folders: prefix === "a/" ? ["a/b/", "a/c/"] : [], cursor: null });
  await deletePaths(stubSource({}, { walk, deleteMany, list }), ["a/"]);
  assertEquals(deleted.toSorted(), ["a/", "a/b/", "a/c/"]);
});
