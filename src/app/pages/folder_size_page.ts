import { html } from "hono/html";
import { sourceOf } from "../allowed_actions.ts";
import { sizeAsAsked } from "../api/folder_size.ts";
import { formatBytes, formatExactBytes, formatName, plural } from "../browser/format.js";
import type { AppContext, FilesHono } from "../context.ts";
import { wholeNumberOf } from "../http/arguments.ts";
import { FILES_URL, folderUrl, readQuery } from "../urls.ts";
import { type Markup, page } from "./page.ts";
import { type Place, placeOf } from "./place.ts";
import { folderSizeUrl } from "./urls.ts";

interface SizeView extends Place {
  readonly files: number;
  readonly bytes: number;
  readonly skipped: number;
  readonly next: string | null;
}

/** Says how much a folder has, part after part; for browsers without scripts. */
export function addFolderSizePage(app: FilesHono, context: AppContext): void {
  app.get(`${FILES_URL}/source/:source/-/size`, async (c) => {
    const named = sourceOf(c, context, "files-browse");
    const query = readQuery(c.req.url);
    const before = (name: string) =>
      wholeNumberOf(query.get(name), { name, least: 0, most: Number.MAX_SAFE_INTEGER / 2, otherwise: 0 });
    const part = await sizeAsAsked({ ...named, c, context, query, signal: c.req.raw.signal });
    return c.html(sizePage(context, {
      ...placeOf(c, context, { named }),
      files: before("files") + part.files,
      bytes: before("bytes") + part.bytes,
      skipped: before("skipped") + part.skipped,
      next: part.next,
    }));
  });
}

function sizePage(context: AppContext, view: SizeView): Markup {
  const { source, folder, files, bytes, skipped, next } = view;
  const name = folder === "" ? source : formatName(folder);
  return page(context, {
    heading: `Size of ${name}`,
    place: view,
    content: html`
      <section class="sheet">
        <h1>Size of “<bdi>${name}</bdi>”</h1>
        <p>${next === null ? "" : "At least "}<strong>${formatBytes(bytes)}</strong> in ${plural(
          files,
          "file",
        )}, with all folders in it${bytes < 1_000 ? "" : ` (${formatExactBytes(bytes)})`}.</p>
        ${next === null ? "" : html`<p class="hint">This folder is large, and is counted part by part.</p>`}
        ${skipped === 0
          ? ""
          : html`<p class="hint">Not counted: ${plural(skipped, "name")} that cannot be used here.</p>`}
        <div class="choice">
          <a class="button" href="${folderUrl(source, folder)}">Back to the folder</a>
          ${next === null ? "" : html`
            <a class="button primary" href="${folderSizeUrl(source, folder, {
              files,
              bytes,
              skipped,
              next,
            })}">Continue</a>
          `}
        </div>
      </section>
    `,
  });
}
