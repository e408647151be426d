import { assertFilePath } from "../s3/keys.ts";
import { toPrefix } from "../s3/keys.ts";
import { type AppContext, type AppRequest, type FilesHono, type NamedSource, sourceOf } from "./context.ts";
import { deletePaths } from "./delete_paths.ts";
import { RequestRefusal } from "./failure.ts";
import { storeForm } from "./form_upload.ts";
import { placeOf } from "./page_routes.ts";
import { deletedPage, deletePage } from "./pages/delete_page.ts";
import { readForm } from "./read_form.ts";
import { readBody } from "./request_body.ts";
import { FILES_URL, folderOf, folderUrl, readPairs, readQuery } from "./urls.ts";

/** What the pages' forms do, for browsers that run no script. */
export function pageActions(app: FilesHono, context: AppContext): void {
  const FORM_URL = `${FILES_URL}/source/:source/-/form`;

  app.post(`${FORM_URL}/upload`, async (c) => {
    const named = sourceOf(c, context, "files-upload");
    const folder = toPrefix(readQuery(c.req.url).get("folder") ?? "");
    await storeForm(named.source, readBody(c, context), {
      folder,
      contentType: c.req.header("content-type") ?? "",
      canReplace: context.access.allows(c.get("actor"), "files-edit", named.name),
      maxFiles: context.limits.maxFiles,
      signal: c.req.raw.signal,
    });
    return c.redirect(folderUrl(named.name, folder), 303);
  });

  app.get(`${FORM_URL}/delete`, (c) => {
    const named = sourceOf(c, context, "files-delete");
    const paths = readPairs(new URL(c.req.url).search.slice(1)).filter(([name]) => name === "path");
    return c.html(deletePage(context, selectionOf(c, context, { named, paths: paths.map(([, path]) => path) })));
  });

  app.post(`${FORM_URL}/delete`, async (c) => {
    const named = sourceOf(c, context, "files-delete");
    const form = await readForm(c);
    const selection = selectionOf(c, context, { named, paths: form.all("path") });
    // From a folder's page, where paths were only chosen.
    if (form.get("confirmed") === undefined) return c.html(deletePage(context, selection));
    const result = await deletePaths(named.source, selection.paths, { signal: c.req.raw.signal });
    if (result.errors.length > 0) return c.html(deletedPage(context, selection, result), 409);
    return c.redirect(folderUrl(named.name, selection.folder), 303);
  });
}

function selectionOf(
  c: AppRequest,
  context: AppContext,
  { named, paths }: { named: NamedSource; paths: readonly string[] },
) {
  const [first] = paths;
  if (first === undefined) throw new RequestRefusal(400, "Nothing is selected. Go back and choose some files.");
  for (const path of paths) assertFilePath(path);
  return { ...placeOf(c, context, { named, folder: folderOf(first) }), paths };
}
