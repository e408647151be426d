import type { Context, Hono } from "hono";
import type { Transfer } from "../options/app_options.ts";
import type { S3Source } from "../types/source.ts";
import type { HeldBytes } from "./held_bytes.ts";
import type { Access } from "./permissions/allow_rules.ts";
import type { GrantFacts } from "./permissions/known_grants.ts";
import type { NamedSource } from "./permissions/background_facts.ts";
import type { StoreOrigins } from "./permissions/store_origins.ts";
import type { TokenSigner } from "../tokens/signed_token.ts";
import type { AccessTokens } from "./session/access_tokens.ts";
import type { Login } from "./session/login.ts";
import type { ArchiveResults } from "./session/archive_results.ts";
import type { SharedLinks } from "./session/shared_links.ts";
import type { PersonLimit } from "./session/person_limit.ts";
import type { Visitor } from "./session/visitor.ts";
import type { StaleUploads } from "./session/stale_uploads.ts";
import type { UploadLedger } from "./session/upload_ledger.ts";
import type { ActionNote } from "./audit.ts";
import type { Failure } from "./failure.ts";
import type { Connection } from "./monitoring/operator_routes.ts";
import type { AppMetrics } from "./monitoring/app_metrics.ts";
import { parseFileId } from "./file_id.ts";
import { FILES_URL } from "./urls.ts";

/** Where a request comes from, and to which hosts it was sent. */
export interface Arrival extends Connection {
  /** The hosts, perhaps with a port, that it was sent to; empty if only a trusted proxy knows. */
  readonly hosts: readonly string[];
}

/** What the app keeps with a request in Hono. */
export interface AppEnv {
  Bindings: Arrival;
  Variables: {
    /** Lets a page's own script run. */
    nonce: string;
    /** The origin of the store that a page may use; absent if there is none, or it is unknown. */
    store?: string | undefined;
    /** Identifies it in the audit, in logs and to the visitor. */
    requestId: string;
    /** What it does, for the audit; absent if that is nothing to note. */
    action: ActionNote | undefined;
    /** Why it failed; absent if it did not. */
    failure: Failure | undefined;
    /** Who sends it. */
    visitor: Visitor;
  };
}

/** The routes of the app. */
export type FilesHono = Hono<AppEnv>;

/** A request in Hono. */
export type AppRequest = Context<AppEnv>;

/** What the routes share. */
export interface AppContext {
  /** Sources by name. */
  readonly sources: ReadonlyMap<string, S3Source>;
  /** What the page of all sources says about them, by their names. */
  readonly descriptions: Readonly<Record<string, string>>;
  /** Shown in the top bar of every page. */
  readonly title: string;
  /** How files of a source travel. */
  readonly transfers: Readonly<Record<"downloads" | "uploads", (source: string) => Transfer>>;
  /** Start of the app's URLs in JSON; pages and redirects have it added. */
  readonly filesUrl: string;
  /** Who may do what. */
  readonly access: Access;
  /** Seals what clients send back unchanged, such as upload tokens. */
  readonly tokens: TokenSigner;
  /** What the sources' credentials allow. */
  readonly grants: GrantFacts;
  /** Limits on the body of a request. */
  readonly limits: UploadLimits;
  /** How much of all bodies is in memory. */
  readonly held: HeldBytes;
  /** Origins at which browsers reach the sources' stores. */
  readonly origins: StoreOrigins;
  /** Counts bytes of files that go through the app. */
  readonly metrics: Pick<AppMetrics, "onTransfer">;
  /** How people log in. */
  readonly login: Login;
  /** Access tokens for scripts; absent if there are none. */
  readonly accessTokens: AccessTokens | undefined;
  /** Links through the app, which work without a login. */
  readonly links: SharedLinks;
  /** Uploads in progress. */
  readonly uploads: UploadLedger;
  /** Uploads that were abandoned. */
  readonly staleUploads: StaleUploads;
  /** Searches that are running. */
  readonly searches: PersonLimit;
  /** Archives that are being downloaded. */
  readonly archives: PersonLimit;
  /** How downloads of archives have ended. */
  readonly archiveResults: ArchiveResults;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** Notes for the audit what a request does, or more about it. */
export function noteAction(
  c: AppRequest,
  note: { readonly [Name in keyof ActionNote]?: ActionNote[Name] | undefined },
): void {
  const { action = c.get("action")?.action } = note;
  if (action !== undefined) c.set("action", { ...c.get("action"), ...note, action });
}

/** Leaves a request out of the audit, where another one is in it for the same. */
export function dropAction(c: AppRequest): void {
  c.set("action", undefined);
}

/** Limits on the body of a request. */
export interface UploadLimits {
  /** Total bytes. */
  readonly maxBytes: number;
  /** Files in one form. */
  readonly maxFiles: number;
  /** Milliseconds between two chunks. */
  readonly idleMs: number;
  /** Total milliseconds. */
  readonly totalMs: number;
}

/** The name of a source in the URL of a request. */
export function sourceNameOf(c: AppRequest): string {
  return (c.req.param("source") ?? "").replace(/\.json$/, "");
}

/** The source that a page is about, without any permission check; `undefined` for other pages. */
export function sourceOfPage(url: string, { sources }: Pick<AppContext, "sources">): NamedSource | undefined {
  const [, kind, text = ""] = IN_SOURCE.exec(new URL(url).pathname) ?? [];
  const name = kind === undefined ? parseFileId(text)?.source : decodeURIComponent(text);
  const source = sources.get(name ?? "");
  return name === undefined || source === undefined ? undefined : { name, source };
}

const IN_SOURCE = new RegExp(`^${FILES_URL}/(?:(source|upload)/)?([^/]+)`);

/** The source that a URL belongs to, without any permission check; `undefined` for other URLs. */
export function sourceInUrl(url: string, { sources }: Pick<AppContext, "sources">): NamedSource | undefined {
  const [, text] = NAMES_SOURCE.exec(new URL(url).pathname) ?? [];
  const [name, source] = [...sources].find(([name]) => encodeURIComponent(name) === text) ?? [];
  return name === undefined || source === undefined ? undefined : { name, source };
}

const NAMES_SOURCE = new RegExp(`^${FILES_URL}/(?:source|upload)/([^/]+?)(?:\\.json)?$`);
