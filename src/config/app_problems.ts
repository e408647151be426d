import { ConfigError, show } from "../errors.ts";
import type { Mapping } from "../options/mapping.ts";
import { toCamelCase } from "../options/option_table.ts";
import { membersOf, type Problem, type Tree } from "../options/option_tree.ts";
import { placeProblem } from "../options/public_places.ts";
import { readSourceConfig, SOURCE_CONFIG } from "../options/source_config.ts";
import { sourceNameProblem } from "../options/source_name.ts";
import type { FILES_FILE, FilesInFile, SOURCE_FILE, SourceInFile } from "./app_file.ts";
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
  findLoginProblems(tree, report);
  if (tree.state !== undefined && tree.state !== "memory:" && !("secret" in tree)) {
    report(["state"], 'it needs "secret", the same in every process');
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

function findLoginProblems({ login, trustedProxies }: Partial<FilesTree>, report: Report): void {
  if (login === undefined) return;
  const { oidc, header } = login;
  if ("oidc" in login && "header" in login) {
    report(["login"], 'it has both "oidc" and "header", and people log in by one of them');
  }
  if (header !== undefined && header.from === undefined && (trustedProxies ?? []).length === 0) {
    report(["login", "header"], 'it needs "from" or "trusted_proxies": the addresses that may say who someone is');
  }
  const prefixes = new Map<string, string>();
  const providers = membersOf(oidc);
  if (oidc !== undefined && Object.keys(oidc).length === 0) report(["login", "oidc"], "it has no provider");
  for (const [name, { actorPrefix }] of providers) {
    const other = prefixes.get(actorPrefix);
    if (other !== undefined) {
      report(
        ["login", "oidc"],
        `${show(other)} and ${show(name)} have the same "actor_prefix", and people of one could be those of the other`,
      );
    }
    prefixes.set(actorPrefix, name);
  }
}
