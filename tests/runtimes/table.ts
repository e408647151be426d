import { FEATURES } from "./features.ts";
import { RUNTIME_LIMITS } from "./guest/suite.ts";
import { type Runtime, RUNTIMES } from "./names.ts";

/** The features of each runtime, as these tests check them: a row for each feature, starting with its name. */
export function runtimeTable(): string[][] {
  const limitsOf = (runtime: Runtime) => Object.values(RUNTIME_LIMITS[runtime] ?? {}).map(({ seen }) => seen);
  return [
    ["all operations of a source", ...RUNTIMES.map((runtime) => ["yes", ...limitsOf(runtime)].join("; but "))],
    ...FEATURES.map(({ name, cannot }) => [name, ...RUNTIMES.map((runtime) => cannot?.[runtime] ?? "yes")]),
  ];
}

/** The rows of the tables of a Markdown text whose columns are the runtimes. */
export function readRuntimeTables(markdown: string): string[][] {
  const tables = markdown.matchAll(/(?:^\|.*\|\n)+/gm);
  const rowsOf = ([table]: RegExpExecArray) => table.trim().split("\n").map((line) => line.split("|").slice(1, -1));
  return [...tables].flatMap((table) => {
    const [header = [], , ...rows] = rowsOf(table).map((row) => row.map((cell) => cell.trim()));
    const isOfRuntimes = RUNTIMES.every((runtime, index) => header[index + 1]?.startsWith(runtime));
    return isOfRuntimes ? rows : [];
  });
}
