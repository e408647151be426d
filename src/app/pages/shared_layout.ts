import { html } from "hono/html";
import { formatName } from "../browser/format.js";
import type { AppContext } from "../context.ts";
import type { Failure } from "../failure.ts";
import { headOf, type Markup, notice, type OptionalMarkup } from "./page.ts";

/** The parts of a page for someone with a link. */
export interface SharedParts {
  /** Goes into the title. */
  readonly heading: string;
  /** The way from the shared folder to this page. */
  readonly crumbs?: OptionalMarkup;
  readonly content: Markup;
}

/** A page for someone with a link, who may be nobody else: nothing on it leads anywhere but below the link. */
export function sharedPage({ title }: AppContext, { heading, crumbs = "", content }: SharedParts): Markup {
  return html`
    <!DOCTYPE html>
    <html lang="en">
      <head>
        ${headOf(`${heading} – ${title}`)}
        <meta name="robots" content="noindex">
      </head>
      <body>
        <a class="skip" href="#main">Skip to the content</a>
        <header class="bar"><span class="home">${title}</span>${crumbs}</header>
        <main id="main" tabindex="-1">${content}</main>
      </body>
    </html>
  `;
}

/** The steps from the shared folder to a file or folder in it, each with its URL; the last is this page. */
export function sharedCrumbs(steps: readonly { readonly path: string; readonly url: string }[]): Markup {
  return html`
    <nav class="crumbs" aria-label="Folders">
      <ol>
        ${steps.map(({ path, url }, index) => {
          const name = formatName(path);
          return index === steps.length - 1
            ? html`<li aria-current="page" title="${name}"><bdi>${name}</bdi></li>`
            : html`<li><a href="${url}" title="${name}"><bdi>${name}</bdi></a></li>`;
        })}
      </ol>
    </nav>
  `;
}

/** Says why a link shows nothing. */
export function sharedFailurePage(
  context: AppContext,
  { failure, requestId }: { readonly failure: Failure; readonly requestId: string },
): Markup {
  const isEnded = failure.facts?.["code"] === LINK_ENDED;
  const heading = isEnded ? "This link does not work any more" : failure.heading ?? "This cannot be shown";
  const help = isEnded
    ? ""
    : html`<p class="hint">If you ask someone for help, quote this request: <code>${requestId}</code></p>`;
  return sharedPage(context, { heading, content: notice(heading, failure.message, help) });
}

/** The code of a refusal of a link that does not count. */
export const LINK_ENDED = "link_ended";
