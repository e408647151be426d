import { InvalidArgumentError } from "../errors.ts";
import { toPrefix } from "../s3/keys.ts";
import { allowedIn } from "./allowed.ts";
import { type AppContext, type AppRequest, type FilesHono, type NamedSource, sourceOf } from "./context.ts";
import { listFolder, type SortOrder } from "./folder_listing.ts";
import { folderPage } from "./pages/folder_page.ts";
import type { Place } from "./pages/page.ts";
import { sourcesPage } from "./pages/sources_page.ts";
import { uploadPage } from "./pages/upload_page.ts";
import { FILES_URL, readQuery } from "./urls.ts";

/** The pages: what is read, without what is done. */
export function pageRoutes(app: FilesHono, context: AppContext): void {
  app.get("/", (c) => c.redirect(FILES_URL));

  app.get(FILES_URL, (c) => {
    const isKnown = c.get("actor") !== null;
    return c.html(sourcesPage(context, { sourceNames: browsableNames(c, context), isKnown }));
  });

  app.get(`${FILES_URL}/source/:source`, async (c) => {
    const named = sourceOf(c, context, "files-browse");
    const query = readQuery(c.req.url);
    const cursor = query.get("cursor");
    const order = readOrder(query);
    const place = placeOf(c, context, { named, folder: toPrefix(query.get("folder") ?? "") });
    const { folder } = place;
    const { signal } = c.req.raw;
    const list = await listFolder(named.source, { folder, cursor, ...order, limit: PAGE_SIZE, signal });
    return c.html(folderPage(context, { ...place, ...order, list, isFirstPage: cursor === undefined }));
  });

  app.get(`${FILES_URL}/upload/:source`, (c) => {
    const named = sourceOf(c, context, "files-upload");
    const folder = toPrefix(readQuery(c.req.url).get("folder") ?? "");
    return c.html(uploadPage(context, placeOf(c, context, { named, folder })));
  });
}

/** Where in the sources a request is. */
export function placeOf(
  c: AppRequest,
  context: AppContext,
  { named, folder }: { named: NamedSource; folder: string },
): Place {
  return {
    source: named.name,
    folder,
    allowed: allowedIn(c, context, named),
    sourceNames: browsableNames(c, context),
  };
}

/** The sources that whoever asks may browse. */
export function browsableNames(c: AppRequest, { sources, access }: AppContext): string[] {
  return [...sources.keys()].filter((name) => access.allows(c.get("actor"), "files-browse", name));
}

const PAGE_SIZE = 200;

function readOrder(query: ReadonlyMap<string, string>): SortOrder {
  const { sort = "name", order = "asc" } = Object.fromEntries(query);
  if (sort !== "name" && sort !== "size" && sort !== "modified") {
    throw new InvalidArgumentError('Cannot sort by that: it must be "name", "size" or "modified"');
  }
  if (order !== "asc" && order !== "desc") {
    throw new InvalidArgumentError('Cannot sort that way: it must be "asc" or "desc"');
  }
  return { sort, order };
}
