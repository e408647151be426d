import { assertFilePath, assertFolderPath, toPrefix } from "../../s3/keys.ts";
import type { S3Source } from "../../types/source.ts";
import { archiveResponse } from "../api/archive.ts";
import { fileContent } from "../api/file_content.ts";
import { thumbnailOf } from "../api/thumbnail.ts";
import { baseName, formatName } from "../browser/format.js";
import { type AppContext, type AppRequest, type FilesHono, noteAction } from "../context.ts";
import { RequestRefusal } from "../failure.ts";
import { withTimeLimits } from "../files/bounded_source.ts";
import { isHidden } from "../files/hidden.ts";
import { listFolder } from "../files/list_folder.ts";
import { readerOf } from "../http/reader_language.ts";
import type { SharedLink } from "../session/shared_links.ts";
import { readQuery, SHARED_URL } from "../urls.ts";
import { previewOf } from "./previews/preview.ts";
import { LINK_ENDED } from "./shared_layout.ts";
import { sharedFilePage, sharedFolderPage } from "./shared_views.ts";
import { type FilePart, sharedFileUrl } from "./urls.ts";

/** What links lead to, for anyone who has one: a file to save, or a folder to look at. */
export function addSharedPages(app: FilesHono, context: AppContext): void {
  // The address is the secret.
  app.use(`${SHARED_URL}/*`, async (c, next) => {
    await next();
    c.res.headers.set("referrer-policy", "no-referrer");
    c.res.headers.set("x-robots-tag", "noindex");
  });

  app.get(`${SHARED_URL}/:token`, async (c) => {
    const link = await openLink(c, context, "link_open");
    const { source, token, path: shared } = link;
    if (!shared.endsWith("/")) {
      noteAction(c, { action: "download" });
      return await fileContent(c, source, { path: shared, inline: false });
    }
    const folder = folderIn(c, link);
    const cursor = readQuery(c.req.url).get("cursor");
    const { signal } = c.req.raw;
    const order = { sort: "name", order: "asc", byName: readerOf(c).byName } as const;
    const list = await listFolder(link.folder, { folder, cursor, ...order, limit: PAGE_SIZE, signal });
    const view = { token, name: formatName(shared), expiresMs: link.expiresMs, folder, list };
    return c.html(sharedFolderPage(context, { ...view, isFirstPage: cursor === undefined }));
  });

  app.get(`${SHARED_URL}/:token/file`, async (c) => {
    const link = await openLink(c, context, "link_open");
    const path = pathIn(c, link);
    const { folder: source, token, path: shared } = link;
    const { signal } = c.req.raw;
    const file = await source.stat(path, { signal });
    if (!file) throw missing();
    const urlOf = (part: FilePart) => sharedFileUrl(token, path, part);
    const { content } = await previewOf({ name: link.name, source, file, signal, urlOf });
    return c.html(sharedFilePage(context, { token, name: formatName(shared), file, preview: content }));
  });

  app.get(`${SHARED_URL}/:token/archive`, async (c) => {
    const link = await openLink(c, context, "download");
    const folder = folderIn(c, link);
    const wanted = { name: baseName(link.path), source: link.folder, paths: [folder], id: undefined };
    return await archiveResponse(c, context, wanted);
  });

  for (const part of ["content", "download"] as const) {
    app.get(`${SHARED_URL}/:token/${part}`, async (c) => {
      const link = await openLink(c, context, "download");
      const path = pathIn(c, link);
      return await fileContent(c, link.folder, { path, inline: part === "content" });
    });
  }

  app.get(`${SHARED_URL}/:token/thumbnail`, async (c) => {
    const link = await openLink(c, context);
    return await thumbnailOf(c, link.folder, pathIn(c, link));
  });
}

/** A link that counts. */
interface OpenLink extends Omit<SharedLink, "source"> {
  readonly token: string;
  /** The source's name. */
  readonly name: string;
  readonly source: S3Source;
  /** The shared folder, out of which no path leads, and whose failures name no path above it. */
  readonly folder: S3Source;
}

/**
 * Opens the link of a request, and notes for the audit what it is used for, also if it is refused.
 *
 * @throws {RequestRefusal} If the link does not count.
 */
async function openLink(
  c: AppRequest,
  context: AppContext,
  action?: "download" | "link_open",
): Promise<OpenLink> {
  const token = c.req.param("token") ?? "";
  noteAction(c, { action, login: "link" });
  const link = await context.links.open(token);
  const source = context.sources.get(link?.source ?? "");
  if (link === undefined || source === undefined) {
    throw new RequestRefusal(
      404,
      "This link has expired, was revoked, or is not complete. Ask the person it is from for a new one.",
      { code: LINK_ENDED },
    );
  }
  noteAction(c, {
    source: link.source,
    path: link.path,
    sharedBy: link.actor === null ? undefined : { id: link.actor.id },
  });
  const folder = link.path.endsWith("/") ? withTimeLimits(source.folder(link.path)) : source;
  return { ...link, token, name: link.source, source, folder };
}

/** The path of a request, relative to the shared folder. */
function pathIn(c: AppRequest, { path: shared }: OpenLink): string {
  const path = readQuery(c.req.url).get("path") ?? "";
  // A link to a file has nothing below it.
  if (!shared.endsWith("/")) throw missing();
  noteAction(c, { path: shared + path });
  assertFilePath(path);
  if (isHidden(path)) throw missing();
  return path;
}

/** The folder of a request, relative to the shared one. */
function folderIn(c: AppRequest, { path: shared }: OpenLink): string {
  const folder = toPrefix(readQuery(c.req.url).get("folder") ?? "");
  if (!shared.endsWith("/")) throw missing();
  noteAction(c, { path: shared + folder });
  assertFolderPath(folder);
  return folder;
}

function missing(): RequestRefusal {
  return new RequestRefusal(404, "There is no such file here. It may have been moved or deleted.");
}

const PAGE_SIZE = 200;
