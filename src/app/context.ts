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

/** What the app keeps with a request in Hono. */
export interface AppEnv {
  Variables: {
    /** Who sends it; `null` if nobody is logged in. */
    actor: Actor | null;
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
  /** Shown in the top bar of every page. */
  readonly title: string;
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
  /** Whether pages offer to log out. */
  readonly hasSession: boolean;
  /** Uploads in progress. */
  readonly uploads: UploadLedger;
  /** Epoch milliseconds. */
  readonly now: () => number;
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

/**
 * The source of this name, after checking permission.
 *
 * @throws {RequestRefusal} If the source does not exist, or the action is not permitted.
 */
export function openSource(
  c: AppRequest,
  { sources, access }: AppContext,
  { name, action }: { name: string; action: FileAction },
): NamedSource {
  const actor = c.get("actor");
  // Without permission, a source that exists looks like one that does not.
  if (access.allows(actor, action, name)) {
    const source = sources.get(name);
    if (source) return { name, source };
    throw new RequestRefusal(404, "There is no such source.");
  }
  const denied = `You may not ${VERBS[action]}.`;
  if (actor !== null) throw new RequestRefusal(403, denied);
  throw new RequestRefusal(403, `${denied} You are not logged in.`, { code: LOGIN_NEEDED });
}

/** Whether the response may tell more about files than the request did. */
export function mayBrowse(c: AppRequest, { access }: Pick<AppContext, "access">, name: string): boolean {
  return access.allows(c.get("actor"), "files-browse", name);
}

/** The source named in the URL of a request, after checking permission. */
export function sourceOf(c: AppRequest, context: AppContext, action: FileAction): NamedSource {
  return openSource(c, context, { name: sourceNameOf(c), action });
}

/** The name of a source in the URL of a request. */
export function sourceNameOf(c: AppRequest): string {
  return (c.req.param("source") ?? "").replace(/\.json$/, "");
}

/** The code of a refusal that may go away after logging in. */
export const LOGIN_NEEDED = "login_needed";

/** The source that a URL belongs to, without any permission check; `undefined` for other URLs. */
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

/** What both the permissions of the actor and the credentials of the source allow, besides browsing. */
export interface Allowed {
  /** New files and folders. */
  readonly upload: boolean;
  /** Changing files. */
  readonly edit: boolean;
  /** Deleting files. */
  readonly delete: boolean;
}

/** What the actor may do in a folder of a source, as far as is known. */
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
