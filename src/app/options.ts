import { isMapping, kindOf } from "../options/mapping.ts";
import { sourceNameProblem } from "../options/source_name.ts";
import { FILES_FILE, LIMIT_OPTIONS } from "../config/app_file.ts";
import { ConfigError } from "../errors.ts";
import {
  anything,
  callable,
  clock,
  filledText,
  group,
  required,
  textsByName,
  valueThat,
  whole,
  wholeOrInfinity,
} from "../options/checks.ts";
import { type Transfer, TRANSFERS } from "../options/app_options.ts";
import type { OptionTable } from "../options/option_table.ts";
import type { S3Source } from "../types/source.ts";
import type { State } from "../state/state.ts";
import { stateOption } from "../state/state_option.ts";
import type { AuditEntry } from "./audit.ts";
import type { Actor, Permissions } from "./permissions/allow_rules.ts";
import type { LoginOptions } from "./session/login_options.ts";
import type { RootSession } from "./session/session.ts";
import type { SigningSecret } from "../tokens/signing_secret.ts";

/** Options of {@link createFilesApp}. */
export interface FilesAppOptions {
  /** Sources by their names in URLs. */
  sources: Readonly<Record<string, S3Source>>;
  /** What the page of all sources says about them, by their names. Default: what the visitor may do there. */
  descriptions?: Readonly<Record<string, string>> | undefined;
  /** Who may do what. Whatever is not granted is denied. Default: nothing is granted. */
  permissions?: Permissions | undefined;
  /**
   * Identifies who makes a request, by a session cookie or a header that a proxy adds; `null` or `undefined` for
   * nobody. It must not trust headers that a client can set itself. If it throws, or returns anything but an actor, the
   * response is a 500, and `onError` receives the reason. Default: nobody is identified.
   */
  authenticate?: ((request: Request) => Actor | null | undefined | Promise<Actor | null | undefined>) | undefined;
  /** How people log in, at OpenID providers or at a proxy, and access tokens for scripts. Default: neither. */
  login?: LoginOptions | undefined;
  /** Lets the operator log in and do everything; instead of `authenticate`. Default: none. */
  session?: RootSession | undefined;
  /**
   * Seals what clients send back, such as upload tokens. With the same secret, these stay valid after a restart. At
   * least 32 random characters, as the command `secret` generates. To replace a secret, pass both for a day: `[new,
   * former]`. Default: a new one for each app.
   */
  secret?: SigningSecret | undefined;
  /** Separates apps that share a secret: tokens of one are invalid in another. Default: the names of the sources. */
  deployment?: string | undefined;
  /** Shown in the top bar of every page. Default `"Files"`. */
  title?: string | undefined;
  /** Host names at which the app may be reached, besides those of the loopback interface. Default: none. */
  allowedHosts?: readonly string[] | undefined;
  /**
   * Where people reach the app, such as `https://example.org/files/`. Links, cookies, policies and accepted host names
   * come from it. Default: what a request says.
   */
  publicUrl?: string | undefined;
  /**
   * What precedes the app's own paths, such as `/files`. Requests may come with it or without. Default: the path of
   * `publicUrl`.
   */
  basePath?: string | undefined;
  /**
   * Addresses or ranges of proxies whose `X-Forwarded-For`, `-Host` and `-Proto` count; the app needs the second
   * argument for that. Default: none.
   */
  trustedProxies?: readonly string[] | undefined;
  /**
   * How files get to browsers, by source: `"direct"`, from the store; `"proxied"`, through the app; `"auto"`, from the
   * store if the browser reaches it, which the pages find out. Default: for each `"auto"`.
   */
  downloads?: Readonly<Record<string, Transfer>> | undefined;
  /** The same for files from browsers. Default: the value of `downloads`. */
  uploads?: Readonly<Record<string, Transfer>> | undefined;
  /** The largest request body, in bytes. Default: no limit but the store's. */
  maxUploadBytes?: number | undefined;
  /**
   * How many bytes of all request bodies may be in memory at a time; requests beyond that get a 503. A file that is
   * stored as it arrives counts as 40 MiB at most. At least 64 MiB, the largest part that goes through the app. Default
   * 512 MiB.
   */
  maxBufferedBytes?: number | undefined;
  /** The most files in one form. Default 1,000. */
  maxFilesPerUpload?: number | undefined;
  /**
   * The most uploads of one person at a time, from their preparation until they are complete or have expired, or as long
   * as their request. People who are not logged in are counted by address, in IPv6 by its /64. Default 100.
   */
  maxUploadsPerPerson?: number | undefined;
  /** The most searches of one person at a time; those of people who are not logged in by address. Default 4. */
  maxSearchesPerPerson?: number | undefined;
  /** How long a body may pause while it is being sent, in milliseconds. Default 30,000. */
  uploadIdleMs?: number | undefined;
  /** How long a body may take in total, in milliseconds. Default 4 hours. */
  uploadTotalMs?: number | undefined;
  /**
   * What processes must know of each other: used upload tokens, promised names, counts of uploads and searches. Pass the
   * same to the `session`. Default: in memory, for a single process.
   */
  state?: State | undefined;
  /** The clock for "3 hours ago", in epoch milliseconds. Default `Date.now`. */
  now?: (() => number) | undefined;
  /**
   * Receives errors whose reason is not in the response, for logs. `path` has no query; `requestId` is that of the
   * response's `x-request-id`. Default: they are dropped.
   */
  onError?: ((error: unknown, request: { method: string; path: string; requestId?: string }) => void) | undefined;
  /**
   * Receives the audit: an entry for each change, and for each download or link that is handed out, also if it is
   * refused or fails. Its failures are ignored. Default: there is none.
   */
  onAudit?: ((entry: AuditEntry) => void) | undefined;
  /** Who may read `GET /-/metrics`: addresses and ranges; others get 404. Default `["127.0.0.1", "::1"]`. */
  metricsFrom?: readonly string[] | undefined;
}

const transfers = valueThat(
  "object",
  'an object whose values are "direct", "proxied" or "auto"',
  (value) => isMapping(value) && Object.values(value).every((one) => TRANSFERS.some((known) => known === one)),
);

const { title, publicUrl, basePath, trustedProxies, allowedHosts, metricsFrom } = FILES_FILE;

/** The options of {@link FilesAppOptions}: those that a datasette.yaml has too, and others. */
export const FILES_APP_OPTIONS = {
  ...{ title, publicUrl, basePath, trustedProxies, allowedHosts, metricsFrom },
  ...LIMIT_OPTIONS,
  maxUploadBytes: { ...wholeOrInfinity(1), default: Infinity },
  maxUploadsPerPerson: { ...wholeOrInfinity(1), default: LIMIT_OPTIONS.maxUploadsPerPerson.default },
  maxSearchesPerPerson: { ...wholeOrInfinity(1), default: LIMIT_OPTIONS.maxSearchesPerPerson.default },
  sources: required({ type: "any", check: sourcesProblem }),
  descriptions: { ...textsByName, default: {} },
  permissions: { ...anything, default: {} },
  authenticate: callable,
  login: group,
  session: valueThat(
    "object",
    "what createRootSession() returns",
    (value) => hasMethods(value, ["authenticate", "createLoginPath", "answer"]),
  ),
  secret: anything,
  deployment: filledText,
  downloads: { ...transfers, default: {} },
  uploads: { ...transfers, default: {} },
  // At least the largest part that is held.
  maxBufferedBytes: { ...whole(64 * 1024 ** 2), default: 512 * 1024 ** 2 },
  state: stateOption,
  now: clock,
  onError: callable,
  onAudit: callable,
} as const satisfies OptionTable<FilesAppOptions>;

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
