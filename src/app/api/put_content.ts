import { FileNotFoundError, PreconditionFailedError } from "../../errors.ts";
import type { Conditions } from "../../types/file_attributes.ts";
import type { FileInfo } from "../../types/files.ts";
import { mayBrowse } from "../allowed_actions.ts";
import { noteAction } from "../context.ts";
import { RequestRefusal } from "../failure.ts";
import { writeGuarded } from "../files/guarded_write.ts";
import { assertNewFile } from "../files/new_path.ts";
import { readBody } from "../http/body.ts";
import { fileRecord, ownRecord, SEARCH_TEXT, uploaderMetadata } from "./records.ts";
import type { SourceRequest } from "./route.ts";
import { personOf } from "./upload_ticket.ts";

/** Stores the body of a request as a file, under the condition `If-Match` or `If-None-Match: *` if there is one. */
export async function putContent({ c, context, name, source, query, signal }: SourceRequest): Promise<Response> {
  const path = query.get("path") ?? "";
  noteAction(c, { path });
  assertNewFile(path);
  const { "content-length": size, "content-type": newType, "if-match": ifMatch } = c.req.header();
  const isNew = c.req.header("if-none-match") === "*";
  const condition = isNew ? { ifNoneMatch: "*" as const } : { ...ifMatch && { ifMatch } };
  const body = readBody(c, context);
  try {
    const former = isNew ? null : await source.stat(path, { signal });
    if (ifMatch !== undefined && isReplaced(former, ifMatch)) {
      throw new PreconditionFailedError(`Cannot store "${path}": it was changed`, { path });
    }
    if (former !== null) noteAction(c, { action: "replace" });
    const facts = {
      contentType: newType ?? former?.contentType,
      size: size === undefined ? undefined : Number(size),
      metadata: { ...searchTextOf(former), ...uploaderMetadata(c) },
      signal,
    };
    const looksFirst = isNew && context.grants.conditions(name) !== true;
    const upload = (condition: Conditions) => source.upload(path, body, { ...condition, ...facts });
    const target = { path, condition, looksFirst, signal };
    const file = await context.uploads.count(personOf(c), () => writeGuarded(source, target, upload));
    const record = mayBrowse(c, context, name) ? fileRecord : ownRecord;
    noteAction(c, { bytes: file.size });
    context.metrics.onTransfer({ source: name, direction: "in", bytes: file.size });
    return c.json({ ok: true, file: record({ name, context }, file) }, 201);
  } catch (error) {
    await body.cancel().catch(() => {});
    const isConflict = error instanceof PreconditionFailedError ||
      // S3's response if a file should match, but does not exist.
      (error instanceof FileNotFoundError && ifMatch !== undefined);
    if (!isConflict) throw error;
    const current = mayBrowse(c, context, name) ? await source.stat(path, { signal }) : null;
    throw new RequestRefusal(412, CONFLICT, {
      code: "conflict",
      current: current && fileRecord({ name, context }, current),
    });
  }
}

/** Also known where the store ignores `If-Match`. Lists of tags are left to the store. */
function isReplaced(former: FileInfo | null, ifMatch: string): boolean {
  return former !== null && former.etag !== null && /^"[^",]*"$/.test(ifMatch) && former.etag !== ifMatch;
}

const CONFLICT =
  "Someone else has changed this file in the meantime. It was left as it is; keep your version and compare the two.";

function searchTextOf(file: FileInfo | null): Record<string, string> {
  const text = file?.metadata[SEARCH_TEXT];
  return text === undefined ? {} : { [SEARCH_TEXT]: text };
}
