import { isMapping, kindOf } from "../config/mapping.ts";
import { sourceNameProblem } from "../config/source_name.ts";
import { ConfigError, InvalidArgumentError } from "../errors.ts";
import { optionRefusal } from "../named_options.ts";
import { nearestName } from "../nearest_name.ts";

/** What a value must be; `undefined` if it is. */
export type OptionCheck = (value: unknown) => string | undefined;

/**
 * Checks options by name, for callers whom no compiler tells. `undefined` counts as absent.
 *
 * @param verb What cannot be done without them, for the message.
 * @throws {ConfigError} If one is unknown, with the nearest name, or has the wrong type; or the options are no object.
 */
export function assertKnownOptions<Options extends object>(
  verb: string,
  given: unknown,
  { checks, required = [] }: {
    checks: Readonly<Record<keyof Options & string, OptionCheck>>;
    required?: readonly (keyof Options & string)[];
  },
): asserts given is Options {
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    throw new ConfigError(`Cannot ${verb}: the options are not an object, but ${kindOf(given)}`);
  }
  const known: Readonly<Record<string, OptionCheck>> = checks;
  for (const [name, value] of Object.entries(given)) {
    const check = Object.hasOwn(known, name) ? known[name] : undefined;
    if (check === undefined) {
      throw optionRefusal(name, `there is no such option; did you mean "${nearestName(name, Object.keys(known))}"?`);
    }
    const expected = value === undefined ? undefined : check(value);
    if (expected !== undefined) throw optionRefusal(name, `it must be ${expected}`);
  }
  const missing = required.find((name) => Reflect.get(given, name) === undefined);
  if (missing !== undefined) throw new ConfigError(`Cannot ${verb}: the option "${missing}" is missing`);
}

export const isFunction: OptionCheck = (value) => typeof value === "function" ? undefined : "a function";

export const isText: OptionCheck = (value) =>
  typeof value === "string" && value !== "" ? undefined : "a text that is not empty";

export const isAnything: OptionCheck = () => undefined;

export const isWhole = (least: number, most = Number.MAX_SAFE_INTEGER): OptionCheck => (value) =>
  Number.isSafeInteger(value) && Number(value) >= least && Number(value) <= most
    ? undefined
    : `a whole number from ${least} to ${most}`;

/** The largest body may also be as large as it likes. */
export const isLimit: OptionCheck = (value) => value === Infinity ? undefined : isWhole(1)(value);

/** Timers of more than 31 bits fire at once. */
export const isTimer: OptionCheck = isWhole(1, 2 ** 31 - 1);

/** Without scheme and port, which are not part of what is compared. */
export const isHostList: OptionCheck = (value) =>
  Array.isArray(value) && value.every((host) => typeof host === "string" && HOST.test(host))
    ? undefined
    : 'a list of host names such as "files.example.com", without scheme or port';

const HOST = /^(?:\[[^\]\s/]+\]|[^\s/:@?#[\]]+)$/;

export const isSession: OptionCheck = (value) =>
  hasMethods(value, ["authenticate", "createLoginPath", "answer"]) ? undefined : "what createRootSession() returns";

/** Names and sources, as the app shows them. */
export const isSources: OptionCheck = (value) => {
  if (!isMapping(value)) {
    const isInstance = typeof value === "object" && value !== null && !Array.isArray(value);
    return `an object of sources by their names, not ${isInstance ? "an instance of a class" : kindOf(value)}`;
  }
  for (const [name, source] of Object.entries(value)) {
    const shown = JSON.stringify(name);
    const problem = sourceNameProblem(name);
    if (problem !== undefined) throw new ConfigError(`Cannot show source ${shown}: ${problem}`);
    if (hasMethods(source, SOURCE_METHODS) && "capabilities" in source && typeof source.capabilities === "object") {
      continue;
    }
    const isConfig = isMapping(source) && ["bucket", "credentialsUrl", "credentials_url"].some((key) => key in source);
    throw new ConfigError(
      `Cannot show source ${shown}: ` +
        (isConfig ? "it is a configuration; pass createS3Source() of it" : "it must be what createS3Source() returns"),
    );
  }
  return undefined;
};

const SOURCE_METHODS = ["stat", "read", "stream", "list", "walk", "upload", "delete", "copy", "move", "connect"];

function hasMethods(value: unknown, names: readonly string[]): value is object {
  if (typeof value !== "object" || value === null) return false;
  const methods: ReadonlyMap<string, unknown> = new Map(names.map((name) => [name, Reflect.get(value, name)]));
  return [...methods.values()].every((method) => typeof method === "function");
}

/** @throws {InvalidArgumentError} If it is no request. Not by its class: a server in Node has one of its own. */
export function assertRequest(request: unknown): asserts request is Request {
  const isRequest = typeof request === "object" && request !== null && "url" in request &&
    typeof request.url === "string" && "headers" in request && typeof request.headers === "object";
  if (!isRequest) throw new InvalidArgumentError(`Cannot answer: it takes a Request, not ${kindOf(request)}`);
}
