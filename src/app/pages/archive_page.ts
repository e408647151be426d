import { sourceOf } from "../allowed_actions.ts";
import { archiveResponse } from "../api/archive.ts";
import { type AppContext, type FilesHono, noteAction, sourceNameOf } from "../context.ts";
import { readForm } from "../http/body.ts";
import { FORM_ROUTE } from "./urls.ts";

/** Receives the selection of a folder's page, which may be too long for a URL. */
export function addArchivePage(app: FilesHono, context: AppContext): void {
  app.post(`${FORM_ROUTE}/archive`, async (c) => {
    noteAction(c, { action: "download", source: sourceNameOf(c) });
    const named = sourceOf(c, context, "files-browse");
    const form = await readForm(c, context);
    return await archiveResponse(c, context, { ...named, paths: form.all("path"), id: form.get("id") });
  });
}
