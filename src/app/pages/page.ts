import { html } from "hono/html";
import { formatName } from "../browser/format.js";
import type { AppContext } from "../context.ts";
import { scriptUrl } from "../browser/embed.ts";
import { FILES_URL, folderUrl, ICON_URL, sourceUrl, STYLES_URL } from "../urls.ts";
import { icon } from "./icons.ts";
import { menu } from "./menu.ts";
import type { Place } from "./place.ts";
import { ACCOUNT_URL, SEARCH_URL } from "./urls.ts";

/** Text that is HTML already. */
export type Markup = ReturnType<typeof html>;

/** Markup that may be missing. */
export type OptionalMarkup = Markup | "";

/** The parts of a page. */
export interface PageParts {
  /** Goes into the title. */
  readonly heading: string;
  /** Absent for a page outside all sources. */
  readonly place?: Place;
  /** The file or folder that the breadcrumbs lead to. Default: the place's folder. */
  readonly path?: string;
  /** The text in the search box. */
  readonly query?: string;
  /** Modules besides `app.js` that this page needs from the start; others load what they need later. */
  readonly scripts?: readonly string[];
  /** Buttons at the end of the top bar. */
  readonly actions?: OptionalMarkup;
  /** Everything below the top bar. */
  readonly content: Markup;
}

/** A whole page around its content. */
export function page({ title, transfers }: AppContext, parts: PageParts): Markup {
  const { heading, place, path = place?.folder ?? "", scripts = [], actions = "", query = "", content } = parts;
  const can = place ? (["upload", "edit", "delete"] as const).filter((action) => place.allowed[action]) : [];
  const [downloads, uploads] = [transfers.downloads(place?.source ?? ""), transfers.uploads(place?.source ?? "")];
  // Filled in once it is known.
  const store = place && (downloads === "auto" || uploads === "auto")
    ? html`
      data-store=""
    `
    : "";
  return html`
    <!DOCTYPE html>
    <html lang="en">
      <head>
        ${headOf(heading === title ? title : `${heading} – ${title}`)}
        ${["app.js", ...scripts].map((name) => html`<script type="module" src="${scriptUrl(name)}"></script>`)}
      </head>
      <body data-source="${place?.source ?? ""}" data-folder="${place?.folder ?? ""}"
        data-can="${can.join(" ")}" data-root="${FILES_URL}" data-person="${place?.accountName ?? ""}"
        data-uploads="${uploads}" ${store}>
        <a class="skip" href="#main">Skip to the content</a>
        <header class="bar">
          <a class="home" href="${FILES_URL}">${title}</a>
          ${place ? breadcrumbs(place, path) : ""}
          <form class="find" role="search" action="${SEARCH_URL}">
            <button aria-label="Search">${icon("search")}</button>
            <input type="search" id="search" name="q" value="${query}" placeholder="Search" aria-label="Search all sources" aria-keyshortcuts="/" autocomplete="off">
          </form>
          ${actions}
        </header>
        <p id="banner" class="banner" role="status" hidden></p>
        <main id="main" tabindex="-1">${content}</main>
        <p id="live" class="hidden" aria-live="polite"></p>
        <dialog id="dialog" class="dialog"></dialog>
      </body>
    </html>
  `;
}

/** What the `head` of every page begins with. */
export function headOf(title: string): Markup {
  return html`
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>${title}</title>
    <link rel="stylesheet" href="${STYLES_URL}">
    <link rel="icon" href="${ICON_URL}" type="image/svg+xml">
  `;
}

/** A menu of all sources, then a link to each folder above the path. Of many, those in the middle are in a menu. */
function breadcrumbs({ source, sourceNames, accountName }: Place, path: string): Markup {
  const ends = [...path.matchAll(/\//g)].map((slash) => slash.index + 1);
  if (path !== "" && !path.endsWith("/")) ends.push(path.length);
  const steps = [
    { path: "", name: source },
    ...ends.map((end) => ({ path: path.slice(0, end), name: formatName(path.slice(0, end)) })),
  ];
  const link = (step: typeof steps[number]) =>
    html`<a href="${folderUrl(source, step.path)}" title="${step.name}"><bdi>${step.name}</bdi></a>`;
  const crumb = (step: typeof steps[number]) =>
    step.path === path
      ? html`<li aria-current="page" title="${step.name}"><bdi>${step.name}</bdi></li>`
      : html`<li>${link(step)}</li>`;
  const middle = steps.length > MOST_CRUMBS ? steps.splice(1, steps.length - MOST_CRUMBS + 1) : [];
  const [first, ...others] = steps.map(crumb);
  return html`
    <nav class="crumbs" aria-label="Folders">
      ${sourceMenu(source, { names: sourceNames, accountName })}
      <ol>
        ${first}${middle.length === 0
          ? ""
          : html`<li>${menu(middle.map(link), { label: "Folders in between", content: "…" })}</li>`}${others}
      </ol>
    </nav>
  `;
}

/** The source, two folders above this one, and this one; with a menu in place of a folder. */
const MOST_CRUMBS = 5;

function sourceMenu(
  current: string,
  { names, accountName }: { readonly names: readonly string[]; readonly accountName: string | undefined },
): Markup {
  return html`
    <details class="menu sources">
      <summary aria-label="Sources">${icon("source")}${icon("chevron")}</summary>
      <ul class="popup">
        ${names.map((name) =>
          html`<li><a href="${sourceUrl(name)}" aria-current="${`${name === current}`}"><bdi>${name}</bdi></a></li>`
        )}
        <li class="rule"><a href="${FILES_URL}">All sources</a></li>
        <li><button type="button" data-help aria-keyshortcuts="?" hidden>Keys on this page</button></li>
        ${accountName === undefined
          ? ""
          : html`<li class="rule"><a href="${ACCOUNT_URL}">Logged in as <bdi>${accountName}</bdi></a></li>`}
      </ul>
    </details>
  `;
}

/** The only content of a page: a sentence, a reason and one action. */
export function notice(heading: string, reason: string, action: OptionalMarkup = ""): Markup {
  return html`
    <section class="notice">
      <h1>${heading}</h1>
      <p>${reason}</p>
      ${action}
    </section>
  `;
}

/** The same for an empty list, below a page's own heading. */
export function emptyState(heading: string, reason: string, action: OptionalMarkup = ""): Markup {
  return html`
    <section class="notice" id="empty">
      <h2>${heading}</h2>
      <p>${reason}</p>
      ${action}
    </section>
  `;
}

/** Why a form was refused; empty without a reason. */
export function errorNote(error: string | undefined): OptionalMarkup {
  return error === undefined ? "" : html`<p class="error" role="alert">${error}</p>`;
}
