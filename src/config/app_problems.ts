import { ConfigError } from "../errors.ts";
import type { Mapping } from "../options/mapping.ts";
import { toCamelCase, toSnakeCase } from "../options/option_table.ts";
import { membersOf, type Problem, type Tree } from "../options/option_tree.ts";
import { placeProblem } from "../options/public_places.ts";
import { readSourceConfig, SOURCE_CONFIG } from "../options/source_config.ts";
import { sourceNameProblem } from "../options/source_name.ts";
import { STATE_NEEDS_SECRET } from "../state/state_option.ts";
import type { FILES_FILE, FilesInFile, SOURCE_FILE, SourceInFile } from "./app_file.ts";
import { findLoginProblems } from "./login_problems.ts";
import { FILES_PATH } from "./settings.ts";

/** A files app that has been read. What cannot be used is `undefined`. */
export type FilesTree = Tree<FilesInFile, typeof FILES_FILE>;

type Report = (path: readonly string[], reason: string, cause?: unknown) => void;

/**
 * Finds what cannot be used together, and adds to what has been found.
 *
 * @param how `written`: the sources as they are in the file.
 */
export function findAppProblems(
  tree: Partial<FilesTree>,
  { problems, written }: { readonly problems: Problem[]; readonly written: Mapping },
): void {
  const report: Report = (path, reason, cause) => void problems.push({ path: [...FILES_PATH, ...path], reason, cause });
  sayWhereOptionsBelong(problems);
  for (const name of Object.keys(written)) {
    const place = [...FILES_PATH, "sources", name].join("\n");
    const problem = sourceNameProblem(name);
    if (problem === undefined || problems.some(({ path }) => path.join("\n") === place)) continue;
    report(["sources", name], problem);
  }
  for (const [name, source] of membersOf(tree.sources)) findSourceProblem(name, source, report);
  const placeMistake = placeProblem(tree);
  if (placeMistake !== undefined) report(["base_path"], placeMistake);
  const { login, trustedProxies = [] } = tree;
  if (login !== undefined) {
    findLoginProblems(login, { spell: toSnakeCase, report: (path, reason) => report(["login", ...path], reason) });
  }
  if (login?.header !== undefined && login.header.from === undefined && trustedProxies.length === 0) {
    report(["login", "header"], 'it needs "from" or "trusted_proxies": the addresses that may say who someone is');
  }
  if (tree.state !== undefined && tree.state !== "memory:" && !("secret" in tree)) {
    report(["state"], STATE_NEEDS_SECRET);
  }
}

/** The options of a source are easily written beside "config". */
function sayWhereOptionsBelong(problems: Problem[]): void {
  for (const [index, problem] of problems.entries()) {
    const [name = "", ...more] = problem.path.slice(FILES_PATH.length + 2);
    const isSourceOption = Object.hasOwn(SOURCE_CONFIG, toCamelCase(name)) && more.length === 0;
    if (problem.path[FILES_PATH.length] !== "sources" || !isSourceOption) continue;
    problems[index] = { ...problem, reason: 'it belongs below "config"' };
  }
}

function findSourceProblem(name: string, { config }: Tree<SourceInFile, typeof SOURCE_FILE>, report: Report): void {
  try {
    readSourceConfig(config ?? {});
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    report(["sources", name, "config"], error.message, error.cause);
  }
}
