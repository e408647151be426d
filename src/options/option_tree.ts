import { ConfigError, show } from "../errors.ts";
import { isGroup, kindInFile, quotable } from "./checks.ts";
import { recordOf } from "./mapping.ts";
import { hasType, type Option, readLevel, type Table, toCamelCase } from "./option_table.ts";

/** Something in a configuration that cannot be used. */
export interface Problem {
  /** The names that lead to it. */
  readonly path: readonly string[];
  /** As in `Cannot use "broker.tenants.team.bucket": …`. */
  readonly reason: string;
  /** The failure that it comes from, if there is one. */
  readonly cause?: unknown;
}

/** How {@link readTree} reads. */
export interface TreeReading {
  /** The names that lead to the group, as messages show them. */
  readonly path: readonly string[];
  /** Receives everything that is wrong. */
  readonly problems: Problem[];
  /** Replaces references to variables and files. Default: there are none. */
  readonly resolve?: (value: unknown, option: Option) => Resolved;
}

/** The value that a reference leads to, or why it leads nowhere. */
export type Resolved = { readonly value: unknown } | Pick<Problem, "reason" | "cause">;

/**
 * A group that has been read: by camelCase names, without `null`, and with defaults. As long as there are problems,
 * values that cannot be used are `undefined`, and so is a group, or a value of a mapping by name, that has one in it.
 */
export type Tree<Options, Rows> =
  & {
    readonly [Name in keyof Options & keyof Rows]?:
      | TreeValue<Exclude<Options[Name], undefined>, Rows[Name]>
      | undefined;
  }
  & {
    readonly [Name in keyof Options & keyof Rows as Rows[Name] extends Filled ? Name : never]-?: NonNullable<
      TreeValue<Options[Name], Rows[Name]>
    >;
  };

type Filled = { readonly default: unknown } | { readonly isRequired: true };

type TreeValue<Value, Row> = Row extends { readonly options: infer Rows } ? Tree<Value, Rows>
  : Row extends { readonly each: { readonly options: infer Rows } }
    ? Value extends Readonly<Record<string, infer Member>> ? Readonly<Record<string, Tree<Member, Rows>>>
    : never
  : Value;

/**
 * Reads a group of options, with the groups in it, by a table. Unlike `readOptions` it finds all mistakes, takes both
 * spellings of names, and speaks of texts and mappings, as it is for configurations that are written in files.
 */
export function readTree<Options extends object, Rows extends Table>(
  given: object,
  table: Rows,
  reading: TreeReading,
): Tree<Options, Rows> {
  const level = readLevel(given, table, {
    yamlOptions: table,
    word: "key",
    isFile: reading.resolve !== undefined,
    report: (name, reason) => reading.problems.push({ path: [...reading.path, name], reason }),
    read: (spelling, value, option) => readValue(value, option, { ...reading, path: [...reading.path, spelling] }),
  });
  const options = Object.entries<Option>(table).flatMap(([name, row]) => {
    const { value } = level.get(name) ?? { value: row.default };
    return value === undefined && !level.has(name) ? [] : [[name, value]];
  });
  return Object.fromEntries(options) as Tree<Options, Rows>;
}

function readValue(given: unknown, option: Option, reading: TreeReading): unknown {
  const { path, problems, resolve } = reading;
  const report = (problem: Pick<Problem, "reason" | "cause">) => void problems.push({ path, ...problem });
  const resolved = resolve?.(given, option) ?? { value: given };
  if (!("value" in resolved)) return report(resolved);
  let { value } = resolved;
  if (option.options !== undefined || option.each !== undefined) {
    if (!isGroup(value)) return report({ reason: `it must be a mapping, but is ${kindInFile(value)}` });
    if (option.each === undefined) return readGroup(value, option.options ?? {}, reading);
    if (!isSingle(value, option)) return readByName(value, option.each, reading);
    return recordOf([[option.single ?? "", readValue(value, option.each, reading)]]);
  }
  if (Array.isArray(value) && resolve !== undefined) {
    const items = Array.from<unknown, Resolved>(value, (item) => resolve(item, option));
    const [broken] = items.flatMap((item) => "value" in item ? [] : [item]);
    if (broken !== undefined) return report(broken);
    value = items.map((item) => "value" in item ? item.value : undefined);
  }
  const reason = misfit(value, option, { isWritten: value === given });
  return reason === undefined ? value : report({ reason });
}

function readGroup(given: object, table: Table, reading: TreeReading): object | undefined {
  const before = reading.problems.length;
  const group = readTree(given, table, reading);
  return reading.problems.length === before ? group : undefined;
}

/** Whether a value is given where there can be a mapping of them: it has a required option of one. */
export function isSingle(given: object, { single, each }: Option): boolean {
  if (single === undefined) return false;
  return Object.keys(given).some((name) => each?.options?.[toCamelCase(name)]?.isRequired);
}

function readByName(given: object, each: Option, reading: TreeReading): object {
  const members = Object.entries(given).map(([name, value]): [string, unknown] => {
    const path = [...reading.path, name];
    // deno-lint-ignore no-control-regex
    if (name === "" || /[\u0000-\u001f\u007f-\u009f]/.test(name)) {
      reading.problems.push({ path, reason: "its name is empty or has a control character" });
      return [name, undefined];
    }
    return [name, readValue(value, each, { ...reading, path })];
  });
  return recordOf(members);
}

/** Why a value cannot be that of an option; `undefined` if it can. What a variable or a file has is not shown. */
function misfit(
  value: unknown,
  option: Option,
  { isWritten }: { readonly isWritten: boolean },
): string | undefined {
  const problem = option.check(value);
  if (problem === undefined) return undefined;
  if (hasType(value, option)) return typeof value === "number" ? `${problem}, not ${value}` : problem;
  if (option.type === "list" && typeof value === "string" && isWritten) {
    const other = option.check([value]);
    return `${problem}, but is a text${other === undefined ? `; write [${show(value)}]` : `, and ${other}`}`;
  }
  if (option.type === "string") return `it must be a text, but is ${quotable(value)}`;
  return `${problem}, but is ${option.type === "texts" ? quotable(value) : kindInFile(value)}`;
}

/**
 * @throws {ConfigError} With a line for each problem, if there is one.
 */
export function assertNoProblems(
  problems: readonly Problem[],
  { fileOf = () => undefined }: { readonly fileOf?: (path: readonly string[]) => string | undefined } = {},
): void {
  if (problems.length === 0) return;
  const lines = problems.slice(0, MAX_LINES).map(({ path, reason }) => {
    const file = fileOf(path);
    return `Cannot use ${show(path.join("."))}${file === undefined ? "" : ` in ${show(file)}`}: ${reason}`;
  });
  const more = problems.length - lines.length;
  if (more > 0) lines.push(`And ${more} more mistakes like these`);
  const { cause } = problems.find(({ cause }) => cause !== undefined) ?? {};
  throw new ConfigError(lines, { cause });
}

const MAX_LINES = 50;

/** The values of a mapping by name, without those that cannot be used. */
export function membersOf<T>(mapping: Readonly<Record<string, T | undefined>> | undefined): (readonly [string, T])[] {
  return Object.entries(mapping ?? {}).flatMap(([name, value]) => value === undefined ? [] : [[name, value] as const]);
}
