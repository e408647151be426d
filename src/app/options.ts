import { isMapping, kindOf } from "../options/mapping.ts";
import { sourceNameProblem } from "../options/source_name.ts";
import { ConfigError } from "../errors.ts";
import { type Check, whole } from "../options/checks.ts";

/** The largest body may also be as large as it likes. */
export const isLimit: Check = (value) => value === Infinity ? undefined : whole(1)(value);

/** Timers of more than 31 bits fire at once. */
export const isTimer: Check = whole(1, 2 ** 31 - 1);

/** Without scheme and port, which are not part of what is compared. */
export const isHostList: Check = (value) =>
  Array.isArray(value) && value.every((host) => typeof host === "string" && HOST.test(host))
    ? undefined
    : 'a list of host names such as "files.example.com", without scheme or port';

const HOST = /^(?:\[[^\]\s/]+\]|[^\s/:@?#[\]]+)$/;

export const isSession: Check = (value) =>
  hasMethods(value, ["authenticate", "createLoginPath", "answer"]) ? undefined : "what createRootSession() returns";

/** Names and sources, as the app shows them. */
export const isSources: Check = (value) => {
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
  return names.every((name) => typeof Reflect.get(value, name) === "function");
}
