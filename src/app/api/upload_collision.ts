import { AccessDeniedError } from "../../errors.ts";
import { baseName } from "../../s3/keys.ts";
import type { FileInfo } from "../../types/files.ts";
import { mayBrowse, openSource } from "../allowed_actions.ts";
import { collision, factsOf, type OnCollision, unusedPath } from "../files/collision.ts";
import { settlePath } from "../files/namesakes.ts";
import type { SourceRequest } from "./route.ts";
import type { UploadCondition } from "./upload_ticket.ts";

/**
 * The path of an upload and the condition for storing it; `undefined` to skip the file.
 *
 * @throws {RequestRefusal} If the client has to ask what to do with a name that is taken.
 */
export async function chooseTarget(
  request: SourceRequest,
  { path: wanted, onCollision }: { readonly path: string; readonly onCollision: "ask" | OnCollision },
): Promise<{ path: string; condition: UploadCondition } | undefined> {
  const { c, context, name, source, signal } = request;
  const isNew = { ifNoneMatch: "*" } as const;
  const isTaken = async (path: string) =>
    await context.uploads.isPromised({ source: name, path }) || (await findPlace(request, path)).existing !== null;
  if (onCollision === "keep_both") {
    const { path } = await settlePath(source, wanted, signal);
    return { path: await isTaken(path) ? await unusedPath(path, isTaken) : path, condition: isNew };
  }
  const { path, existing } = await findPlace(request, wanted);
  if (existing === null) return { path, condition: isNew };
  if (onCollision === "skip") return undefined;
  const isNamesake = existing.path !== wanted;
  // Nobody has asked to replace a file of another spelling.
  if (onCollision === "ask" || isNamesake) {
    const facts = { existing: factsOf(existing), ...isNamesake && { namesake: existing.path } };
    const message = isNamesake
      ? `There is already a file here whose name looks like “${baseName(wanted)}”, which was kept.`
      : `There is already a file named “${existing.name}” here, which was kept.`;
    throw collision(message, {
      ...mayBrowse(c, context, name) && facts,
      suggestion: baseName(await unusedPath(path, isTaken)),
    });
  }
  openSource(c, context, { name, action: "files-edit" });
  return { path, condition: existing.etag === null ? isNew : { ifMatch: existing.etag } };
}

/** Where a new file would be, and what is there or looks the same. */
async function findPlace(
  request: SourceRequest,
  path: string,
): Promise<{ path: string; existing: FileInfo | null }> {
  const { source, signal } = request;
  const existing = await statIfAllowed(request, path);
  if (existing !== null) return { path, existing };
  const settled = await settlePath(source, path, signal);
  const other = settled.namesake ?? settled.path;
  return { path: settled.path, existing: other === path ? null : await statIfAllowed(request, other) };
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
