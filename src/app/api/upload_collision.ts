import { AccessDeniedError } from "../../errors.ts";
import type { FileInfo } from "../../types/files.ts";
import { mayBrowse, openSource } from "../allowed_actions.ts";
import { collision, factsOf, type OnCollision, unusedPath } from "../files/collision.ts";
import type { SourceRequest } from "./route.ts";
import type { UploadCondition } from "./upload_ticket.ts";

/**
 * The path of an upload and the condition for storing it; `undefined` to skip the file.
 *
 * @throws {RequestRefusal} If the client has to ask what to do with a name that is taken.
 */
export async function chooseTarget(
  request: SourceRequest,
  { path, onCollision }: { readonly path: string; readonly onCollision: "ask" | OnCollision },
): Promise<{ path: string; condition: UploadCondition } | undefined> {
  const { c, context, name } = request;
  const isNew = { ifNoneMatch: "*" } as const;
  const isTaken = async (path: string) =>
    await context.uploads.isPromised({ source: name, path }) || await statIfAllowed(request, path) !== null;
  if (onCollision === "keep_both") {
    return { path: await isTaken(path) ? await unusedPath(path, isTaken) : path, condition: isNew };
  }
  const existing = await statIfAllowed(request, path);
  if (existing === null) return { path, condition: isNew };
  if (onCollision === "skip") return undefined;
  if (onCollision === "ask") {
    throw collision(`There is already a file named “${existing.name}” here, which was kept.`, {
      ...mayBrowse(c, context, name) && { existing: factsOf(existing) },
      suggestion: (await unusedPath(path, isTaken)).slice(path.length - existing.name.length),
    });
  }
  openSource(c, context, { name, action: "files-edit" });
  return { path, condition: existing.etag === null ? isNew : { ifMatch: existing.etag } };
}

/** With credentials that can only write, nothing is known of existing files; the condition still protects them. */
async function statIfAllowed({ source, signal }: SourceRequest, path: string): Promise<FileInfo | null> {
  try {
    return await source.stat(path, { signal });
  } catch (error) {
    if (error instanceof AccessDeniedError) return null;
    throw error;
  }
}
