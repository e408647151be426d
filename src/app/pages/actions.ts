import { toPrefix } from "../../s3/keys.ts";
import { uploaderMetadata } from "../api/records.ts";
import { type AppContext, type FilesHono, mayBrowse, sourceOf } from "../context.ts";
import { summarizeFailures } from "../files/delete_tree.ts";
import { deletePaths } from "../files/delete.ts";
import { failureOf, RequestRefusal } from "../failure.ts";
import { storeForm } from "../files/store_form.ts";
import { createFolder } from "../files/new_folder.ts";
import { placeOf, queryPaths, selectionOf } from "./place.ts";
import { FORM_ROUTE } from "./urls.ts";
import { deletePage } from "./delete_page.ts";
import { failuresPage } from "./failures_page.ts";
import { LINK_LIFETIMES, linkPage } from "./link_page.ts";
import { newFolderPage } from "./new_folder_page.ts";
import { uploadPage } from "./upload_page.ts";
import { readBody, readForm } from "../http/body.ts";
import { folderOf } from "../browser/format.js";
import { folderUrl, readQuery } from "../urls.ts";

/** What the pages' forms do, for browsers that run no script: uploads, deletions, new folders, links. */
export function pageActions(app: FilesHono, context: AppContext): void {
  app.post(`${FORM_ROUTE}/upload`, async (c) => {
    const named = sourceOf(c, context, "files-upload");
    const folder = toPrefix(readQuery(c.req.url).get("folder") ?? "");
    const { stored, skipped } = await storeForm(named.source, readBody(c, context), {
      folder,
      contentType: c.req.header("content-type") ?? "",
      canReplace: context.access.allows(c.get("actor"), "files-edit", named.name),
      maxFiles: context.limits.maxFiles,
      metadata: uploaderMetadata(c),
      signal: c.req.raw.signal,
    });
    const place = placeOf(c, context, { named, folder });
    if (skipped.length === 0 && place.sourceNames.includes(named.name)) {
      return c.redirect(folderUrl(named.name, folder), 303);
    }
    // Whoever may not browse has no folder to return to.
    if (skipped.length === 0) return c.html(uploadPage(context, place, { storedCount: stored.length }));
    const errors = skipped.map((path) => ({ path, message: "There is a file of this name already. It is as it was." }));
    const summary = `${stored.length} stored, ${skipped.length} skipped.`;
    const heading = "Some files were skipped";
    return c.html(failuresPage(context, place, { heading, summary, errors }));
  });

  app.get(`${FORM_ROUTE}/delete`, (c) => {
    const named = sourceOf(c, context, "files-delete");
    return c.html(deletePage(context, selectionOf(c, context, { named, paths: queryPaths(c) })));
  });

  app.post(`${FORM_ROUTE}/delete`, async (c) => {
    const named = sourceOf(c, context, "files-delete");
    const form = await readForm(c, context);
    const selection = selectionOf(c, context, { named, paths: form.all("path") });
    // From a folder's page, where paths were only chosen.
    if (form.get("confirmed") === undefined) return c.html(deletePage(context, selection));
    const { deleted, errors } = await deletePaths(named.source, selection.paths, c.req.raw.signal);
    if (errors.length === 0) return c.redirect(folderUrl(named.name, selection.folder), 303);
    const shown = mayBrowse(c, context, named.name) ? errors : summarizeFailures(selection.paths, errors);
    const summary = `${deleted.length} of ${selection.paths.length} were deleted. The others are as they were.`;
    return c.html(
      failuresPage(context, selection, { heading: "Not everything was deleted", summary, errors: shown }),
      409,
    );
  });

  app.get(`${FORM_ROUTE}/folder`, (c) => {
    const named = sourceOf(c, context, "files-upload");
    const folder = toPrefix(readQuery(c.req.url).get("folder") ?? "");
    return c.html(newFolderPage(context, placeOf(c, context, { named, folder })));
  });

  app.post(`${FORM_ROUTE}/folder`, async (c) => {
    const named = sourceOf(c, context, "files-upload");
    const folder = toPrefix(readQuery(c.req.url).get("folder") ?? "");
    const name = (await readForm(c, context)).get("name") ?? "";
    try {
      await createFolder(named.source, name === "" ? "" : folder + name, c.req.raw.signal);
    } catch (error) {
      const { status, message } = failureOf(error);
      if (status >= 500) throw error;
      return c.html(newFolderPage(context, placeOf(c, context, { named, folder }), { name, error: message }), status);
    }
    return c.redirect(folderUrl(named.name, folder), 303);
  });

  app.get(`${FORM_ROUTE}/link`, async (c) => {
    const named = sourceOf(c, context, "files-browse");
    const query = readQuery(c.req.url);
    const path = query.get("path") ?? "";
    const expiresInSeconds = Number(query.get("expires_in_seconds") ?? 3_600);
    if (!LINK_LIFETIMES.has(expiresInSeconds)) {
      throw new RequestRefusal(400, "A link can be good for an hour, a day or a week.");
    }
    const { signal } = c.req.raw;
    if (!await named.source.stat(path, { signal })) throw new RequestRefusal(404, "There is no such file.");
    const link = await named.source.downloadUrl(path, { expiresInSeconds, signal });
    const place = placeOf(c, context, { named, folder: folderOf(path) });
    return c.html(linkPage(context, { ...place, path, link, expiresInSeconds }));
  });
}
