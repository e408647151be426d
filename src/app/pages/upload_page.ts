import { html } from "hono/html";
import type { AppContext } from "../context.ts";
import { formUrl } from "./urls.ts";
import { folderUrl } from "../urls.ts";
import { breadcrumbs } from "./breadcrumbs.ts";
import { formatName } from "./format.ts";
import { type Markup, page, type Place } from "./page.ts";

/** Takes files for a folder, without the script too. */
export function uploadForm({ source, folder, allowed }: Pick<Place, "source" | "folder" | "allowed">): Markup {
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

/** Uploading, on a page of its own. */
export function uploadPage(
  context: AppContext,
  place: Place,
  { storedCount = 0 }: { storedCount?: number } = {},
): Markup {
  const { source, folder } = place;
  const name = folder === "" ? source : formatName(folder);
  return page(context, {
    kind: "upload",
    heading: `Upload to ${name}`,
    place,
    breadcrumbs: breadcrumbs(place, folder),
    content: html`
      <section class="sheet">
        <h1>Upload to “<bdi>${name}</bdi>”</h1>
        ${storedCount === 0
          ? ""
          : html`<p role="status">${storedCount} ${storedCount === 1 ? "file was" : "files were"} stored.</p>`}
        ${uploadForm(place)}
        ${place.sourceNames.includes(source)
          ? html`<p><a href="${folderUrl(source, folder)}">Back to the folder</a></p>`
          : ""}
      </section>
    `,
  });
}
