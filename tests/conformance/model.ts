import { assertEquals } from "@std/assert";
import fc from "fast-check";
import type { S3Source } from "../../mod.ts";
import { collect, type ConformanceStore, type ConformanceTest, toText } from "./suite.ts";

/** Random sequences of operations have the same effect on a store and on a map. */
export function testModel(test: ConformanceTest): void {
  test("random sequences of operations agree with a map", async ({ open, prefix, store }) => {
    let count = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(STEPS, { minLength: 1, maxLength: 20, size: "max" }), async (steps) => {
        const source = open(`${prefix}${count++}/`);
        const model: Model = new Map();
        for (const { run } of steps) await run(source, model, store);
        assertEquals((await collect(source.walk())).map(({ path }) => path).sort(), [...model.keys()].sort());
        for (const [path, content] of model) assertEquals(toText(await source.read(path)), content);
      }),
      { numRuns: 60 },
    );
  });
}

type Model = Map<string, string>;

/** An operation on a source and its model; `shown` is for the report of a failed property. */
interface Step {
  readonly shown: string;
  readonly run: (source: S3Source, model: Model, store: ConformanceStore) => Promise<void>;
}

// No path is the folder of another: some stores cannot have a file and a folder of the same name.
const PATH = fc.constantFrom("a.txt", "b b.txt", "e+%.bin", "dir/a", "dir/ü", "dir/sub/x", "dir2/a");
const CONTENT = fc.string({ unit: "grapheme", maxLength: 30, size: "max" });

const STEPS: fc.Arbitrary<Step> = fc.oneof(
  fc.tuple(PATH, CONTENT).map((file) => upload(...file)),
  fc.tuple(PATH, CONTENT).map((file) => create(...file)),
  PATH.map(remove),
  fc.array(PATH, { maxLength: 4 }).map(removeMany),
  fc.tuple(PATH, PATH, fc.constantFrom("copy" as const, "move" as const)).map((args) => transfer(...args)),
  PATH.map(stat),
  fc.constantFrom("", "dir/", "dir/sub/").map(list),
);

function upload(path: string, content: string): Step {
  return {
    shown: `upload ${path}`,
    async run(source, model) {
      const { size } = await source.upload(path, content);
      assertEquals(size, sizeOf(content));
      model.set(path, content);
    },
  };
}

function create(path: string, content: string): Step {
  return {
    shown: `create ${path}`,
    async run(source, model) {
      const outcome = await source.upload(path, content, { ifNoneMatch: "*" }).catch((error) => error);
      assertEquals(outcome.name === "PreconditionFailedError", model.has(path), String(outcome));
      if (!model.has(path)) model.set(path, content);
    },
  };
}

function remove(path: string): Step {
  return {
    shown: `delete ${path}`,
    async run(source, model) {
      await source.delete(path);
      model.delete(path);
    },
  };
}

function removeMany(paths: string[]): Step {
  return {
    shown: `delete ${paths.join(", ")}`,
    async run(source, model) {
      assertEquals(await source.deleteMany(paths), { deletedCount: new Set(paths).size, errors: [] });
      for (const path of paths) model.delete(path);
    },
  };
}

function transfer(from: string, to: string, kind: "copy" | "move"): Step {
  return {
    shown: `${kind} ${from} to ${to}`,
    async run(source, model) {
      const content = model.get(from);
      const outcome = await source[kind](from, to).catch((error) => error);
      if (from === to) return assertEquals(outcome.name, "InvalidArgumentError");
      if (content === undefined) return assertEquals(outcome.name, "FileNotFoundError");
      assertEquals(outcome.path, to, String(outcome));
      model.set(to, content);
      if (kind === "move") model.delete(from);
    },
  };
}

function stat(path: string): Step {
  return {
    shown: `stat ${path}`,
    async run(source, model) {
      const content = model.get(path);
      assertEquals((await source.stat(path))?.size, content === undefined ? undefined : sizeOf(content));
    },
  };
}

function list(folder: string): Step {
  return {
    shown: `list ${folder}`,
    async run(source, model, { keepsEmptyFolders }) {
      const { files, folders } = await source.list({ prefix: folder, folders: true });
      const below = [...model.keys()].filter((path) => path.startsWith(folder)).map((path) =>
        path.slice(folder.length)
      );
      const expected = new Set(below.map((rest) => folder + rest.slice(0, (rest.indexOf("/") + 1) || undefined)));
      const listed = folders.filter((path) => !keepsEmptyFolders || expected.has(path));
      assertEquals([...files.map(({ path }) => path), ...listed].sort(), [...expected].sort());
    },
  };
}

function sizeOf(content: string): number {
  return new TextEncoder().encode(content).byteLength;
}
