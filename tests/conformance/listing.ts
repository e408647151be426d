import { assert, assertEquals, assertRejects } from "@std/assert";
import { InvalidArgumentError, type ListOptions, type S3Source, ScopeChangedError } from "../../mod.ts";
import { collect, type ConformanceTest } from "./suite.ts";

/** Pages, folders and cursors. */
export function testListing(test: ConformanceTest): void {
  test("list() of an empty folder has nothing", async ({ source }) => {
    assertEquals(await source.list(), { files: [], folders: [], cursor: null, skipped: 0 });
  });

  test("list() describes files", async ({ source }) => {
    const { etag } = await source.upload("notes/hello.txt", "Hello");
    const { files: [file] } = await source.list();
    assert(Math.abs((file?.lastModified?.getTime() ?? 0) - Date.now()) < 60_000);
    assertEquals({ ...file, lastModified: undefined }, {
      path: "notes/hello.txt",
      name: "hello.txt",
      size: 5,
      etag,
      lastModified: undefined,
    });
  });

  test("list() has files of all levels in the order of their UTF-8 bytes", async ({ source }) => {
    await create(source, ["b", "a/2/3", "😀", "a/1", "B", "\uFFFD", "é"]);
    assertEquals(await pathsOf(source), ["B", "a/1", "a/2/3", "b", "é", "\uFFFD", "😀"]);
  });

  test("list() orders a folder by its slash", async ({ source }) => {
    await create(source, ["a/1", "a b/1", "a-b/1", "a0/1"]);
    assertEquals(await pathsOf(source), ["a b/1", "a-b/1", "a/1", "a0/1"]);
    assertEquals((await source.list({ recursive: false })).folders, ["a b/", "a-b/", "a/", "a0/"]);
  });

  test("list() without recursion has one level", async ({ source }) => {
    await create(source, ["a.txt", "b/1.txt", "b/2.txt", "b c/1.txt", "d/e/f.txt", "g+h/1.txt"]);
    const { files, folders, cursor } = await source.list({ recursive: false });
    assertEquals(files.map((file) => file.path), ["a.txt"]);
    assertEquals(folders.toSorted(), ["b c/", "b/", "d/", "g+h/"]);
    assertEquals(cursor, null);
  });

  test("list() of a folder without recursion has that folder's level, with whole paths", async ({ source }) => {
    await create(source, ["a.txt", "d/1.txt", "d/e/f.txt", "d/e/g/h.txt"]);
    const { files, folders } = await source.list({ prefix: "d/", recursive: false });
    assertEquals([files.map((file) => file.path), folders], [["d/1.txt"], ["d/e/"]]);
  });

  for (
    const [prefix, expected] of [
      ["team", ["team-2/a", "team.txt", "team/a", "team/b/c", "teammate"]],
      ["team/", ["team/a", "team/b/c"]],
      ["team/b", ["team/b/c"]],
      ["..b", ["..backup"]],
      ["é+ ", ["é+ %.txt"]],
    ] as const
  ) {
    test(`list() and walk() with the prefix "${prefix}" have all paths that begin so`, async ({ source }) => {
      await create(source, ["..backup", "tea", "team/a", "team/b/c", "team-2/a", "team.txt", "teammate", "é+ %.txt"]);
      assertEquals<readonly string[]>((await pathsOf(source, { prefix })).toSorted(), expected);
      assertEquals<readonly string[]>(
        (await collect(source.walk({ prefix }))).map(({ path }) => path).toSorted(),
        expected,
      );
    });
  }

  test("list() with the beginning of names, without recursion, has the folders that begin so", async ({ source }) => {
    await create(source, ["tea", "team/a", "team/b/c", "team-2/a", "team.txt", "x/team"]);
    const { files, folders } = await source.list({ prefix: "team", recursive: false });
    assertEquals([files.map(({ path }) => path), folders.toSorted()], [["team.txt"], ["team-2/", "team/"]]);
  });

  test("list() of a folder that does not exist has nothing", async ({ source }) => {
    await create(source, ["a/b"]);
    assertEquals(await source.list({ prefix: "b/" }), { files: [], folders: [], cursor: null, skipped: 0 });
  });

  test("list() leaves out the marker of the listed folder", async ({ source }) => {
    await source.upload("folder/", "");
    await source.upload("folder/a", "A");
    assertEquals(await pathsOf(source, { prefix: "folder/" }), ["folder/a"]);
    assertEquals(await pathsOf(source.folder("folder")), ["a"]);
    for (const recursive of [true, false]) {
      const { files } = await source.list({ prefix: "folder/", recursive, limit: 1 });
      assertEquals(files.map(({ path }) => path), ["folder/a"]);
    }
    assertEquals((await source.list({ recursive: false })).folders, ["folder/"]);
  });

  for (const limit of [1, 2, 3, 7, 100]) {
    test(`list() with limit ${limit} reaches the end by its cursors`, async ({ source }) => {
      const paths = ["a+b", "b c", "d-2/1", "d/1", "d/2", "e&f", "ü", "😀"];
      await create(source, paths);
      const pages = await pagesOf(source, { limit });
      assertEquals(pages.flatMap((page) => page.files.map((file) => file.path)).toSorted(), paths);
      assert(pages.every((page) => page.files.length <= limit));
    });
  }

  test("list() with a limit, without recursion, reaches the end by its cursors", async ({ source }) => {
    await create(source, ["a/1", "a/2", "b", "c/1", "c/2", "d", "e/1"]);
    const pages = await pagesOf(source, { limit: 2, recursive: false });
    assertEquals(pages.flatMap((page) => page.files.map((file) => file.path)), ["b", "d"]);
    assertEquals(pages.flatMap((page) => page.folders), ["a/", "c/", "e/"]);
    assert(pages.every((page) => page.files.length + page.folders.length <= 2));
  });

  test("list() with a limit above 1,000 has that many", async ({ source }) => {
    const paths = Array.from({ length: 1203 }, (_, index) => `file ${String(index).padStart(5, "0")}`);
    await create(source, paths);
    const { files, cursor } = await source.list({ limit: 1200 });
    assertEquals(files.map((file) => file.path), paths.slice(0, 1200));
    const last = await source.list({ limit: 1200, cursor });
    assertEquals([last.files.map((file) => file.path), last.cursor], [paths.slice(1200), null]);
    assertEquals((await source.list({ limit: 5000 })).files.length, 1203);
    assertEquals((await collect(source.walk())).map((file) => file.path), paths);
    assertEquals((await source.deleteMany(paths)).deletedCount, 1203);
    assertEquals((await source.list()).files, []);
  });

  for (const limit of [0, -1, 1.5, NaN]) {
    test(`list() rejects the limit ${limit}`, async ({ source }) => {
      await assertRejects(() => source.list({ limit }), InvalidArgumentError, "limit");
    });
  }

  test("list() rejects a cursor of another folder with ScopeChangedError", async ({ source }) => {
    await create(source, ["a/1", "a/2", "b/1", "b/2"]);
    const { cursor } = await source.list({ prefix: "a/", limit: 1 });
    assert(cursor !== null);
    await assertRejects(() => source.list({ prefix: "b/", limit: 1, cursor }), ScopeChangedError);
  });

  test("list() rejects a cursor of another source with ScopeChangedError", async ({ source, open, prefix }) => {
    await create(source, ["a/1", "a/2"]);
    const { cursor } = await source.list({ limit: 1 });
    await assertRejects(() => open(`${prefix}a/`).list({ limit: 1, cursor }), ScopeChangedError);
  });

  test("list() rejects a cursor that is none", async ({ source }) => {
    await assertRejects(() => source.list({ cursor: "nonsense" }), InvalidArgumentError, "cursor");
  });

  test("walk() yields the files of a folder", async ({ source }) => {
    await create(source, ["a/1", "a/b/2", "a-2/3", "c"]);
    const files = await collect(source.folder("a").walk());
    assertEquals(files.map((file) => [file.path, file.size]), [["1", 3], ["b/2", 5]]);
  });

  test("walk() can be left early", async ({ source }) => {
    await create(source, ["a", "b", "c"]);
    for await (const { path } of source.walk()) {
      assertEquals(path, "a");
      break;
    }
  });
}

/** Uploads files whose content is their path, sixteen at a time. */
async function create(source: S3Source, paths: readonly string[]): Promise<void> {
  const queue = [...paths];
  const work = async () => {
    for (let path = queue.shift(); path !== undefined; path = queue.shift()) await source.upload(path, path);
  };
  await Promise.all(Array.from({ length: 16 }, work));
}

async function pathsOf(source: S3Source, options: ListOptions = {}): Promise<string[]> {
  return (await source.list(options)).files.map((file) => file.path);
}

async function pagesOf(source: S3Source, options: ListOptions): Promise<Awaited<ReturnType<S3Source["list"]>>[]> {
  const pages = [];
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<S3Source["list"]>> = await source.list({ ...options, cursor });
    pages.push(page);
    cursor = page.cursor;
  } while (cursor !== null && pages.length < 100);
  return pages;
}
