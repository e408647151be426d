import { FileNotFoundError } from "../errors.ts";
import { wantsPage } from "./answer.ts";
import { type AppContext, type FilesHono, sourceOf } from "./context.ts";
import { FILES_URL, folderOf, folderUrl, readQuery } from "./urls.ts";

/** What happens to a single file: it is downloaded, or deleted. */
export function fileRoutes(app: FilesHono, context: AppContext): void {
  app.get(`${FILES_URL}/source/:source/-/download`, async (c) => {
    const { source } = sourceOf(c, context, "files-browse");
    const path = readQuery(c.req.url).get("path") ?? "";
    const { signal } = c.req.raw;
    // The store would show its own error in the place of the page.
    if (!await source.stat(path, { signal })) {
      throw new FileNotFoundError(`Cannot download "${path}": it does not exist`);
    }
    const { url } = await source.downloadUrl(path, { signal });
    c.header("referrer-policy", "no-referrer");
    return c.redirect(url);
  });

  app.post(`${FILES_URL}/source/:source/-/delete`, async (c) => {
    const { name, source } = sourceOf(c, context, "files-delete");
    const path = readQuery(c.req.url).get("path") ?? "";
    await source.delete(path, { signal: c.req.raw.signal });
    return wantsPage(c) ? c.redirect(folderUrl(name, folderOf(path)), 303) : c.json({ ok: true });
  });
}
