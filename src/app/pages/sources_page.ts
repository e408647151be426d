import { html } from "hono/html";
import type { AppContext } from "../context.ts";
import { sourceUrl } from "../urls.ts";
import { icon } from "./icons.ts";
import { type Markup, notice, page } from "./page.ts";

/** The sources that whoever asks may browse. */
export function sourcesPage(
  context: AppContext,
  { sourceNames, isKnown }: { sourceNames: readonly string[]; isKnown: boolean },
): Markup {
  return page(context, {
    kind: "sources",
    heading: context.title,
    content: sourceNames.length === 0 ? nothingFor(isKnown) : html`
      <h1 class="hidden">Sources</h1>
      <ul class="cards">
        ${sourceNames.map((name) =>
          html`<li><a href="${sourceUrl(name)}">${icon("source")}<bdi>${name}</bdi></a></li>`
        )}
      </ul>
    `,
  });
}

function nothingFor(isKnown: boolean): Markup {
  return isKnown
    ? notice("There is no source here for you.", "Ask whoever runs this to let you in.")
    : notice("You are not logged in.", "Open the login link that whoever runs this gave you, then come back.");
}
