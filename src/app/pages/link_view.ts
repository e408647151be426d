import { html } from "hono/html";
import type { SignedUrl } from "../../types/files.ts";
import { formatName } from "../browser/format.js";
import type { AppContext } from "../context.ts";
import { SLACK_MS } from "../http/transfer.ts";
import { MAX_LINK_SECONDS } from "../session/shared_links.ts";
import { folderUrl } from "../urls.ts";
import { type Markup, type OptionalMarkup, page } from "./page.ts";
import type { Place } from "./place.ts";
import { exactTime } from "./times.ts";
import { fileUrl, formUrl } from "./urls.ts";

/** Whose links a person can revoke. */
export type RevokeScope = "all" | "own";

/** What the page to share something shows. */
export interface LinkView extends Place {
  /** Of the file or folder. */
  readonly path: string;
  /** The lifetime that is chosen. */
  readonly expiresInSeconds: number;
  /** Whether the link leads straight to the store. */
  readonly isDirect: boolean;
  /** Until when a link straight to the store could work; absent if there is none. */
  readonly storeUntil: Date | undefined;
  /** Absent for none. */
  readonly revokes: RevokeScope | undefined;
  /** The new link. */
  readonly link?: SignedUrl;
  /** Whether links were just revoked. */
  readonly isRevoked?: boolean;
}

/** Shows a new link and how long it works, and asks for another. */
export function linkPage(context: AppContext, view: LinkView): Markup {
  const { source, path, link, isRevoked } = view;
  const name = formatName(path);
  return page(context, {
    heading: `Share ${name}`,
    place: view,
    path,
    content: html`
      <section class="sheet">
        <h1>Share “<bdi>${name}</bdi>”</h1>
        ${isRevoked === true
          ? html`<p class="paths" role="status">${whose(view)} to this ${kindOf(view)} no longer work.</p>`
          : ""}
        ${link === undefined
          ? html`<p>Anyone who has the link can ${verbOf(view)}, without a login, until it ends.</p>`
          : newLink(context, view, link)}
        <form class="sheet" method="post" action="${formUrl(source, "link")}">
          <input type="hidden" name="path" value="${path}">
          <label>It works for <select name="expires_in_seconds">
              ${[...LIFETIMES].map(([seconds, label]) => option(`${seconds}`, label, `${view.expiresInSeconds}`))}
            </select></label>
          ${wayField(context, view)}
          <div class="choice">
            <a class="button" href="${path.endsWith("/") ? folderUrl(source, path) : fileUrl(source, path)}">Back</a>
            <button class="${link === undefined ? "primary" : ""}">${link === undefined
              ? "Make a link"
              : "Make another link"}</button>
          </div>
        </form>
        ${revokeForm(view)}
      </section>
    `,
  });
}

/** How long links can last, in seconds. */
export const LIFETIMES: ReadonlyMap<number, string> = new Map([
  [3_600, "1 hour"],
  [86_400, "1 day"],
  [259_200, "3 days"],
  [MAX_LINK_SECONDS, "7 days"],
]);

function newLink({ links, now }: AppContext, view: LinkView, { url, expiresAt }: SignedUrl): Markup {
  const { isDirect, expiresInSeconds } = view;
  const isShorter = expiresAt.getTime() < now() + expiresInSeconds * 1_000 - SLACK_MS;
  const restart = !isDirect && links.endAtRestart ? ", or until this app restarts" : "";
  return html`
    <p>Anyone with this link can ${verbOf(view)} until ${exactTime(expiresAt)}${restart}. ${isDirect
      ? "It leads straight to the store and cannot be revoked."
      : "It leads through this app and can be revoked."}${isShorter
      ? " It cannot last longer, because the source's credentials expire then."
      : ""}</p>
    <label>Link <input class="mono" value="${url}" readonly autofocus autocomplete="off"></label>
    <div class="choice"><button type="button" class="primary" data-copy="${url}" hidden>Copy the link</button></div>
  `;
}

function wayField({ now }: AppContext, { storeUntil, isDirect }: LinkView): OptionalMarkup {
  if (storeUntil === undefined) return "";
  const isLimited = storeUntil.getTime() < now() + MAX_LINK_SECONDS * 1_000 - SLACK_MS;
  return html`
    <label>It leads <select name="through">
        ${option("app", "through this app, and can be revoked", isDirect ? "store" : "app")}
        ${option("store", "straight to the store, and cannot be revoked", isDirect ? "store" : "app")}
      </select></label>
    ${isLimited ? html`<p class="hint">${storeLimit(storeUntil)}</p>` : ""}
  `;
}

function storeLimit(until: Date): Markup {
  return html`Straight to the store, it works until ${exactTime(until)} at the latest, as the credentials of this source
    expire then.`;
}

function revokeForm(view: LinkView): OptionalMarkup {
  const { source, path, revokes } = view;
  if (revokes === undefined) return "";
  return html`
    <form class="sheet" method="post" action="${formUrl(source, "revoke")}">
      <h2>Revoke</h2>
      <input type="hidden" name="path" value="${path}">
      <p>${whose(view)} to this ${kindOf(view)} through this app stop working at once. ${NOT_REVOKED}</p>
      <div class="choice"><button class="danger">${revokes === "all"
        ? "Revoke all links"
        : "Revoke my links"}</button></div>
    </form>
  `;
}

const NOT_REVOKED = "Links straight to the store, and links to folders around it, are not affected.";

function whose({ revokes }: LinkView): string {
  return revokes === "own" ? "All links that you made" : "All links that anyone made";
}

function kindOf({ path }: LinkView): string {
  return path.endsWith("/") ? "folder" : "file";
}

function verbOf({ path }: LinkView): string {
  return path.endsWith("/") ? "see and download what is in the folder" : "download the file";
}

function option(value: string, label: string, current: string): Markup {
  return html`
    <option value="${value}" ${value === current ? "selected" : ""}>${label}</option>
  `;
}
