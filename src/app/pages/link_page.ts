import { html } from "hono/html";
import type { SignedUrl } from "../../types/files.ts";
import { folderOf, formatName } from "../browser/format.js";
import { assertLinkable, sourceOf } from "../allowed_actions.ts";
import { type AppContext, type FilesHono, noteAction, sourceNameOf } from "../context.ts";
import { RequestRefusal } from "../failure.ts";
import { shareFile } from "../http/transfer.ts";
import { fileContent } from "../api/file_content.ts";
import { readQuery, SHARED_URL } from "../urls.ts";
import { type Markup, page } from "./page.ts";
import { type Place, placeOf } from "./place.ts";
import { exactTime } from "./times.ts";
import { fileUrl, FORM_ROUTE, formUrl } from "./urls.ts";

interface LinkView extends Place {
  /** Of the file. */
  readonly path: string;
  readonly link: SignedUrl;
  /** The lifetime that was asked for. */
  readonly expiresInSeconds: number;
}

/** Shows a link to a file that works without permissions until it expires. */
export function addLinkPage(app: FilesHono, context: AppContext): void {
  app.get(`${FORM_ROUTE}/link`, async (c) => {
    const query = readQuery(c.req.url);
    const path = query.get("path") ?? "";
    noteAction(c, { action: "link", source: sourceNameOf(c), path });
    const named = sourceOf(c, context, "files-browse");
    const expiresInSeconds = Number(query.get("expires_in_seconds") ?? 3_600);
    if (!LIFETIMES.has(expiresInSeconds)) {
      throw new RequestRefusal(400, "A link can last an hour, a day or a week.");
    }
    assertLinkable(named.source);
    const { signal } = c.req.raw;
    if (!await named.source.stat(path, { signal })) throw new RequestRefusal(404, "There is no such file.");
    const link = await shareFile(c, context, { ...named, path, expiresInSeconds, signal });
    const place = placeOf(c, context, { named, folder: folderOf(path) });
    return c.html(linkPage(context, { ...place, path, link, expiresInSeconds }));
  });
  app.get(`${SHARED_URL}/:token`, async (c) => {
    const content = await context.tokens.verify(c.req.param("token"), "link");
    const [name, path] = [String(content?.["source"]), String(content?.["path"])];
    const source = context.sources.get(name);
    if (source === undefined) throw new RequestRefusal(404, "This link has expired, or is not complete.");
    noteAction(c, { action: "download", source: name, path });
    return await fileContent(c, source, { path, inline: false });
  });
}

function linkPage(context: AppContext, view: LinkView): Markup {
  const { source, path, link: { url, expiresAt }, expiresInSeconds } = view;
  const name = formatName(path);
  const isShorter = expiresAt.getTime() < context.now() + expiresInSeconds * 1_000 - SLACK_MS;
  return page(context, {
    heading: `Link to ${name}`,
    place: view,
    path,
    content: html`
      <section class="sheet">
        <h1>Link to “<bdi>${name}</bdi>”</h1>
        <p>Anyone with this link can download the file until ${exactTime(expiresAt)}.${isShorter
          ? " It cannot last longer, because the source's credentials expire then."
          : ""}</p>
        <label>Link <input class="mono" value="${url}" readonly autofocus></label>
        <form class="choice" action="${formUrl(source, "link")}">
          <input type="hidden" name="path" value="${path}">
          <select name="expires_in_seconds" aria-label="How long the link works">
            ${[...LIFETIMES].map(([seconds, label]) =>
              html`
                <option value="${seconds}" ${seconds === expiresInSeconds ? "selected" : ""}>${label}</option>
              `
            )}
          </select>
          <button>New link</button>
          <a class="button" href="${fileUrl(source, path)}">Back to the file</a>
        </form>
      </section>
    `,
  });
}

/** How long links can last, in seconds. */
const LIFETIMES: ReadonlyMap<number, string> = new Map([[3_600, "1 hour"], [86_400, "1 day"], [604_800, "1 week"]]);

/** A smaller difference is not worth mentioning. */
const SLACK_MS = 60_000;
