import { type AppContext, type AppRequest, sourceNameOf } from "./context.ts";
import { RequestRefusal } from "./failure.ts";
import type { FileAction } from "./permissions/allow_rules.ts";
import type { NamedSource } from "./permissions/background_facts.ts";

/**
 * The source of this name, after checking permission.
 *
 * @throws {RequestRefusal} If the source does not exist, or the action is not permitted.
 */
export function openSource(
  c: AppRequest,
  context: AppContext,
  { name, action }: { name: string; action: FileAction },
): NamedSource {
  const { actor } = c.get("visitor");
  // Without permission, a source that exists looks like one that does not.
  if (mayDo(c, context, { action, name })) {
    const source = context.sources.get(name);
    if (source) return { name, source };
    throw new RequestRefusal(404, "There is no such source.");
  }
  const denied = `You may not ${VERBS[action]}.`;
  if (actor !== null) throw new RequestRefusal(403, denied);
  throw new RequestRefusal(403, `${denied} You are not logged in.`, { code: LOGIN_NEEDED });
}

/** Whether the visitor may do this in a source: as rules say and, with an access token, if it is meant for that. */
export function mayDo(
  c: AppRequest,
  { access }: Pick<AppContext, "access">,
  { name, action }: { readonly name: string; readonly action: FileAction },
): boolean {
  const { actor, login, only } = c.get("visitor");
  if (only !== undefined && !(only.actions.includes(action) && only.sources.includes(name))) return false;
  return login?.isOperator === true || access.allows(actor, action, name);
}

/** Whether the response may tell more about files than the request did. */
export function mayBrowse(c: AppRequest, context: Pick<AppContext, "access">, name: string): boolean {
  return mayDo(c, context, { name, action: "files-browse" });
}

/** The source named in the URL of a request, after checking permission. */
export function sourceOf(c: AppRequest, context: AppContext, action: FileAction): NamedSource {
  return openSource(c, context, { name: sourceNameOf(c), action });
}

/** The code of a refusal that may go away after logging in. */
export const LOGIN_NEEDED = "login_needed";

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
  context: AppContext,
  { name, source, folder }: NamedSource & { readonly folder: string },
): Allowed {
  const { canUpload, canDelete } = source.capabilities;
  const granted = context.grants.known(name, folder);
  return {
    upload: canUpload && granted.write && mayDo(c, context, { name, action: "files-upload" }),
    edit: canUpload && granted.write && mayDo(c, context, { name, action: "files-edit" }),
    delete: canDelete && granted.delete && mayDo(c, context, { name, action: "files-delete" }),
  };
}
