import { html } from "hono/html";
import type { Allowed, AppContext } from "../context.ts";
import { LOGOUT_URL } from "../session/session.ts";
import { sourceUrl } from "../urls.ts";
import { icon } from "./icons.ts";
import { LOGIN_HINT } from "./failure_page.ts";
import { type Markup, notice, page, type Place } from "./page.ts";

/** The sources that whoever asks may browse. */
export function sourcesPage(
  context: AppContext,
  { sources, isKnown }: { sources: readonly Pick<Place, "source" | "allowed">[]; isKnown: boolean },
): Markup {
  return page(context, {
    kind: "sources",
    heading: context.title,
    actions: context.hasSession && isKnown
      ? html`<form method="post" action="${LOGOUT_URL}"><button class="button">Log out</button></form>`
      : "",
    content: sources.length === 0 ? nothingFor(isKnown) : html`
      <h1 class="hidden">Sources</h1>
      <ul class="cards">
        ${sources.map(({ source, allowed }) =>
          html`<li><a href="${sourceUrl(source)}">${icon("source")}<span><bdi>${source}</bdi><small>${
            describe(allowed)
          }</small></span></a></li>`
        )}
      </ul>
    `,
  });
}

function nothingFor(isKnown: boolean): Markup {
  return isKnown
    ? notice("There is no source here for you.", "Ask whoever runs this to let you in.")
    : notice("You are not logged in", LOGIN_HINT);
}

function describe({ upload, edit, delete: canDelete }: Allowed): string {
  const verbs = [...upload ? ["upload"] : [], ...edit ? ["change"] : [], ...canDelete ? ["delete"] : []];
  return verbs.length === 0 ? "Read only" : `Read, ${verbs.join(", ")}`;
}
