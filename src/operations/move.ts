import { FileNotFoundError, InvalidArgumentError, PreconditionFailedError } from "../errors.ts";
import type { Grant } from "../s3/grant.ts";
import { assertFilePath } from "../s3/keys.ts";
import type { FileInfo, MoveOptions } from "../types/files.ts";
import { type CopyJob, copyWithin, prepareCopy } from "./copy.ts";
import { deleteObject } from "./delete_object.ts";
import { continueWithGrant, type OperationContext, quote, withGrant } from "./operation_context.ts";
import { headObject } from "./stat.ts";

/**
 * Copies a file, then deletes the original in the same bucket and folder.
 *
 * @throws {PreconditionFailedError} If the original changed meanwhile: both files then exist.
 */
export async function move(
  context: OperationContext,
  from: string,
  to: string,
  options: MoveOptions = {},
): Promise<FileInfo> {
  const { signal } = options;
  assertMovable(context, from, to);
  const job = prepareCopy(context, from, to, options);
  return await withGrant(context, async (grant) => {
    const { info, copiedEtag } = await copyWithin(context, grant, job);
    const remove = (newest: Grant) => deleteCopied(context, newest, { path: from, copiedEtag, job });
    await continueWithGrant(context, grant, remove, signal);
    return info;
  }, signal);
}

/**
 * Checks that the original is not the copy, as it is deleted. Stores that keep files in folders, such as SeaweedFS,
 * have one file for paths that differ only in their slashes.
 *
 * @throws {InvalidArgumentError} If both paths may be of one file.
 */
function assertMovable({ store }: OperationContext, from: string, to: string): void {
  assertFilePath(from);
  assertFilePath(to);
  if (from === to) {
    throw new InvalidArgumentError(`Cannot move ${quote(from)} to itself: that would change nothing`, { path: from });
  }
  if (store.isAws || withPlainSlashes(from) !== withPlainSlashes(to)) return;
  const reason = "some stores have one file for both, which would be lost; copy it, and see whether both are there";
  throw new InvalidArgumentError(`Cannot move ${quote(from)} to ${quote(to)}: ${reason}`, { path: from });
}

function withPlainSlashes(path: string): string {
  return path.split(/[/\\]+/).filter((segment) => segment !== "").join("/");
}

/**
 * Deletes the original if it is still the version that was copied. AWS checks the condition of DeleteObject; other
 * stores may ignore it, so there the original is checked just before.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-deletes.html
 */
async function deleteCopied(
  context: OperationContext,
  grant: Grant,
  { path, copiedEtag, job }: { path: string; copiedEtag: string | null; job: CopyJob },
): Promise<void> {
  const { signal, to } = job;
  const changed = () => {
    const reason = "it changed while it was being copied; both the original and the copy exist";
    return new PreconditionFailedError(`Cannot move ${quote(path)} to ${quote(to)}: ${reason}`, { path });
  };
  const assertUnchanged = async () => {
    const { info } = await headObject(context, grant, { path, action: job.purpose.action, signal });
    if (info.etag !== copiedEtag) throw changed();
  };
  try {
    if (!context.store.isAws && copiedEtag !== null) await assertUnchanged();
    await deleteObject(context, grant, { path, signal, ifMatch: copiedEtag ?? undefined }).catch(async (error) => {
      if (!(error instanceof PreconditionFailedError)) throw error;
      // Some stores also refuse the condition if the file is gone: an earlier try, whose response was lost, may have
      // deleted it.
      await assertUnchanged();
      throw changed();
    });
  } catch (error) {
    if (!(error instanceof FileNotFoundError)) throw error;
  }
}
