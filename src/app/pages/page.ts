import { html } from "hono/html";
import type { Allowed, AppContext } from "../context.ts";
import { SEARCH_URL } from "./urls.ts";
import { SCRIPT_URL } from "../browser/embed.ts";
import { FILES_URL, ICON_URL, STYLES_URL } from "../urls.ts";
import { icon } from "./icons.ts";

/** Text that is HTML already. */
export type Markup = ReturnType<typeof html>;

/** A part of a page that may be missing. */
export type OptionalMarkup = Markup | "";

/** Where in the sources a page is, and what may be done there. */
export interface Place {
  /** The source's name. */
  readonly source: string;
  /** Empty, or ends in `/`. */
  readonly folder: string;
  /** What is offered. */
  readonly allowed: Allowed;
  /** The sources that whoever asks may browse. */
  readonly sourceNames: readonly string[];
}

/** What every page is made of. */
export interface PageParts {
  /** Tells the script which page it is on. */
  readonly kind: "sources" | "folder" | "file" | "search" | "upload" | "form" | "failure";
  /** What the page is about, for the browser's tab. */
  readonly heading: string;
  /** Where it is; absent for a page that is in no source. */
  readonly place?: Place;
  /** The way to it from the source. */
  readonly breadcrumbs?: OptionalMarkup;
  /** What the search box has. */
  readonly query?: string;
  /** What can be done here, at the end of the top bar. */
  readonly actions?: OptionalMarkup;
  /** Everything below the top bar. */
  readonly content: Markup;
}

/** A whole page around its content. */
export function page({ title }: AppContext, parts: PageParts): Markup {
  const { kind, heading, place, breadcrumbs = "", actions = "", query = "", content } = parts;
  const can = place ? (["upload", "edit", "delete"] as const).filter((action) => place.allowed[action]) : [];
  return html`
    <!DOCTYPE html>
    <html lang="en">
      <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>${heading === title ? title : `${heading} – ${title}`}</title>
        <link rel="stylesheet" href="${STYLES_URL}">
        <link rel="icon" href="${ICON_URL}" type="image/svg+xml">
        <script type="module" src="${SCRIPT_URL}"></script>
      </head>
      <body data-page="${kind}" data-source="${place?.source ?? ""}" data-folder="${place?.folder ??
        ""}" data-can="${can
        .join(" ")}"
        data-root="${FILES_URL}">
        <a class="skip" href="#main">Skip to the content</a>
        <header class="bar">
          <a class="home" href="${FILES_URL}">${title}</a>
          ${breadcrumbs}
          <form class="find" role="search" action="${SEARCH_URL}">
            <button aria-label="Search">${icon("search")}</button>
            <input type="search" id="search" name="q" value="${query}" placeholder="Search" aria-label="Search all sources" aria-keyshortcuts="/" autocomplete="off">
          </form>
          ${actions}
        </header>
        <p id="banner" class="banner" role="status" hidden></p>
        <main id="main" tabindex="-1">${content}</main>
        <p id="live" class="hidden" aria-live="polite"></p>
        <section id="tray" class="tray" aria-label="Uploads" hidden></section>
        <dialog id="dialog" class="dialog"></dialog>
      </body>
    </html>
  `;
}

/** A whole page that says one thing: a sentence, why, and one action. */
export function notice(heading: string, reason: string, action: OptionalMarkup = ""): Markup {
  return html`
    <section class="notice">
      <h1>${heading}</h1>
      <p>${reason}</p>
      ${action}
    </section>
  `;
}

/** The same below the heading of a page that has nothing to list. */
export function emptyState(heading: string, reason: string, action: OptionalMarkup = ""): Markup {
  return html`
    <section class="notice" id="empty">
      <h2>${heading}</h2>
      <p>${reason}</p>
      ${action}
    </section>
  `;
}
