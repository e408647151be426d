import { html } from "hono/html";
import { uploaderMetadata } from "../api/records.ts";
import { personOf } from "../api/upload_ticket.ts";
import { formatName } from "../browser/format.js";
import { mayBrowse, mayDo, sourceOf } from "../allowed_actions.ts";
import { type AppContext, type FilesHono, noteAction, sourceNameOf } from "../context.ts";
import type { FileInfo } from "../../types/files.ts";
import { storeForm } from "../files/store_form.ts";
import { readBody } from "../http/body.ts";
import { FILES_URL, folderUrl } from "../urls.ts";
import { failuresPage } from "./failures_page.ts";
import { type Markup, page } from "./page.ts";
import { type Place, placeOf } from "./place.ts";
import { FORM_ROUTE, formUrl } from "./urls.ts";

/** Uploads files on a page of its own, and from the form of a folder's page. */
export function addUploadPage(app: FilesHono, context: AppContext): void {
  app.get(`${FILES_URL}/upload/:source`, (c) => {
    const named = sourceOf(c, context, "files-upload");
    return c.html(uploadPage(context, placeOf(c, context, { named })));
  });

  app.post(`${FORM_ROUTE}/upload`, async (c) => {
    noteAction(c, { action: "upload", source: sourceNameOf(c) });
    const named = sourceOf(c, context, "files-upload");
    const { name, source } = named;
    const place = placeOf(c, context, { named });
    const facts = {
      folder: place.folder,
      contentType: c.req.header("content-type") ?? "",
      canReplace: mayDo(c, context, { name, action: "files-edit" }),
      maxFiles: context.limits.maxFiles,
      metadata: uploaderMetadata(c),
      signal: c.req.raw.signal,
      // Also if what follows fails.
      onStored(files: readonly FileInfo[]) {
        const bytes = files.reduce((sum, { size }) => sum + size, 0);
        noteAction(c, { paths: files.map(({ path }) => path), bytes });
        context.metrics.onTransfer({ source: name, direction: "in", bytes: files.at(-1)?.size ?? 0 });
      },
    };
    const { stored, skipped } = await context.uploads.count(
      personOf(c),
      () => storeForm(source, readBody(c, context), facts),
    );
    if (skipped.length > 0) {
      noteAction(c, { problem: `${skipped.length} skipped, as files of these names exist` });
      return c.html(failuresPage(context, place, {
        heading: "Some files were skipped",
        summary: `${stored.length} uploaded, ${skipped.length} skipped.`,
        errors: skipped.map((path) => ({ path, message: "A file with this name exists. It was not changed." })),
      }));
    }
    // A visitor who may not browse has no folder to return to.
    return mayBrowse(c, context, name)
      ? c.redirect(folderUrl(name, place.folder), 303)
      : c.html(uploadPage(context, place, stored.length));
  });
}

function uploadPage(context: AppContext, place: Place, storedCount = 0): Markup {
  const { source, folder } = place;
  const name = folder === "" ? source : formatName(folder);
  return page(context, {
    heading: `Upload to ${name}`,
    place,
    content: html`
      <section class="sheet">
        <h1>Upload to “<bdi>${name}</bdi>”</h1>
        ${storedCount === 0
          ? ""
          : html`<p role="status">${storedCount} ${storedCount === 1 ? "file" : "files"} uploaded.</p>`}
        ${uploadForm(place)}
        ${UPLOAD_TRAY}
        ${place.sourceNames.includes(source)
          ? html`<p><a href="${folderUrl(source, folder)}">Back to the folder</a></p>`
          : ""}
      </section>
    `,
  });
}

/** Where the script shows the uploads. */
export const UPLOAD_TRAY: Markup = html`
  <section id="tray" class="tray" aria-label="Uploads" hidden></section>
`;

/** Uploads files to a folder, with or without scripts. */
export function uploadForm({ source, folder, allowed }: Place): Markup {
  return html`
    <form class="upload" method="post" enctype="multipart/form-data" action="${formUrl(source, "upload", { folder })}">
      <label>If a name is taken
        <select name="on_collision">
          <option value="keep_both">Keep both</option>
          ${allowed.edit ? html`<option value="replace">Replace the old file</option>` : ""}
          <option value="skip">Skip the new file</option>
        </select>
      </label>
      <input type="file" name="file" multiple required aria-label="Files to upload">
      <button class="primary">Upload</button>
    </form>
  `;
}
