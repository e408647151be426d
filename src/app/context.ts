import type { Context, Hono } from "hono";
import type { S3Source } from "../types/source.ts";
import { RequestRefusal } from "./failure.ts";
import type { HeldBytes } from "./held_bytes.ts";
import type { Access, Actor, FileAction } from "./permissions/allow_rules.ts";
import type { GrantFacts } from "./permissions/known_grants.ts";
import type { NamedSource } from "./permissions/background_facts.ts";
import type { StoreOrigins } from "./permissions/store_origins.ts";
import type { TokenSigner } from "./session/signed_token.ts";
import type { UploadLedger } from "./session/upload_ledger.ts";
import { FILES_URL } from "./urls.ts";

/** What Hono keeps with a request. */
export interface AppEnv {
  Variables: {
    /** Who makes it; `null` for someone who is not known. */
    actor: Actor | null;
  };
}

/** The routes of the app. */
export type FilesHono = Hono<AppEnv>;

/** A request, and what is known of it. */
export type AppRequest = Context<AppEnv>;

/** What the routes share. */
export interface AppContext {
  /** Sources by name. */
  readonly sources: ReadonlyMap<string, S3Source>;
  /** Stands in the top bar of every page. */
  readonly title: string;
  /** Who may do what. */
  readonly access: Access;
  /** Makes what clients are to bring back unchanged. */
  readonly tokens: TokenSigner;
  /** What the sources' credentials allow. */
  readonly grants: GrantFacts;
  /** What a request's body may be. */
  readonly limits: UploadLimits;
  /** What is held of all requests' bodies. */
  readonly held: HeldBytes;
  /** Where the browser reaches the sources' stores. */
  readonly origins: StoreOrigins;
  /** Whether one can log out. */
  readonly hasSession: boolean;
  /** What is known of uploads under way. */
  readonly uploads: UploadLedger;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** What the body of a request may be. */
export interface UploadLimits {
  /** Bytes in all. */
  readonly maxBytes: number;
  /** Files in one form. */
  readonly maxFiles: number;
  /** Milliseconds between two pieces. */
  readonly idleMs: number;
  /** Milliseconds in all. */
  readonly totalMs: number;
}

/**
 * The source of this name, for whoever may do this in it.
 *
 * @throws {RequestRefusal} If there is no such source, or this is not permitted.
 */
export function openSource(
  c: AppRequest,
  { sources, access }: AppContext,
  { name, action }: { name: string; action: FileAction },
): NamedSource {
  const source = sources.get(name);
  // Whether a source exists is told to those only who may do this in it.
  if (access.allows(c.get("actor"), action, name)) {
    if (source) return { name, source };
    throw new RequestRefusal(404, "There is no such source.");
  }
  const facts = c.get("actor") === null ? { code: LOGIN_NEEDED } : {};
  throw new RequestRefusal(
    403,
    `You may not ${VERBS[action]}.${c.get("actor") === null ? " You are not logged in." : ""}`,
    facts,
  );
}

/** Whether whoever asks may know of files more than they brought themselves. */
export function mayBrowse(c: AppRequest, { access }: Pick<AppContext, "access">, name: string): boolean {
  return access.allows(c.get("actor"), "files-browse", name);
}

/** The source that the URL of a request names. */
export function sourceOf(c: AppRequest, context: AppContext, action: FileAction): NamedSource {
  return openSource(c, context, { name: (c.req.param("source") ?? "").replace(/\.json$/, ""), action });
}

/** The code of a refusal that logging in may end. */
export const LOGIN_NEEDED = "login_needed";

/** The source whose folder, or whose place to upload to, a URL is of; `undefined` of any other. Grants nothing. */
export function sourceInUrl(url: string, { sources }: Pick<AppContext, "sources">): NamedSource | undefined {
  const [, text] = NAMES_SOURCE.exec(new URL(url).pathname) ?? [];
  const [name, source] = [...sources].find(([name]) => encodeURIComponent(name) === text) ?? [];
  return name === undefined || source === undefined ? undefined : { name, source };
}

const NAMES_SOURCE = new RegExp(`^${FILES_URL}/(?:source|upload)/([^/]+?)(?:\\.json)?$`);

const VERBS: Readonly<Record<FileAction, string>> = {
  "files-browse": "browse this source",
  "files-upload": "upload to this source",
  "files-edit": "change files in this source",
  "files-delete": "delete files in this source",
};

/** What may be done in a source besides browsing: permitted to whoever asks, and possible with the source's credentials. */
export interface Allowed {
  /** New files and folders. */
  readonly upload: boolean;
  /** Changing what files contain. */
  readonly edit: boolean;
  /** Taking files away. */
  readonly delete: boolean;
}

/** What whoever asks may do in a folder of a source, as far as is known of its credentials. */
export function allowedIn(
  c: AppRequest,
  { access, grants }: AppContext,
  { name, source, folder }: NamedSource & { readonly folder: string },
): Allowed {
  const { canUpload, canDelete } = source.capabilities;
  const granted = grants.known(name, folder);
  const actor = c.get("actor");
  return {
    upload: canUpload && granted.write && access.allows(actor, "files-upload", name),
    edit: canUpload && granted.write && access.allows(actor, "files-edit", name),
    delete: canDelete && granted.delete && access.allows(actor, "files-delete", name),
  };
}
