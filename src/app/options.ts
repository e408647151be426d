import { isMapping, kindOf } from "../options/mapping.ts";
import { sourceNameProblem } from "../options/source_name.ts";
import { ConfigError } from "../errors.ts";
import { anything, callable, filledText, required, valueThat, whole } from "../options/checks.ts";
import type { OptionTable } from "../options/option_table.ts";
import type { S3Source } from "../types/source.ts";
import type { Actor, Permissions } from "./permissions/allow_rules.ts";
import type { RootSession } from "./session/session.ts";
import type { SigningSecret } from "./session/signing_secret.ts";

/** What {@link createFilesApp} shows, and to whom. */
export interface FilesAppOptions {
  /** Sources by the name they have in URLs. */
  sources: Readonly<Record<string, S3Source>>;
  /** Who may do what; what is not granted is denied. Default: nobody may do anything. */
  permissions?: Permissions;
  /**
   * Names whoever makes a request, from a session cookie or what a proxy adds; `null` or `undefined` if nobody is known. It must not
   * believe headers that a client could have sent itself. If it fails, or returns what is no actor, the request is answered with 500, and
   * `onError` receives why. Default: nobody is known.
   */
  authenticate?: (request: Request) => Actor | null | undefined | Promise<Actor | null | undefined>;
  /** Lets the operator log in, and do everything; in place of `authenticate`. Default: none. */
  session?: RootSession;
  /**
   * Seals what clients bring back, such as upload tokens. With the same secret they outlive a restart. At least 32 characters, all random,
   * as the command `secret` makes them. To replace one, give both for a day: `[new, former]`. Default: made anew each time.
   */
  secret?: SigningSecret;
  /** Tells apart apps that share a secret: the tokens of one are worth nothing in another. Default: the names of the sources. */
  deployment?: string;
  /** Stands in the top bar of every page. Default `"Files"`. */
  title?: string;
  /** Host names under which the app may be reached, besides those of the loopback interface. Default: none. */
  allowedHosts?: readonly string[];
  /** The largest body of a request, in bytes. Default: as large as a file may be. */
  maxUploadBytes?: number;
  /**
   * How much of all requests' bodies may be in memory at a time, in bytes; what would be more is answered with 503. A file that is stored as
   * it arrives counts with 40 MiB at most. At least 64 MiB, which is the largest part that goes through the app. Default 512 MiB.
   */
  maxBufferedBytes?: number;
  /** The most files in one form. Default 1,000. */
  maxFilesPerUpload?: number;
  /** How long a body that is being sent may pause, in milliseconds. Default 30,000. */
  uploadIdleMs?: number;
  /** How long a body may take in all, in milliseconds. Default 4 hours. */
  uploadTotalMs?: number;
  /** The clock for "3 hours ago", in epoch milliseconds. Default `Date.now`. */
  now?: () => number;
  /** Receives what failed for a reason that the answer does not tell; for logs. `path` is without the query. */
  onError?: (error: unknown, request: { method: string; path: string }) => void;
}

/** The options of {@link FilesAppOptions}. */
export const FILES_APP_OPTIONS = {
  sources: required({ type: "any", check: sourcesProblem }),
  permissions: { ...anything, default: {} },
  authenticate: callable,
  session: valueThat(
    "object",
    "what createRootSession() returns",
    (value) => hasMethods(value, ["authenticate", "createLoginPath", "answer"]),
  ),
  secret: anything,
  deployment: filledText,
  title: { ...filledText, default: "Files" },
  allowedHosts: {
    ...valueThat("list", 'a list of host names such as "files.example.com", without scheme or port', isHostList),
    default: [],
  },
  maxUploadBytes: {
    type: "number",
    check: (value) => value === Infinity ? undefined : whole(1).check(value),
    default: Infinity,
  },
  // At least the largest part that is held.
  maxBufferedBytes: { ...whole(64 * 1024 ** 2), default: 512 * 1024 ** 2 },
  maxFilesPerUpload: { ...whole(1), default: 1_000 },
  // Timers of more than 31 bits fire at once.
  uploadIdleMs: { ...whole(1, 2 ** 31 - 1), default: 30_000 },
  uploadTotalMs: { ...whole(1), default: 4 * 3_600_000 },
  now: { ...callable, default: () => Date.now() },
  onError: callable,
} as const satisfies OptionTable<FilesAppOptions>;

/** Scheme and port are not part of what is compared. */
function isHostList(value: unknown): boolean {
  return Array.isArray(value) && value.every((host) => typeof host === "string" && HOST.test(host));
}

const HOST = /^(?:\[[^\]\s/]+\]|[^\s/:@?#[\]]+)$/;

function sourcesProblem(value: unknown): string | undefined {
  if (!isMapping(value)) return `it must be an object of sources by their names, not ${kindOf(value)}`;
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
}

const SOURCE_METHODS = ["stat", "read", "stream", "list", "walk", "upload", "delete", "copy", "move", "connect"];

function hasMethods(value: unknown, names: readonly string[]): value is object {
  if (typeof value !== "object" || value === null) return false;
  return names.every((name) => typeof Reflect.get(value, name) === "function");
}
