import { CredentialsError, TimeoutError } from "../../errors.ts";
import { withTimeLimit } from "../../async/abort.ts";
import { toPrefix } from "../../s3/keys.ts";
import { allowedIn, mayBrowse, openSource } from "../allowed_actions.ts";
import { type AppContext, type AppRequest, noteAction } from "../context.ts";
import { isRefusedByBroker } from "../failure.ts";
import { choiceOf, flagOf, textOf, textsOf, wholeNumberOf } from "../http/arguments.ts";
import { problemOf, summarizeFailures } from "../files/path_failure.ts";
import { deletePaths } from "../files/delete.ts";
import { listFolder } from "../files/list_folder.ts";
import { createFolder } from "../files/new_folder.ts";
import { readJson } from "../http/body.ts";
import { readerOf } from "../http/reader_language.ts";
import { copyPath, movePath, type Transfer } from "../files/transfer.ts";
import { fileRecord, folderRecord, sourceRecord } from "./records.ts";
import { type ApiRoute, appRoute, type SourceRequest, sourceRoute } from "./route.ts";
import { putContent } from "./put_content.ts";

/** Routes of sources and folders. */
export const SOURCE_ROUTES: readonly ApiRoute[] = [
  appRoute("GET /sources.json", listSources),
  sourceRoute("GET /source/{source}.json", { needs: ["files-browse"], handle: list }),
  sourceRoute("GET /source/{source}/-/status.json", { needs: ["files-browse"], handle: status }),
  sourceRoute("PUT /source/{source}/-/content", { needs: neededToWrite, audits: "upload", handle: putContent }),
  sourceRoute("POST /source/{source}/-/folder", { needs: ["files-upload"], audits: "folder", handle: newFolder }),
  sourceRoute("POST /source/{source}/-/copy", {
    needs: ["files-browse", "files-upload"],
    audits: "copy",
    handle: copy,
  }),
  sourceRoute("POST /source/{source}/-/move", { needs: ["files-edit", "files-delete"], audits: "move", handle: move }),
  sourceRoute("POST /source/{source}/-/delete", { needs: ["files-delete"], audits: "delete", handle: remove }),
];

function listSources(c: AppRequest, context: AppContext): Response {
  const browsable = [...context.sources].filter(([name]) => mayBrowse(c, context, name));
  return c.json({ sources: browsable.map(([name, source]) => sourceRecord(name, source.capabilities)) });
}

async function list({ c, context, name, source, query, signal }: SourceRequest): Promise<Response> {
  const folder = toPrefix(query.get("folder") ?? "");
  const { files, folders, cursor, skipped, isSorted } = await listFolder(source, {
    folder,
    cursor: query.get("cursor"),
    limit: wholeNumberOf(query.get("limit"), { name: "limit", least: 1, most: 1_000, otherwise: 100 }),
    sort: choiceOf(query.get("sort"), ["name", "size", "modified"], "sort"),
    order: choiceOf(query.get("order"), ["asc", "desc"], "order"),
    // In the order of the store, a program gets a folder of any size with one request for each page.
    byName: query.has("sort") ? readerOf(c).byName : undefined,
    signal,
  });
  return c.json({
    source: name,
    folder,
    folders: folders.map(folderRecord),
    files: files.map((file) => fileRecord({ name, context }, file)),
    cursor,
    skipped,
    is_sorted: isSorted,
    can: allowedIn(c, context, { name, source, folder }),
  });
}

/** For a page that waits until the source works again. */
async function status({ c, context, name, source, query }: SourceRequest): Promise<Response> {
  const timedOut = () => new TimeoutError("Cannot connect: the credentials service took too long");
  const can = allowedIn(c, context, { name, source, folder: toPrefix(query.get("folder") ?? "") });
  try {
    await withTimeLimit(CONNECT_MS, timedOut, (signal) => source.connect({ signal }));
    return c.json({ ok: true, can, broker: "ok" });
  } catch (error) {
    if (!(error instanceof CredentialsError || error instanceof TimeoutError)) throw error;
    if (isRefusedByBroker(error)) return c.json({ ok: false, can, broker: "refused" });
    return c.json({ ok: false, can, broker: "failing", retry_in_seconds: RETRY_SECONDS });
  }
}

/** Creating and replacing have permissions of their own; without a condition, the request may do either. */
function neededToWrite(c: AppRequest): ("files-upload" | "files-edit")[] {
  if (c.req.header("if-none-match") === "*") return ["files-upload"];
  // An empty header is no condition.
  return c.req.header("if-match") ? ["files-edit"] : ["files-upload", "files-edit"];
}

async function newFolder({ c, context, source, signal }: SourceRequest): Promise<Response> {
  const wanted = textOf(await readJson(c, context), "path");
  noteAction(c, { path: wanted });
  const path = await createFolder(source, wanted, signal);
  return c.json({ ok: true, folder: folderRecord(path) }, 201);
}

async function copy(request: SourceRequest): Promise<Response> {
  const { c, context, name, source } = request;
  const transfer = await readTransfer(request);
  if (transfer.overwrite) openSource(c, context, { name, action: "files-edit" });
  return transferResponse(request, transfer, await copyPath(source, transfer));
}

async function move(request: SourceRequest): Promise<Response> {
  const transfer = await readTransfer(request);
  return transferResponse(request, transfer, await movePath(request.source, transfer));
}

async function readTransfer({ c, context, name, signal }: SourceRequest) {
  const body = await readJson(c, context);
  const [from, to] = [textOf(body, "from"), textOf(body, "to")];
  noteAction(c, { path: from, to });
  return { from, to, overwrite: flagOf(body, "overwrite"), isBrowsable: mayBrowse(c, context, name), signal };
}

/** Without permission to browse, the response has no names but the one in the request. */
function transferResponse(
  { c, context, name }: SourceRequest,
  { from, to }: { from: string; to: string },
  { file, moved, errors }: Transfer,
): Response {
  const ok = errors.length === 0;
  if (!ok) noteAction(c, { problem: problemOf(errors) });
  if (mayBrowse(c, context, name)) {
    return c.json({ ok, ...file && { file: fileRecord({ name, context }, file) }, moved, errors });
  }
  return c.json({ ok, moved: ok ? [{ from, to }] : [], errors: summarizeFailures([from], errors) });
}

async function remove({ c, context, name, source, signal }: SourceRequest): Promise<Response> {
  const paths = textsOf(await readJson(c, context), "paths");
  noteAction(c, { paths });
  const { deleted, errors } = await deletePaths(source, paths, signal);
  if (errors.length > 0) noteAction(c, { problem: problemOf(errors) });
  const shown = mayBrowse(c, context, name) ? errors : summarizeFailures(paths, errors);
  return c.json({ ok: errors.length === 0, deleted, errors: shown });
}

const CONNECT_MS = 5_000;
const RETRY_SECONDS = 5;
