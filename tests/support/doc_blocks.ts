/** A fenced block of code in a documentation. */
export interface DocBlock {
  /** The file and the line of its beginning, e.g. `README.md:12`. */
  readonly place: string;
  /** The whole of what is behind the opening fence, e.g. `ts`. */
  readonly kind: string;
  /** What is in it. */
  readonly text: string;
}

/** A file of the project that people read. */
export interface DocPage {
  /** Its path in the project. */
  readonly path: string;
  /** Its text; of a source its comments, on lines of their own. */
  readonly text: string;
}

/** Every Markdown page outside of tests, and every source with comments for those who use the package or an example. */
export async function readDocPages(): Promise<DocPage[]> {
  const pages: DocPage[] = [];
  for (const folder of ["", ".github/", "bench/", "docs/", "examples/", "src/"]) {
    for await (const path of listFiles(folder, { isDeep: folder !== "" })) {
      const isSource = path.endsWith(".ts") && folder !== "bench/";
      if (!isSource && !path.endsWith(".md")) continue;
      const text = await Deno.readTextFile(new URL(path, ROOT));
      pages.push({ path, text: isSource ? commentsOf(text) : text });
    }
  }
  return pages.toSorted((one, other) => one.path < other.path ? -1 : 1);
}

/** The blocks of a page, in their order. One that is indented, as in a list, loses its indentation. */
export function blocksOf({ path, text }: DocPage): DocBlock[] {
  const blocks: DocBlock[] = [];
  let open: { indentation: string; kind: string; place: string; lines: string[] } | undefined;
  for (const [index, line] of text.split("\n").entries()) {
    if (open === undefined) {
      const [, indentation, kind = ""] = /^( *)```(.*)$/.exec(line) ?? [];
      if (indentation !== undefined) {
        open = { indentation, kind: kind.trim(), place: `${path}:${index + 1}`, lines: [] };
      }
    } else if (line.trim() === "```") {
      blocks.push({ place: open.place, kind: open.kind, text: `${open.lines.join("\n")}\n` });
      open = undefined;
    } else {
      const { indentation } = open;
      open.lines.push(line.startsWith(indentation) ? line.slice(indentation.length) : line.trimStart());
    }
  }
  if (open !== undefined) throw new Error(`${open.place}: the block has no end`);
  return blocks;
}

async function* listFiles(folder: string, { isDeep }: { isDeep: boolean }): AsyncGenerator<string> {
  for await (const { name, isDirectory } of readFolder(folder)) {
    if (!isDirectory) yield folder + name;
    else if (isDeep) yield* listFiles(`${folder}${name}/`, { isDeep });
  }
}

async function* readFolder(folder: string): AsyncGenerator<Deno.DirEntry> {
  try {
    yield* Deno.readDir(new URL(folder === "" ? "." : folder, ROOT));
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** The documentation comments of a source; other lines are empty, so that lines keep their numbers. */
function commentsOf(source: string): string {
  return source.split("\n").map((line) => /^\s*\* ?(?!\/)(.*)$/.exec(line)?.[1] ?? "").join("\n");
}

const ROOT = new URL("../..", import.meta.url);
