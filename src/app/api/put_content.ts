import { FileNotFoundError, PreconditionFailedError } from "../../errors.ts";
import type { FileInfo, UploadOptions } from "../../types/files.ts";
import { mayBrowse } from "../context.ts";
import { RequestRefusal } from "../failure.ts";
import { assertNewFile } from "../files/new_path.ts";
import { readBody } from "../http/body.ts";
import { fileRecord, ownRecord, SEARCH_TEXT, uploaderMetadata } from "./records.ts";
import type { SourceRequest } from "./route.ts";

/** Stores the body of a request; on the conditions `If-Match` and `If-None-Match: *`, if it has one of them. */
export async function putContent({ c, context, name, source, query, signal }: SourceRequest): Promise<Response> {
  const path = query.get("path") ?? "";
  assertNewFile(path);
  const { "content-length": size, "content-type": newType, "if-match": ifMatch } = c.req.header();
  const conditions = c.req.header("if-none-match") === "*"
    ? { ifNoneMatch: "*" as const }
    : { ...ifMatch && { ifMatch } };
  const body = readBody(c, context);
  try {
    const former = "ifNoneMatch" in conditions ? null : await source.stat(path, { signal });
    const contentType = newType ?? former?.contentType;
    const file = await source.upload(
      path,
      body,
      {
        ...conditions,
        ...contentType !== undefined && { contentType },
        ...size !== undefined && { size: Number(size) },
        metadata: { ...searchTextOf(former), ...uploaderMetadata(c) },
        signal,
      } satisfies UploadOptions,
    );
    return c.json({ ok: true, file: (mayBrowse(c, context, name) ? fileRecord : ownRecord)(name, file) }, 201);
  } catch (error) {
    await body.cancel().catch(() => {});
    const isConflict = error instanceof PreconditionFailedError ||
      // S3 answers so where a file should match, and there is none.
      (error instanceof FileNotFoundError && ifMatch !== undefined);
    if (!isConflict) throw error;
    const current = mayBrowse(c, context, name) ? await source.stat(path, { signal }) : null;
    throw new RequestRefusal(412, CONFLICT, { code: "conflict", current: current && fileRecord(name, current) });
  }
}

const CONFLICT =
  "Somebody else has changed this file meanwhile. It was left as it is; keep your version, and compare the two.";

function searchTextOf(file: FileInfo | null): Record<string, string> {
  const text = file?.metadata?.[SEARCH_TEXT];
  return text === undefined ? {} : { [SEARCH_TEXT]: text };
}
