import { assertEquals } from "@std/assert";
import { filesIn } from "../../src/app/browser/dropped_files.js";

/** A dropped file as browsers hand it over. */
function file(fullPath: string) {
  const name = fullPath.slice(fullPath.lastIndexOf("/") + 1);
  const blob = new File([fullPath], name);
  return { fullPath, name, isFile: true, isDirectory: false, file: (done: (file: File) => void) => done(blob) };
}

/** A dropped folder, which gives its entries in lists of a hundred, and then an empty one. */
function folder(fullPath: string, entries: unknown[]) {
  const lists = Array.from(
    { length: Math.ceil(entries.length / 100) },
    (_, i) => entries.slice(i * 100, i * 100 + 100),
  );
  const createReader = () => ({ readEntries: (done: (list: unknown[]) => void) => done(lists.shift() ?? []) });
  return { fullPath, name: fullPath, isFile: false, isDirectory: true, createReader };
}

const pathsIn = async (entry: unknown, unreadable: string[] = []) => {
  // The parts of it that are used.
  const files = await filesIn(entry as Parameters<typeof filesIn>[0], unreadable);
  return files.map(({ path }) => path);
};

Deno.test("a dropped file is uploaded under its name", async () => {
  assertEquals(await pathsIn(file("/a b.txt")), ["a b.txt"]);
});

Deno.test("a dropped folder without files has a path that ends in a slash", async () => {
  assertEquals(await pathsIn(folder("/empty", [])), ["empty/"]);
});

Deno.test("a dropped folder is uploaded with the paths of its files and of its empty folders", async () => {
  const tree = folder("/tree", [
    file("/tree/a"),
    folder("/tree/sub", [file("/tree/sub/b")]),
    folder("/tree/empty", []),
  ]);
  assertEquals(await pathsIn(tree), ["tree/a", "tree/sub/b", "tree/empty/"]);
});

Deno.test("a dropped folder is read until it has no more entries", async () => {
  const entries = Array.from({ length: 250 }, (_, index) => file(`/many/${index}`));
  assertEquals((await pathsIn(folder("/many", entries))).length, 250);
});

Deno.test("what cannot be read in a dropped folder is left out, and named", async () => {
  const fail = (_done: unknown, failed: (error: Error) => void) => failed(new Error("NotReadableError"));
  const tree = folder("/tree", [
    file("/tree/a"),
    { ...file("/tree/b"), file: fail },
    { ...folder("/tree/c", []), createReader: () => ({ readEntries: fail }) },
    file("/tree/d"),
  ]);
  const unreadable: string[] = [];
  assertEquals(await pathsIn(tree, unreadable), ["tree/a", "tree/d"]);
  assertEquals(unreadable, ["tree/b", "tree/c"]);
});

Deno.test("a dropped text or link is not uploaded", async () => {
  assertEquals(await pathsIn(null), []);
});
