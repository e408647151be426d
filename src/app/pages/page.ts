import { html } from "hono/html";
import type { AppContext, NamedSource } from "../context.ts";
import type { Failure } from "../failure.ts";
import { formatName } from "./format.ts";
import { icon } from "./icons.ts";
import { actionUrl, FILES_URL, folderOf, folderUrl, ICON_URL, sourceUrl, STYLES_URL } from "../urls.ts";

/** Text that is HTML already. */
export type Markup = ReturnType<typeof html>;

/** What every page is made of. */
export interface PageParts {
  /** What the page is about, for the browser's tab. */
  readonly heading: string;
  /** The way to it from the top. */
  readonly breadcrumbs?: Markup;
  /** What can be done here, at the end of the top bar. */
  readonly actions?: Markup;
  /** Everything below the top bar. */
  readonly content: Markup;
}

/** A whole page around its content. */
export function page({ title }: AppContext, { heading, breadcrumbs, actions, content }: PageParts): Markup {
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
      </head>
      <body>
        <header class="bar"><a class="home" href="${FILES_URL}">${title}</a>${breadcrumbs ?? ""}${actions ??
          ""}</header>
        <main>${content}</main>
      </body>
    </html>
  `;
}

/** All sources. */
export function sourcesPage(context: AppContext, sources: readonly NamedSource[]): Markup {
  const rows = sources.map(({ name }) =>
    html`
      <tr>
        <td class="name"><a href="${sourceUrl(name)}">${icon("source")}<bdi>${name}</bdi></a></td>
      </tr>
    `
  );
  const content = rows.length === 0
    ? notice("There is no source here for you.", "Nothing is shown that the configuration does not permit.")
    : html`
      <table>
        <thead>
          <tr>
            <th scope="col">Source</th>
          </tr>
        </thead>
        <tbody>${rows}</tbody>
      </table>
    `;
  return page(context, { heading: context.title, content });
}

/** Asks before a file goes. */
export function deletePage(context: AppContext, { source, path }: { source: string; path: string }): Markup {
  const back = folderUrl(source, folderOf(path));
  const content = html`
    <section class="notice">
      <h1>Delete “<bdi>${formatName(path)}</bdi>”?</h1>
      <p class="path"><bdi>${source}/${path}</bdi></p>
      <p>It is deleted from the store. This cannot be undone here.</p>
      <form class="choice" method="post" action="${actionUrl(source, "delete", { path })}">
        <a class="button" href="${back}" autofocus>Keep it</a>
        <button class="danger">Delete</button>
      </form>
    </section>
  `;
  return page(context, { heading: `Delete ${formatName(path)}`, content });
}

/** Where to go when something failed. */
export interface WayOut {
  /** Within the app. */
  readonly url: string;
  /** What the link says. */
  readonly label: string;
}

/** Says what failed, and the way on. */
export function failurePage(context: AppContext, { failure, wayOut }: { failure: Failure; wayOut: WayOut }): Markup {
  const heading = HEADINGS[failure.status] ?? "This did not work";
  const action = html`<a class="button" href="${wayOut.url}">${wayOut.label}</a>`;
  return page(context, { heading, content: notice(heading, failure.message, action) });
}

const HEADINGS: Readonly<Partial<Record<Failure["status"], string>>> = {
  400: "This request cannot be understood",
  403: "Not allowed",
  404: "Not found",
  409: "This folder has moved",
  412: "Nothing was changed",
  413: "Too large",
  502: "The store does not answer as it should",
  503: "No credentials at the moment",
  504: "The store is slow",
};

/** A state with nothing to list: a sentence, why, and one action. */
export function notice(heading: string, reason: string, action: Markup | "" = ""): Markup {
  return html`<section class="notice"><h1>${heading}</h1><p>${reason}</p>${action}</section>`;
}
