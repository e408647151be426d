import { FileNotFoundError, RangeNotSatisfiableError } from "../../errors.ts";
import { withTaskPool } from "../../async/task_pool.ts";
import type { S3Source } from "../../types/source.ts";
import type { FileInfo } from "../../types/files.ts";
import { objectOf, textOf, wholeNumberOf } from "../http/arguments.ts";
import { mayBrowse } from "../allowed_actions.ts";
import { type AppContext, type AppRequest, noteAction } from "../context.ts";
import { RequestRefusal } from "../failure.ts";
import { parseFileId } from "../file_id.ts";
import { IMAGE_HEADER_BYTES, type ImageSize, readImageSize, SIZED_TYPES } from "../files/image_header.ts";
import { mediaTypeOf } from "../files/media_types.ts";
import { dropThumbnail } from "../files/thumbnails.ts";
import { readJson } from "../http/body.ts";
import { isProxied, shareFile } from "../http/transfer.ts";
import { MAX_LINK_SECONDS } from "../session/shared_links.ts";
import { fileContent } from "./file_content.ts";
import { thumbnailOf } from "./thumbnail.ts";
import { readPairs } from "../urls.ts";
import { type FileRecord, fileRecord, SEARCH_TEXT } from "./records.ts";
import { type ApiRoute, appRoute, type FileRequest, fileRoute, type SourceRequest } from "./route.ts";

/** Routes of a file by its id. */
export const FILE_ROUTES: readonly ApiRoute[] = [
  appRoute("GET /batch.json", batch),
  fileRoute("GET /{id}.json", { needs: ["files-browse"], handle: info }),
  fileRoute("GET /{id}/download", { needs: ["files-browse"], audits: "download", handle: download }),
  fileRoute("GET /{id}/content", {
    needs: ["files-browse"],
    audits: "download",
    handle: ({ c, source, path }) => fileContent(c, source, { path, inline: true }),
  }),
  fileRoute("GET /{id}/thumbnail", {
    needs: ["files-browse"],
    handle: ({ c, source, path }) => thumbnailOf(c, source, path),
  }),
  fileRoute("GET /{id}/link", { needs: ["files-browse"], audits: "link", handle: link }),
  fileRoute("POST /{id}/-/delete", { needs: ["files-delete"], audits: "delete", handle: remove }),
  fileRoute("POST /{id}/-/update", { needs: ["files-edit"], audits: "edit", handle: update }),
];

async function info(request: FileRequest): Promise<Response> {
  return request.c.json(await recordOf(request, request.path));
}

/** The record of a file with all its fields. */
export async function recordOf(request: SourceRequest, path: string): Promise<FileRecord> {
  const { source, signal } = request;
  const file = await statFile(source, path, signal);
  return fileRecord(request, file, await imageSizeOf(source, file, signal));
}

async function statFile(source: S3Source, path: string, signal: AbortSignal): Promise<FileInfo> {
  const file = await source.stat(path, { signal });
  if (file) return file;
  throw new FileNotFoundError(`Cannot find "${path}": it does not exist`);
}

/** Reads the start of the file if it is an image. */
async function imageSizeOf(source: S3Source, file: FileInfo, signal: AbortSignal): Promise<ImageSize | undefined> {
  if (!SIZED_TYPES.has(mediaTypeOf(file) ?? "")) return undefined;
  try {
    const range = { offset: 0, length: IMAGE_HEADER_BYTES };
    return readImageSize(await source.read(file.path, { range, signal }));
  } catch (error) {
    // It is empty, or was just deleted.
    if (error instanceof RangeNotSatisfiableError || error instanceof FileNotFoundError) return undefined;
    throw error;
  }
}

/** Leaves out files that do not exist, or that the actor may not browse. */
async function batch(c: AppRequest, context: AppContext): Promise<Response> {
  const { signal } = c.req.raw;
  const ids = [
    ...new Set(readPairs(new URL(c.req.url).search.slice(1)).filter(([name]) => name === "id").map(([, id]) => id)),
  ];
  if (ids.length > MAX_BATCH) throw new RequestRefusal(400, `A request may have at most ${MAX_BATCH} ids.`);
  const found = new Map<string, object>();
  await withTaskPool(CONCURRENCY, signal, async (pool) => {
    for (const id of ids) {
      await pool.add(async () => {
        const { source: name, path } = parseFileId(id) ?? { source: "", path: "" };
        const source = context.sources.get(name);
        if (!source || !mayBrowse(c, context, name)) return;
        const file = await source.stat(path, { signal: pool.signal });
        if (!file) return;
        const record = fileRecord({ name, context }, file, await imageSizeOf(source, file, pool.signal));
        found.set(id, batchRecord(record, context));
      });
    }
  });
  const inOrder = ids.flatMap((id) => found.has(id) ? [[id, found.get(id)]] : []);
  return c.json({ files: Object.fromEntries(inOrder) });
}

function batchRecord(record: FileRecord, { filesUrl }: AppContext) {
  const { id, filename, content_type, size, width, height, download_url, thumbnail_url } = record;
  const info_url = `${filesUrl}/${id}.json`;
  return { id, filename, content_type, size, width, height, download_url, thumbnail_url, info_url };
}

async function download({ c, context, name, source, path, query, signal }: FileRequest): Promise<Response> {
  if (query.get("proxy") === "1" || isProxied(c, context, { name, source, way: "downloads" })) {
    return await fileContent(c, source, { path, inline: false });
  }
  // The browser would leave the app for the store's own error.
  const { size } = await statFile(source, path, signal);
  noteAction(c, { bytes: size });
  const { url } = await source.downloadUrl(path, { signal });
  c.header("referrer-policy", "no-referrer");
  return c.redirect(url);
}

async function link({ c, context, name, source, path, query, signal }: FileRequest): Promise<Response> {
  const expiresInSeconds = wholeNumberOf(query.get("expires_in_seconds"), {
    name: "expires_in_seconds",
    least: 1,
    most: MAX_LINK_SECONDS,
    otherwise: 3_600,
  });
  const { size } = await statFile(source, path, signal);
  noteAction(c, { bytes: size });
  const { url, expiresAt } = await shareFile(c, context, { name, source, path, expiresInSeconds, signal });
  c.header("referrer-policy", "no-referrer");
  return c.json({ url, expires_at: expiresAt.toISOString() });
}

async function remove({ c, source, path, signal }: FileRequest): Promise<Response> {
  const { size } = await statFile(source, path, signal);
  noteAction(c, { bytes: size });
  await source.delete(path, { signal });
  await dropThumbnail(source, { path, size }, signal);
  return c.json({ ok: true });
}

async function update(request: FileRequest): Promise<Response> {
  const { c, context, name, source, path, signal } = request;
  const changes = objectOf(await readJson(c, context), "update");
  const unknown = Object.keys(changes).filter((field) => field !== "search_text");
  if (unknown.length > 0) {
    throw new RequestRefusal(400, `Only search_text can be changed, not ${unknown.join(", ")}.`);
  }
  const searchText = encodeURIComponent(textOf(changes, "search_text").toWellFormed());
  if (searchText.length > MAX_SEARCH_TEXT_LENGTH) {
    throw new RequestRefusal(400, "The search text is too long: a store keeps at most 2 kB of metadata with a file.");
  }
  const { [SEARCH_TEXT]: _, ...metadata } = (await statFile(source, path, signal)).metadata;
  await source.copy(path, path, {
    metadata: { ...metadata, ...searchText !== "" && { [SEARCH_TEXT]: searchText } },
    signal,
  });
  if (!mayBrowse(c, context, name)) return c.json({ ok: true });
  return c.json({ ok: true, file: await recordOf(request, path) });
}

const MAX_BATCH = 200;
const CONCURRENCY = 8;
/** S3 allows 2 KB for all metadata of a file, names included. */
const MAX_SEARCH_TEXT_LENGTH = 1_536;
