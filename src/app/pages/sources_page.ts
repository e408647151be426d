import { html } from "hono/html";
import { type Allowed, allowedIn, mayBrowse } from "../allowed_actions.ts";
import type { AppContext, FilesHono } from "../context.ts";
import { FILES_URL, sourceUrl } from "../urls.ts";
import { accountActions, accountName } from "./account_page.ts";
import { LOGIN_HINT } from "./failure_page.ts";
import { icon } from "./icons.ts";
import { type Markup, notice, type OptionalMarkup, page } from "./page.ts";
import { loginUrl, uploadUrl } from "./urls.ts";

interface SourcesView {
  /** The sources that the visitor may browse. */
  readonly sources: readonly {
    readonly name: string;
    readonly description: string | undefined;
    readonly allowed: Allowed;
  }[];
  readonly isLoggedIn: boolean;
  /** What people call the one who is logged in; empty for nobody. */
  readonly person: string;
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
      person: accountName(c) ?? "",
      actions: sources.length === 0 && c.get("visitor").actor === null ? "" : accountActions(c, context),
    }));
  });
}

function sourcesPage(context: AppContext, view: SourcesView): Markup {
  const { sources, isLoggedIn, person, actions } = view;
  return page(context, {
    heading: context.title,
    actions,
    content: sources.length === 0 ? nothingFor(context, isLoggedIn) : html`
      <section class="welcome">
        <h1>${context.title}</h1>
        <p>${welcome(view)}</p>
        ${sources.length === 1 ? sources.map(firstStep) : ""}
      </section>
      <h2>${sources.length === 1 ? "Source" : "Sources"}</h2>
      <ul class="cards">
        ${sources.map(({ name, description, allowed }) =>
          html`<li><a href="${sourceUrl(name)}">${icon("source")}<span><bdi>${name}</bdi><small>${
            description ?? describe(allowed)
          }</small></span></a></li>`
        )}
      </ul>
      <section class="recent-files" data-recent="${person}" hidden>
        <h2>Recent files</h2>
        <ul></ul>
      </section>
    `,
  });
}

/** What this is, and what to do next. */
function welcome({ sources }: SourcesView): string {
  const canUpload = sources.some(({ allowed }) => allowed.upload);
  const what = canUpload ? "Find, open, share and upload files here." : "Find, open and share files here.";
  if (sources.length === 1) return what;
  return `${what} They are in ${sources.length} sources, each with folders of its own. Choose one to begin.`;
}

function firstStep({ name, allowed }: SourcesView["sources"][number]): Markup {
  return html`
    <a class="button primary" href="${sourceUrl(name)}">Open <bdi>${name}</bdi></a>
    ${allowed.upload ? html`<a class="button" href="${uploadUrl(name)}">Upload files</a>` : ""}
  `;
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
