/** What the audit calls the actions of visitors. */
export type AuditAction =
  | "upload"
  | "replace"
  | "edit"
  | "folder"
  | "copy"
  | "move"
  | "delete"
  | "download"
  | "link"
  | "thumbnail"
  | "link_open"
  | "link_revoke"
  | "login"
  | "logout"
  | "token_create"
  | "token_revoke";

/** What a request does, as far as it is known; paths are relative to the source. */
export interface ActionNote {
  readonly action: AuditAction;
  /** Who turned out to ask. Default: who was known when the request came. */
  readonly actor?: { readonly id: string } | undefined;
  /** How the actor is known. Default: as when the request came. */
  readonly login?: string | undefined;
  /** Who made the link that is used. */
  readonly sharedBy?: { readonly id: string } | undefined;
  /** The source's name. */
  readonly source?: string | undefined;
  /** What it is done to. */
  readonly path?: string | undefined;
  /** What it is done to, if that may be several. */
  readonly paths?: readonly string[] | undefined;
  /** The new path, or folder. */
  readonly to?: string | undefined;
  /** How many files an archive of them has. */
  readonly files?: number | undefined;
  /** Of the file, or of all in an archive. */
  readonly bytes?: number | undefined;
  /** Why a part of it was not done. */
  readonly problem?: string | undefined;
}

/** An entry of the files app's audit: something was done, was refused, or failed. */
export interface AuditEntry {
  /** Whether it was done, was refused by the app, or failed, at least in part. */
  readonly type: "done" | "refused" | "failed";
  /** Identifies the request; its response has it as `x-request-id`. */
  readonly requestId: string;
  /** Who asked; `null` if nobody is logged in. */
  readonly actor: { readonly id: string } | null;
  /** How the actor is known, such as `"oidc"`, or `"link"` with a link; absent if nobody is logged in. */
  readonly login?: string;
  /** Who made the link that was used; absent without one, and if nobody was logged in. */
  readonly sharedBy?: { readonly id: string };
  /** What was asked for. */
  readonly action: AuditAction;
  /** The source's name; absent for logins and tokens. */
  readonly source?: string;
  /** Relative to the source; absent for several. */
  readonly path?: string;
  /** The first 100 of several; absent for one. */
  readonly paths?: readonly string[];
  /** How many there are; absent for one. */
  readonly pathCount?: number;
  /** The new path, or the new folder of several; absent if there is none. */
  readonly to?: string;
  /** How many files there are in an archive of them; absent for other actions. */
  readonly files?: number;
  /** Size of the file, or of all in an archive; absent if it is unknown. */
  readonly bytes?: number;
  /** Why it was refused or failed, as the visitor was told; absent if it was done. */
  readonly reason?: string;
  /** The client's address; absent if it is unknown. */
  readonly address?: string;
  /** The client's `User-Agent`, 200 characters at most; absent if it sent none. */
  readonly userAgent?: string;
}

/** The paths of an entry. */
export function auditedPaths({ path, paths }: ActionNote): Pick<AuditEntry, "path" | "paths" | "pathCount"> {
  if (path !== undefined) return { path };
  const [only, ...others] = paths ?? [];
  if (paths === undefined || only === undefined) return {};
  return others.length === 0 ? { path: only } : { paths: paths.slice(0, MAX_PATHS), pathCount: paths.length };
}

const MAX_PATHS = 100;
