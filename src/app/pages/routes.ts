import { InvalidArgumentError } from "../../errors.ts";
import { toPrefix } from "../../s3/keys.ts";
import { searchAsAsked } from "../api/search.ts";
import { allowedIn, type AppContext, type FilesHono, openSource, sourceOf } from "../context.ts";
import { RequestRefusal } from "../failure.ts";
import { readFileId } from "../file_id.ts";
import { listFolder, type SortOrder } from "../files/list_folder.ts";
import { browsableNames, placeOf } from "./place.ts";
import { filePage } from "./file_page.ts";
import { folderPage } from "./folder_page.ts";
import { previewOf } from "./previews/preview.ts";
import { searchPage } from "./search_page.ts";
import { sourcesPage } from "./sources_page.ts";
import { uploadPage } from "./upload_page.ts";
import { SEARCH_URL } from "./urls.ts";
import { folderOf } from "../browser/format.js";
import { FILES_URL, readQuery } from "../urls.ts";

/** The pages: what is read, without what is done. */
export function pageRoutes(app: FilesHono, context: AppContext): void {
  app.get("/", (c) => c.redirect(FILES_URL));

  app.get(FILES_URL, (c) => {
    const isKnown = c.get("actor") !== null;
    const names = browsableNames(c, context);
    const sources = [...context.sources].filter(([name]) => names.includes(name)).map(([name, source]) => ({
      source: name,
      allowed: allowedIn(c, context, { name, source, folder: "" }),
    }));
    return c.html(sourcesPage(context, { sources, isKnown }));
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

  app.get(SEARCH_URL, async (c) => {
    const asked = readQuery(c.req.url);
    const query = (asked.get("q") ?? "").trim();
    const source = asked.get("source") || undefined;
    // Without words every name fits.
    const view = {
      ...{ query, sourceNames: browsableNames(c, context), isContinued: asked.has("_next") },
      ...source !== undefined && { source },
    };
    try {
      const result = query === "" ? NOTHING : await searchAsAsked(c, context, asked);
      return c.html(searchPage(context, { ...view, result }));
    } catch (error) {
      if (!(error instanceof RequestRefusal) || error.status !== 400) throw error;
      return c.html(searchPage(context, { ...view, result: NOTHING, refusal: error.message }), 400);
    }
  });

  app.get(`${FILES_URL}/:id{df-[^/.]+}`, async (c) => {
    const { source: name, path } = readFileId(c.req.param("id"));
    const named = openSource(c, context, { name, action: "files-browse" });
    const { signal } = c.req.raw;
    const file = await named.source.stat(path, { signal });
    if (!file) throw new RequestRefusal(404, "There is no such file. It may have been moved or deleted.");
    const preview = await previewOf({ ...named, file, signal });
    const place = placeOf(c, context, { named, folder: folderOf(path) });
    return c.html(filePage(context, { ...place, file, preview }));
  });
}

const PAGE_SIZE = 200;

const NOTHING = { hits: [], failures: [], next: null };

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
