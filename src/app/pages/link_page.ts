import { html } from "hono/html";
import type { SignedUrl } from "../../types/files.ts";
import type { AppContext } from "../context.ts";
import { fileUrl, formUrl } from "./urls.ts";
import { breadcrumbs } from "./breadcrumbs.ts";
import { formatName, formatTime } from "./format.ts";
import { type Markup, page, type Place } from "./page.ts";

/** What the page of a link shows. */
export interface LinkView extends Place {
  /** Of the file. */
  readonly path: string;
  /** The link. */
  readonly link: SignedUrl;
  /** How long it was to be good for. */
  readonly expiresInSeconds: number;
}

/** How long links can be good for, in seconds. */
export const LINK_LIFETIMES: ReadonlyMap<number, string> = new Map([
  [3_600, "An hour"],
  [86_400, "A day"],
  [604_800, "A week"],
]);

/** A link to a file for whoever has none of the permissions, until it expires. */
export function linkPage(context: AppContext, view: LinkView): Markup {
  const { source, path, link: { url, expiresAt }, expiresInSeconds } = view;
  const name = formatName(path);
  const isShorter = expiresAt.getTime() < context.now() + expiresInSeconds * 1_000 - SLACK_MS;
  return page(context, {
    kind: "form",
    heading: `Link to ${name}`,
    place: view,
    breadcrumbs: breadcrumbs(view, path),
    content: html`
      <section class="sheet">
        <h1>Link to “<bdi>${name}</bdi>”</h1>
        <p>Anyone who has this link can download the file until ${formatTime(expiresAt)}.${isShorter
          ? " The source's own credentials end then, so it cannot be longer."
          : ""}</p>
        <label>Link <input class="mono" value="${url}" readonly autofocus></label>
        <form class="choice" action="${formUrl(source, "link")}">
          <input type="hidden" name="path" value="${path}">
          <select name="expires_in_seconds" aria-label="How long it works">
            ${[...LINK_LIFETIMES].map(([seconds, label]) =>
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

/** Less than this is not worth mentioning. */
const SLACK_MS = 60_000;
