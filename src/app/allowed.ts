import type { AppContext, AppRequest } from "./context.ts";
import type { NamedSource } from "./permissions/named_source.ts";

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
