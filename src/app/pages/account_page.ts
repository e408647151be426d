import { html } from "hono/html";
import { LOGIN_NEEDED, mayDo } from "../allowed_actions.ts";
import { type AppContext, type AppRequest, type FilesHono, noteAction } from "../context.ts";
import { RequestRefusal } from "../failure.ts";
import { readForm } from "../http/body.ts";
import { FILE_ACTIONS } from "../permissions/allow_rules.ts";
import type { AccessTokens, TokenOwner } from "../session/access_tokens.ts";
import { LOGOUT_URL } from "../session/session.ts";
import type { LoginFacts } from "../session/visitor.ts";
import { type Markup, type OptionalMarkup, page } from "./page.ts";
import { exactTime } from "./times.ts";
import { newTokenForm, readNewToken, tokenTable } from "./token_form.ts";
import { ACCOUNT_URL, loginUrl, TOKENS_URL } from "./urls.ts";

/** Shows who is logged in, and the access tokens of this person. */
export function addAccountPage(app: FilesHono, context: AppContext): void {
  app.get(ACCOUNT_URL, async (c) => {
    const person = loggedIn(c);
    const tokens = tokensFor(c, context);
    const list = await tokens?.list(person) ?? [];
    return c.html(accountPage(
      context,
      person,
      tokens === undefined ? "" : html`
        <h2>Access tokens</h2>
        <p>Scripts send one as <code class="mono">Authorization: Bearer …</code>. None can do more than you can.</p>
        ${tokenTable(list)}
        ${newTokenForm(sourcesFor(c, context), tokens)}
      `,
    ));
  });

  app.post(TOKENS_URL, async (c) => {
    noteAction(c, { action: "token_create" });
    const [person, tokens] = [loggedIn(c), tokensFor(c, context) ?? refuseTokens()];
    const wanted = readNewToken(await readForm(c, context), sourcesFor(c, context), {
      maxDays: tokens.maxDays,
      now: context.now,
    });
    const token = await tokens.create(person, wanted);
    return c.html(newTokenPage(context, { token, ...wanted, areForgotten: tokens.areForgotten }));
  });

  app.post(`${TOKENS_URL}/revoke`, async (c) => {
    noteAction(c, { action: "token_revoke" });
    const [person, tokens] = [loggedIn(c), tokensFor(c, context) ?? refuseTokens()];
    await tokens.revoke(person, (await readForm(c, context)).get("id") ?? "");
    return c.redirect(ACCOUNT_URL, 303);
  });
}

/** Links that lead to this page, in and out. */
export function accountActions(c: AppRequest, { login }: AppContext): OptionalMarkup {
  const { actor, login: facts } = c.get("visitor");
  if (actor !== null && facts !== undefined) {
    return html`<a class="button" href="${ACCOUNT_URL}"><bdi>${nameOf(actor)}</bdi></a>
      ${logout(facts, login.proxyLogoutUrl)}`;
  }
  return login.providers.length === 0 ? "" : html`<a class="button" href="${loginUrl(c.req.path)}">Log in</a>`;
}

/** What people call the one who is logged in; `undefined` for nobody. */
export function accountName(c: AppRequest): string | undefined {
  const { actor, login, only } = c.get("visitor");
  return actor === null || login === undefined || only !== undefined ? undefined : nameOf(actor);
}

interface Account extends TokenOwner {
  readonly login: LoginFacts;
}

function loggedIn(c: AppRequest): Account {
  const { actor, login, only } = c.get("visitor");
  if (only !== undefined) throw new RequestRefusal(403, "An access token has no account page.");
  if (actor !== null && login !== undefined) return { actor, login, isOperator: login.isOperator };
  throw new RequestRefusal(403, "You are not logged in.", { code: LOGIN_NEEDED });
}

function tokensFor(c: AppRequest, { accessTokens }: AppContext): AccessTokens | undefined {
  return accessTokens?.mayCreate(c.get("visitor")) ? accessTokens : undefined;
}

/** Those in which the person may do something: others look as if they did not exist. */
function sourcesFor(c: AppRequest, context: AppContext): string[] {
  return [...context.sources.keys()].filter((name) =>
    FILE_ACTIONS.some((action) => mayDo(c, context, { name, action }))
  );
}

function refuseTokens(): never {
  throw new RequestRefusal(403, "You may not make access tokens.");
}

function accountPage(context: AppContext, { actor, login }: Account, tokens: OptionalMarkup): Markup {
  const groups = [actor["groups"]].flat().filter((group) => typeof group === "string");
  const facts: readonly (readonly [string, unknown])[] = [
    ["Name", actor["name"]],
    ["Email", actor["email"]],
    ["Id", actor.id],
    ["Groups", groups.join(", ")],
    ["Logged in with", login.label],
  ];
  return page(context, {
    heading: "Your login",
    content: html`
      <section class="sheet wide">
        <h1>You are logged in as <bdi>${nameOf(actor)}</bdi></h1>
        <dl class="facts">
          ${facts.map(([name, value]) =>
            typeof value !== "string" || value === "" ? "" : html`
              <div>
                <dt>${name}</dt>
                <dd><bdi>${value}</bdi></dd>
              </div>
            `
          )}
          ${login.expiresMs === undefined ? "" : html`
            <div>
              <dt>Until</dt>
              <dd><bdi>${exactTime(new Date(login.expiresMs))}</bdi></dd>
            </div>
          `}
        </dl>
        <div class="choice">${logout(login, context.login.proxyLogoutUrl)}</div>
        ${tokens}
      </section>
    `,
  });
}

function logout({ method }: LoginFacts, proxyUrl: string | undefined): OptionalMarkup {
  if (method === "root" || method === "oidc") {
    return html`<form method="post" action="${LOGOUT_URL}"><button class="button">Log out</button></form>`;
  }
  return method === "header" && proxyUrl !== undefined ? html`<a class="button" href="${proxyUrl}">Log out</a>` : "";
}

function nameOf(actor: TokenOwner["actor"]): string {
  return [actor["name"], actor["email"]].filter((text) => typeof text === "string").find((text) => text !== "") ??
    actor.id;
}

interface NewToken {
  readonly token: string;
  readonly label: string;
  readonly expiresMs: number;
  readonly areForgotten: boolean;
}

function newTokenPage(context: AppContext, { token, label, expiresMs, areForgotten }: NewToken): Markup {
  return page(context, {
    heading: "A new access token",
    content: html`
      <section class="sheet">
        <h1>The access token “<bdi>${label}</bdi>”</h1>
        <p>Copy it now: it is not kept, and cannot be shown again. It works until ${exactTime(
          new Date(expiresMs),
        )}${areForgotten ? ", or until this app restarts" : ""}, or until you revoke it.</p>
        <label>Access token <input class="mono" value="${token}" readonly autofocus autocomplete="off"></label>
        <div class="choice"><a class="button" href="${ACCOUNT_URL}">Back</a></div>
      </section>
    `,
  });
}
