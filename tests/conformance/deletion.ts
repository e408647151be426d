import { assertEquals, assertRejects } from "@std/assert";
import { InvalidPathError } from "../../mod.ts";
import type { ConformanceTest } from "./suite.ts";

/** Deleting one file, or many. */
export function testDeletion(test: ConformanceTest): void {
  test("delete() removes a file and no other", async ({ source }) => {
    await source.upload("a", "A");
    await source.upload("ab", "AB");
    await source.delete("a");
    assertEquals((await source.list()).files.map((file) => file.path), ["ab"]);
  });

  test("delete() of a missing file is no error", async ({ source }) => {
    await source.delete("missing");
  });

  test("deleteMany() removes files, awkward and missing ones among them", async ({ source }) => {
    const paths = ["a b", "a+b", "<&>\"'.txt", "100%/ü", "emoji 😀", "..backup"];
    for (const path of [...paths, "kept"]) await source.upload(path, path);
    const result = await source.deleteMany([...paths, "missing"]);
    assertEquals(result, { deletedCount: paths.length + 1, errors: [] });
    assertEquals((await source.list()).files.map((file) => file.path), ["kept"]);
  });

  test("deleteMany() of nothing does nothing", async ({ source }) => {
    assertEquals(await source.deleteMany([]), { deletedCount: 0, errors: [] });
  });

  test("deleteMany() takes more than 1,000 paths", async ({ source }) => {
    await source.upload("0001", "A");
    await source.upload("1100", "A");
    const paths = Array.from({ length: 1101 }, (_, index) => String(index).padStart(4, "0"));
    assertEquals(await source.deleteMany(paths), { deletedCount: 1101, errors: [] });
    assertEquals((await source.list()).files, []);
  });

  test("deleteFolder() deletes a folder with its subfolders and markers, and nothing beside it", async ({ source }) => {
    const inside = ["old/a", "old/b/c/d", "old/b/e", "old/empty/"];
    for (const path of [...inside, "older/a", "new/old/a"]) await source.upload(path, "");
    assertEquals(await source.deleteFolder("old"), { deletedCount: 4, errors: [] });
    const { files, folders } = await source.list({ folders: true });
    assertEquals([files.map(({ path }) => path), folders], [[], ["new/", "older/"]]);
    assertEquals(await source.deleteFolder("old/"), { deletedCount: 0, errors: [] });
  });

  test("deleteMany() deletes nothing if one path is invalid", async ({ source }) => {
    await source.upload("a", "A");
    await assertRejects(() => source.deleteMany(["a", "../b"]), InvalidPathError);
    assertEquals((await source.list()).files.map((file) => file.path), ["a"]);
  });
}
