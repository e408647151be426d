import { assertEquals } from "@std/assert";
import { type ConformanceTest, toText } from "./suite.ts";

/** A source has access to its own folder only. */
export function testScope(test: ConformanceTest): void {
  for (const folder of ["team", "team/"]) {
    test(`createS3Source() with the prefix "${folder}" never sees "team-2/"`, async ({ open, prefix }) => {
      const [team, neighbour] = [open(prefix + folder), open(`${prefix}team-2/`)];
      await team.upload("mine.txt", "mine");
      await neighbour.upload("theirs.txt", "theirs");
      assertEquals((await team.list()).files.map((file) => file.path), ["mine.txt"]);
      const all = (await open(prefix).list()).files.map((file) => file.path);
      assertEquals(all.toSorted(), ["team-2/theirs.txt", "team/mine.txt"]);
    });
  }

  test("createS3Source() without a prefix works with whole keys", async ({ open, source, prefix }) => {
    await source.upload("a.txt", "A");
    assertEquals(toText(await open("").read(`${prefix}a.txt`)), "A");
  });

  test("folder() narrows the source", async ({ source }) => {
    const folder = source.folder("sub folder");
    await folder.upload("a.txt", "A");
    await source.upload("sub folder-2/b.txt", "B");
    assertEquals((await folder.list()).files.map((file) => file.path), ["a.txt"]);
    assertEquals(toText(await source.read("sub folder/a.txt")), "A");
  });

  test("folder() of a folder narrows further", async ({ source }) => {
    await source.folder("a").folder("b/").upload("c.txt", "C");
    assertEquals((await source.list()).files.map((file) => file.path), ["a/b/c.txt"]);
    assertEquals((await source.folder("a/b").stat("c.txt"))?.path, "c.txt");
  });

  test('folder("") is the source itself', async ({ source }) => {
    await source.folder("").upload("a.txt", "A");
    assertEquals((await source.list()).files.map((file) => file.path), ["a.txt"]);
  });

  test("connect() of a folder has the folder's prefix", async ({ source, prefix }) => {
    assertEquals((await source.folder("a b").connect()).prefix, `${prefix}a b/`);
  });

  test("credentials() has the keys the source works with", async ({ source, store }) => {
    const { accessKeyId, secretAccessKey } = await source.credentials();
    assertEquals([accessKeyId, secretAccessKey], [store.config.accessKeyId, store.config.secretAccessKey]);
  });
}
