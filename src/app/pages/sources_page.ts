import { html } from "hono/html";
import { type Allowed, allowedIn, mayBrowse } from "../allowed_actions.ts";
import type { AppContext, FilesHono } from "../context.ts";
import { FILES_URL, sourceUrl } from "../urls.ts";
import { accountActions } from "./account_page.ts";
import { LOGIN_HINT } from "./failure_page.ts";
import { icon } from "./icons.ts";
import { type Markup, notice, type OptionalMarkup, page } from "./page.ts";
import { loginUrl } from "./urls.ts";

interface SourcesView {
  /** The sources that the visitor may browse. */
  readonly sources: readonly {
    readonly name: string;
    readonly description: string | undefined;
    readonly allowed: Allowed;
  }[];
  readonly isLoggedIn: boolean;
  /** In the top bar. */
  readonly actions: OptionalMarkup;
}

/** Lists the sources. */
export function addSourcesPage(app: FilesHono, context: AppContext): void {
  app.get(FILES_URL, (c) => {
    const sources = [...context.sources]
      .filter(([name]) => mayBrowse(c, context, name))
      .map(([name, source]) => ({
        name,
        description: Object.hasOwn(context.descriptions, name) ? context.descriptions[name] : undefined,
        allowed: allowedIn(c, context, { name, source, folder: "" }),
      }));
    return c.html(sourcesPage(context, {
      sources,
      isLoggedIn: c.get("visitor").actor !== null,
      actions: sources.length === 0 && c.get("visitor").actor === null ? "" : accountActions(c, context),
    }));
  });
}

function sourcesPage(context: AppContext, { sources, isLoggedIn, actions }: SourcesView): Markup {
  return page(context, {
    heading: context.title,
    actions,
    content: sources.length === 0 ? nothingFor(context, isLoggedIn) : html`
      <h1 class="hidden">Sources</h1>
      <ul class="cards">
        ${sources.map(({ name, description, allowed }) =>
          html`<li><a href="${sourceUrl(name)}">${icon("source")}<span><bdi>${name}</bdi><small>${
            description ?? describe(allowed)
          }</small></span></a></li>`
        )}
      </ul>
    `,
  });
}

function nothingFor({ login }: AppContext, isLoggedIn: boolean): Markup {
  if (isLoggedIn) return notice("You have no access to any source", "Ask the person who runs this app for access.");
  if (login.providers.length === 0) return notice("You are not logged in", LOGIN_HINT);
  const action = html`<a class="button primary" href="${loginUrl(FILES_URL)}">Log in</a>`;
  return notice("You are not logged in", "Log in to see your files.", action);
}

function describe({ upload, edit, delete: canDelete }: Allowed): string {
  const verbs = [...upload ? ["upload"] : [], ...edit ? ["change"] : [], ...canDelete ? ["delete"] : []];
  return verbs.length === 0 ? "Read-only" : `Read, ${verbs.join(", ")}`;
}
