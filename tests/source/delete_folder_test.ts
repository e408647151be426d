import { assertEquals, assertRejects } from "@std/assert";
import { createS3Source, InvalidPathError, ServiceError } from "../../mod.ts";
import { createMemoryS3, type MemoryS3Options } from "../../src/testing/mod.ts";
import { s3Error } from "../support/stub_fetch.ts";

/** A source with these files, and the DeleteObjects that it sends: their keys, in order. */
async function createWorld(paths: readonly string[], deny = "") {
  const { config, fetch } = createMemoryS3();
  const requests: string[][] = [];
  const source = createS3Source(config, {
    async fetch(url, init) {
      const request = new Request(url, init);
      if (!new URL(request.url).searchParams.has("delete")) return await fetch(request);
      const keys = Array.from((await request.clone().text()).matchAll(/<Key>(.*?)<\/Key>/g), ([, key = ""]) => key);
      requests.push(keys);
      if (deny === "" || !keys.includes(deny)) return await fetch(request);
      const outcomes = keys.map((key) =>
        key === deny
          ? `<Error><Key>${key}</Key><Code>AccessDenied</Code></Error>`
          : `<Deleted><Key>${key}</Key></Deleted>`
      );
      return new Response(`<DeleteResult>${outcomes.join("")}</DeleteResult>`);
    },
  });
  for (const path of paths) await source.upload(path, "");
  const list = async () => await Array.fromAsync(source.walk(), ({ path }) => path);
  return { source, requests, list };
}

for (const folder of ["old", "old/"]) {
  Deno.test(`deleteFolder(${JSON.stringify(folder)}) touches neither a file of this name nor longer names`, async () => {
    const { source, requests, list } = await createWorld([
      "old",
      "old/",
      "old/a",
      "old/b/",
      "old/b/c",
      "older/a",
      "z/old/a",
    ]);
    assertEquals(await source.deleteFolder(folder), { deletedCount: 3, errors: [] });
    assertEquals(await list(), ["old", "older/a", "z/old/a"]);
    // The innermost folder first.
    assertEquals(requests, [["old/a", "old/b/c"], ["old/b/"], ["old/"]]);
  });
}

Deno.test("deleteFolder() deletes 2,500 files in batches", async () => {
  const { source, requests, list } = await createWorld(Array.from({ length: 2_500 }, (_, index) => `a/${index}`));
  assertEquals(await source.deleteFolder("a"), { deletedCount: 2_500, errors: [] });
  assertEquals([await list(), requests.every(({ length }) => length <= 1_000)], [[], true]);
});

Deno.test("deleteFolder() keeps the markers above a file that it cannot delete", async () => {
  const { source, requests } = await createWorld(["a/b/", "a/b/c", "a/d/", "a/d/e"], "a/b/c");
  const { deletedCount, errors } = await source.deleteFolder("a");
  assertEquals([deletedCount, errors.map(({ name, path }) => [name, path])], [2, [["AccessDeniedError", "a/b/c"]]]);
  assertEquals(requests, [["a/b/c", "a/d/e"], ["a/d/"]]);
});

Deno.test("deleteFolder() of nothing deletes nothing, and of the whole source is refused", async () => {
  const { source, list } = await createWorld(["a"]);
  assertEquals(await source.deleteFolder("missing"), { deletedCount: 0, errors: [] });
  await assertRejects(() => source.deleteFolder(""), InvalidPathError, "it is empty");
  assertEquals(await list(), ["a"]);
});

Deno.test("deleteFolder() says that something stays whose key is no path", async () => {
  const s3 = createMemoryS3();
  const keys = ["old/", "old/a", "old/b/", "old/b/../x", "old/c/d"];
  for (const key of keys) s3.putObject({ bucket: "bucket", key, body: "" });
  const { deletedCount, errors } = await createS3Source(s3.config, { fetch: s3.fetch }).deleteFolder("old");
  assertEquals(errors.map(({ code, path, message }) => [code, path, message]), [[
    "UnusableKey",
    "old/b/",
    'Cannot delete "old/b/": it has 1 entry that no path can name; the warnings of onEvent say which',
  ]]);
  assertEquals([deletedCount, s3.listKeys("bucket")], [3, ["old/", "old/b/../x"]]);
});

/** A source with files in two folders, on a store that refuses keys that end in a slash. */
async function createMarkerless(options: MemoryS3Options, code = "InvalidArgument") {
  const { config, fetch } = createMemoryS3(options);
  const source = createS3Source(config, {
    async fetch(url, init) {
      const request = new Request(url, init);
      if (request.url.endsWith("/")) return s3Error(400, code);
      const keys = (await request.clone().text()).match(/<Key>[^<]*\/<\/Key>/g) ?? [];
      if (keys.length === 0) return await fetch(request);
      return new Response(
        `<DeleteResult>${keys.map((key) => `<Error>${key}<Code>${code}</Code></Error>`)}</DeleteResult>`,
      );
    },
  });
  for (const path of ["old/a", "old/b/c"]) await source.upload(path, "");
  return source;
}

for (const options of [{}, { quirks: ["noBulkDelete"] }] as const) {
  const name = JSON.stringify(options);
  Deno.test(`deleteFolder() and stat() need no markers where keys cannot end in a slash, ${name}`, async () => {
    const source = await createMarkerless(options);
    assertEquals(await source.stat("old/"), null);
    assertEquals(await source.deleteFolder("old"), { deletedCount: 2, errors: [] });
    assertEquals(await Array.fromAsync(source.walk()), []);
    await assertRejects(() => source.upload("old/", ""), ServiceError, "(InvalidArgument)");
  });

  Deno.test(`deleteFolder() and stat() report other failures of markers, ${name}`, async () => {
    const source = await createMarkerless(options, "QuotaExceeded");
    await assertRejects(() => source.stat("old/"), ServiceError, "QuotaExceeded");
    assertEquals((await source.deleteFolder("old")).errors.map(({ code }) => code), ["QuotaExceeded"]);
  });
}
