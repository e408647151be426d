import { assertEquals } from "@std/assert";
import { createFilesApp } from "../../src/app/mod.ts";
import { EVERYTHING, stubSource } from "../support/app_stub.ts";
import { createWorld } from "../support/app_world.ts";
import { createMemoryS3 } from "../../src/testing/mod.ts";
import { createS3Source } from "../../mod.ts";

/** All pages of a search: the paths they have, and how many pages they are. */
async function searchAll({ request }: ReturnType<typeof createWorld>, query: string) {
  const paths: string[] = [];
  let [pages, next]: [number, string | null] = [0, null];
  do {
    const at: string = next === null ? "" : `&_next=${next}`;
    const page: { files: { path: string }[]; next: string | null } = await (await request(`/search.json?${query}${at}`))
      .json();
    paths.push(...page.files.map(({ path }) => path));
    next = page.next;
    pages++;
  } while (next !== null);
  return { paths, pages };
}

Deno.test("GET search.json finds names in any folder, whatever their case", async () => {
  const { request } = createWorld({
    files: { "a/Cat photo.PNG": "", "b/photo of a CAT.jpg": "", "cats/dog": "", "photo/": "" },
  });
  const { files, ...rest } = await (await request("/search.json?q=cat+PHOTO")).json();
  assertEquals(files.map(({ path }: { path: string }) => path), ["a/Cat photo.PNG", "b/photo of a CAT.jpg"]);
  assertEquals(rest, {
    ...{ q: "cat PHOTO", source: null, sources: ["media"], total: 2, next: null },
    ...{ folders: [], searched: 3 },
  });
});

Deno.test("GET search.json finds a name in either form of its accents", async () => {
  const world = createWorld({ files: { "cafe\u0301": "" } });
  assertEquals((await searchAll(world, `q=${encodeURIComponent("CAFÉ")}`)).paths, ["cafe\u0301"]);
});

Deno.test("GET search.json finds folders, and narrows by kind, size and date", async () => {
  const { request } = createWorld({ files: { "a/cats/1.png": "12345", "a/cats/2.txt": "1", "cats.png": "1" } });
  const find = async (query: string) => {
    const { files, folders } = await (await request(`/search.json?${query}`)).json();
    return [files, folders].map((found: { path: string }[]) => found.map(({ path }) => path));
  };
  const found = await (await request("/search.json?q=cats")).json();
  assertEquals(found.folders, [{ path: "a/cats/", name: "cats", source_slug: "media" }]);
  assertEquals(await find("kind=folder"), [[], ["a/", "a/cats/"]]);
  assertEquals(await find("kind=picture"), [["a/cats/1.png", "cats.png"], []]);
  assertEquals(await find("kind=picture&min_size=0.002+kB"), [["a/cats/1.png"], []]);
  assertEquals(await find("max_size=1"), [["a/cats/2.txt", "cats.png"], []]);
  assertEquals(await find("before=2000-01-01"), [[], []]);
  assertEquals((await find("since=2000-01-01T00:00:00Z&q=cats"))[0], ["cats.png"]);
});

for (
  const field of [
    "kind=x",
    "kind=%3Cb%3E",
    "min_size=x",
    "max_size=-1",
    "min_size=1+XB",
    "since=2030",
    "before=2030-02-31",
  ]
) {
  Deno.test(`GET search.json refuses ${field}`, async () => {
    const { request, s3 } = createWorld({ files: { a: "" } });
    const { status } = await request(`/search.json?${field}`);
    assertEquals([status, s3.requests.length], [400, 0]);
  });
}

Deno.test("GET search.json searches only the given folder", async () => {
  const world = createWorld({ files: { "a/x": "", "ab/x": "", "b/x": "" } });
  assertEquals((await searchAll(world, "q=x&folder=a")).paths, ["a/x"]);
});

Deno.test("GET search.json continues until everything has been searched", async () => {
  const names = Array.from({ length: 7_000 }, (_, index) => `f${index}`.padEnd(8, "x"));
  const world = createWorld({ files: Object.fromEntries(names.map((name) => [name, ""])) });
  const some = await searchAll(world, "q=f1234");
  assertEquals(some.paths, ["f1234xxx"]);
  assertEquals(some.pages >= 2, true);
  assertEquals((await searchAll(world, "")).paths, names.toSorted());
});

Deno.test("GET search.json searches the sources that may be browsed, one after another", async () => {
  const s3 = createMemoryS3();
  for (const key of ["a/x1", "b/x2", "c/x3"]) s3.putObject({ bucket: "bucket", key, body: "" });
  const open = (prefix: string) => createS3Source({ ...s3.config, prefix }, { fetch: s3.fetch });
  const permissions = { "files-browse": { a: { allow: true }, c: { allow: true } } };
  const world = createWorld({ sources: { a: open("a"), b: open("b"), c: open("c") }, permissions });
  assertEquals((await searchAll(world, "q=x")).paths, ["x1", "x3"]);
  const { sources } = await (await world.request("/search.json?q=x&source=c")).json();
  assertEquals(sources, ["c"]);
  assertEquals((await world.request("/search.json?q=x&source=b")).status, 403);
  assertEquals((await world.request("/search.json?q=x&source=none")).status, 403);
});

Deno.test("GET search.json counts only a search of one page", async () => {
  const { request } = createWorld({
    files: Object.fromEntries(Array.from({ length: 101 }, (_, at) => [`n${at}`, ""])),
  });
  const first = await (await request("/search.json?q=n")).json();
  const second = await (await request(`/search.json?q=n&_next=${first.next}`)).json();
  assertEquals([first.total, second.files.length, second.next, second.total], [null, 1, null, null]);
});

for (
  const next of [
    "x",
    "e30",
    "WzEsMiwzXQ",
    btoa("[-1,null,0]").replaceAll("=", ""),
    btoa('[0,"x",0]').replaceAll("=", ""),
  ]
) {
  Deno.test(`GET search.json does not continue from "${next}"`, async () => {
    assertEquals((await createWorld().request(`/search.json?_next=${next}`)).status, 400);
  });
}

Deno.test("GET search.json refuses a person's search beyond maxSearchesPerPerson while the others run", async () => {
  const { promise: listed, resolve: list } = Promise.withResolvers<void>();
  const media = stubSource({}, {
    list: async () => {
      await listed;
      return { files: [], folders: [], cursor: null, skipped: 0 };
    },
  });
  const app = createFilesApp({ sources: { media }, permissions: EVERYTHING, maxSearchesPerPerson: 2 });
  const search = (address: string) => app(new Request("http://localhost/-/files/search.json?q=a"), address);
  const searches = ["192.0.2.1", "192.0.2.1", "192.0.2.1", "192.0.2.2"].map(search);
  const refused = await Promise.race(searches);
  list();
  assertEquals([refused.status, await refused.json()], [429, {
    ok: false,
    errors: ["Too many of your searches are running. Wait for one of them."],
    code: "too_many",
  }]);
  const statuses = (await Promise.all(searches)).map(({ status }) => status);
  assertEquals(statuses.toSorted(), [200, 200, 200, 429]);
  assertEquals((await search("192.0.2.1")).status, 200);
});
