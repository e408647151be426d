import type { FileStorage } from "@remix-run/file-storage";
import type { FileLike } from "../../src/adapters/remix.ts";

/** A storage of Remix; also one of `LazyFile`s, which do not have all that a `File` has in Deno's types. */
export interface AnyStorage extends Pick<FileStorage, "has" | "list" | "remove"> {
  get(key: string): Stored | null | Promise<Stored | null>;
  put(key: string, file: FileLike): Stored | Promise<Stored>;
  set(key: string, file: FileLike): void | Promise<void>;
}

interface Stored extends FileLike, Pick<File, "arrayBuffer" | "bytes" | "text"> {
  slice(...args: Parameters<File["slice"]>): Omit<Stored, "name" | "lastModified">;
}

/** Keys that paths, URLs or some stores would not take as they are. */
export const HOSTILE_KEYS: readonly string[] = [
  "user:1/avatar?x=%",
  "",
  ".",
  "..",
  "...",
  "../up",
  "a/../b",
  "a/./b",
  "a/..",
  ".hidden",
  "..hidden",
  "/",
  "//",
  "/abs",
  "a",
  "a/",
  "a//",
  "a//b",
  "a/b",
  "A",
  "a\\b",
  "..\\b",
  "%",
  "%%",
  "%25",
  "a%2Fb",
  "%/",
  ".%",
  "..%/x",
  "%uD800",
  "a b",
  " a ",
  "a+b",
  "a&b=c#d;e",
  "<a>'\"",
  "\u0000",
  "line\nline\r\ttab",
  "\u007f\u009f",
  "ünïcode/日本/😀",
  "e\u0301",
  "é",
  "\uFFFE\uFFFF\uFEFF",
  "?versionId=1",
  "constructor",
  "__proto__",
  "x".repeat(250),
  `${"long/".repeat(150)}end`,
];

/** Names and types that a header would not take as they are. */
const NAMES = ["a.txt", "", " a b ", "ünï 日本😀.png", "100%.txt", "a%20b", "\"q\";x='y'", "../../etc/passwd", "a\nb"];
const TYPES = ["", "text/plain", "text/html;charset=utf-8", "application/x-a+b", "not a type", "*/*", " a/b "];

/** Arguments of `slice`. */
const SLICES: readonly (readonly [number?, number?, string?])[] = [
  [],
  [0, 5],
  [3],
  [-5],
  [3, -2],
  [-5, -2],
  [10, 5],
  [0, Infinity],
  [-Infinity, 4],
  [99],
  [-99, 2],
  [0, 0],
  [1, 4, "text/x"],
];

/** Everything about a file. */
async function describe(file: Stored | null) {
  if (file === null) return null;
  const { name, type, size, lastModified } = file;
  return { name, type, size, lastModified, text: await file.text() };
}

function fileOf(text: string, name = "hello.txt", options: FilePropertyBag = {}): File {
  return new File([text], name, { type: "text/plain", lastModified: 1_234_567_890_123, ...options });
}

async function pagesOf(storage: AnyStorage, options: { limit?: number; prefix?: string }): Promise<string[][]> {
  const pages: string[][] = [];
  let cursor: string | undefined;
  do {
    const page: { files: { key: string }[]; cursor?: string } = await storage.list({
      ...options,
      ...cursor !== undefined && { cursor },
    });
    pages.push(page.files.map(({ key }) => key));
    cursor = page.cursor;
  } while (cursor !== undefined);
  return pages;
}

/** What applications do with a storage. Each gets an empty one, and returns what it has seen. */
export const PROGRAMS: Readonly<Record<string, (storage: AnyStorage) => Promise<unknown>>> = {
  async "stores, finds and removes a file"(storage) {
    const before = [await storage.get("key"), await storage.has("key"), (await storage.list()).files];
    await storage.set("key", fileOf("Hello"));
    const during = [await describe(await storage.get("key")), await storage.has("key"), await storage.has("ke")];
    await storage.remove("key");
    await storage.remove("key");
    return { before, during, after: [await storage.get("key"), await storage.has("key")] };
  },

  async "put returns the stored file"(storage) {
    const file = await storage.put("key", fileOf("Hello, world!"));
    return [await describe(file), await file.slice(7, 12).text(), await describe(await storage.get("key"))];
  },

  async "replaces a file with its name and type"(storage) {
    await storage.set("key", fileOf("one", "one.txt"));
    await storage.set("key", fileOf("two!", "two", { type: "", lastModified: 5 }));
    return await describe(await storage.get("key"));
  },

  async "keeps every name and type"(storage) {
    const seen = [];
    for (const [index, name] of NAMES.entries()) {
      for (const type of index === 0 ? TYPES : TYPES.slice(0, 1)) {
        const file = await storage.put("key", fileOf("x", name, { type }));
        seen.push([await describe(file), await describe(await storage.get("key"))]);
      }
    }
    return seen;
  },

  async "keeps times before 1970 and far away"(storage) {
    const seen = [];
    for (const lastModified of [0, -1, 8_640_000_000_000_000]) {
      await storage.set("key", fileOf("x", "x", { lastModified }));
      seen.push((await storage.get("key"))?.lastModified);
    }
    return seen;
  },

  async "keeps files with hostile keys apart"(storage) {
    for (const key of HOSTILE_KEYS) await storage.set(key, fileOf(`content of ${key}`, key));
    const found = [];
    for (const key of HOSTILE_KEYS) found.push([await storage.has(key), await describe(await storage.get(key))]);
    const listed = (await pagesOf(storage, { limit: 1000 })).flat().toSorted();
    for (const key of HOSTILE_KEYS.filter((_, index) => index % 2 === 0)) await storage.remove(key);
    const left = (await pagesOf(storage, { limit: 1000 })).flat().toSorted();
    return { found, listed, left };
  },

  async "lists the keys that begin with any text"(storage) {
    for (const key of HOSTILE_KEYS) await storage.set(key, fileOf("", key));
    const seen: [string, string[]][] = [];
    const prefixes = HOSTILE_KEYS.flatMap((key) => [key, key.slice(0, 1), key.slice(0, 3), `${key}/`]);
    for (const prefix of new Set(prefixes.filter((prefix) => prefix.isWellFormed()))) {
      seen.push([prefix, (await pagesOf(storage, { prefix, limit: 1000 })).flat().toSorted()]);
    }
    return seen;
  },

  async "lists pages"(storage) {
    const keys = Array.from({ length: 7 }, (_, index) => `page/${index}`);
    for (const key of [...keys, "other"]) await storage.set(key, fileOf(key));
    const seen = [];
    for (const limit of [1, 2, 3, 7, 8, 100]) {
      const pages = await pagesOf(storage, { limit, prefix: "page/" });
      seen.push([pages.map(({ length }) => length), pages.flat().toSorted()]);
    }
    const all = (await pagesOf(storage, {})).flat().toSorted();
    return [seen, all, (await storage.list({ limit: 0 })).files];
  },

  async "lists metadata"(storage) {
    for (const key of ["a", "b/c", "%"]) {
      await storage.set(key, fileOf(key, `${key}.txt`, { type: "", lastModified: key.length }));
    }
    const { files } = await storage.list({ includeMetadata: true });
    return files.toSorted((a, b) => a.key < b.key ? -1 : 1);
  },

  async "reads a file in every way"(storage) {
    await storage.set("key", fileOf("\uFEFFHello, wörld 😀"));
    const file = await storage.get("key");
    if (file === null) return null;
    return [
      await file.text(),
      [...new Uint8Array(await file.arrayBuffer())],
      [...await file.bytes()],
      await new Response(file.stream()).text(),
      await describe(await storage.put("empty", fileOf(""))),
      (await new Response((await storage.get("empty"))?.stream()).bytes()).length,
    ];
  },

  async "slices a file as the web does"(storage) {
    const file = await storage.put("key", fileOf("0123456789"));
    const seen = [];
    for (const args of SLICES) {
      const slice = file.slice(...args);
      const again = slice.slice(1, -1);
      seen.push([args, slice.size, slice.type, await slice.text(), await new Response(again.stream()).text()]);
    }
    return seen;
  },

  async "stores a file of its own under another key"(storage) {
    const file = await storage.put("one", fileOf("content", "name"));
    await storage.set("two", file);
    return await describe(await storage.get("two"));
  },

  async "stores many files at once"(storage) {
    const keys = Array.from({ length: 40 }, (_, index) => `${index % 4}/${index}`);
    await Promise.all(keys.map((key) => storage.set(key, fileOf(key, key))));
    return await Promise.all(keys.map(async (key) => await describe(await storage.get(key))));
  },
};
