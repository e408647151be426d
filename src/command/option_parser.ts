import type { Setting } from "../config/settings.ts";
import { didYouMean } from "../options/did_you_mean.ts";

/** The command line is wrong. */
export class UsageError extends Error {}

/** The options that a command has. */
export interface KnownOptions {
  /** Those with a value: `--name VALUE` or `--name=VALUE`. */
  readonly valued?: readonly string[];
  /** Those without. */
  readonly flags?: readonly string[];
  /** Whether it has `-s KEY VALUE`. */
  readonly hasSettings?: boolean;
}

/** The parts of a command line. */
export interface ParsedOptions {
  readonly positionals: readonly string[];
  readonly settings: readonly Setting[];
  readonly values: ReadonlyMap<string, readonly string[]>;
  readonly flags: ReadonlySet<string>;
  readonly wantsHelp: boolean;
}

/**
 * Parses positional arguments and options.
 *
 * @throws {UsageError} If an option is unknown, with a similar name, or lacks its value.
 */
export function parseOptions(args: readonly string[], known: KnownOptions): ParsedOptions {
  const { valued = [], flags: withoutValue = [], hasSettings = false } = known;
  const names = [...valued, ...withoutValue, ...hasSettings ? SETTING : [], ...HELP];
  const rest = [...args];
  const [positionals, settings]: [string[], Setting[]] = [[], []];
  const [values, flags] = [new Map<string, string[]>(), new Set<string>()];
  let wantsHelp = false;
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    const [, name = arg, attached] = /^(--[\w-]+)=(.*)$/s.exec(arg) ?? [];
    const take = (what: string) => {
      const value = attached ?? rest.shift();
      if (value === undefined) throw new UsageError(`"${name}" needs ${what} after it`);
      if (attached === undefined && names.includes(value)) {
        throw new UsageError(`"${name}" needs ${what} after it, not "${value}"`);
      }
      return value;
    };
    if (HELP.includes(name)) wantsHelp = true;
    else if (hasSettings && SETTING.includes(name)) {
      settings.push([take("a key and a value"), take("a key and a value")]);
    } else if (valued.includes(name)) values.set(name, [...values.get(name) ?? [], take("a value")]);
    else if (withoutValue.includes(name) && attached === undefined) flags.add(name);
    else if (withoutValue.includes(name)) throw new UsageError(`Unexpected argument "${arg}": "${name}" has no value`);
    else if (name.startsWith("-")) throw unexpectedOption(name, names);
    else positionals.push(arg);
  }
  return { positionals, settings, values, flags, wantsHelp };
}

const SETTING: readonly string[] = ["--setting", "-s"];
const HELP: readonly string[] = ["--help", "-h"];

/** Without the value that may be attached, as it may be a secret. */
function unexpectedOption(name: string, names: readonly string[]): UsageError {
  return new UsageError(`Unexpected argument "${name}"${didYouMean(name, names)}`);
}

/** There is an argument too many. */
export function unexpectedArgument(arg: string): UsageError {
  return new UsageError(`Unexpected argument "${arg}"`);
}
