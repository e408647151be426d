import { html } from "hono/html";
import { type AppContext, type AppRequest, type FilesHono, noteAction } from "../context.ts";
import { RequestRefusal } from "../failure.ts";
import { readForm } from "../http/body.ts";
import { cookiePlace, identifiedRequest } from "../http/identify_visitor.ts";
import { LOGIN_URL, LOGOUT_URL } from "../session/session.ts";
import { FILES_URL, readQuery } from "../urls.ts";
import { type Markup, notice, page } from "./page.ts";
import { readReturnTo } from "./return_to.ts";
import { loginUrl } from "./urls.ts";

/** The way to the providers and back, and out. */
export function addLoginPages(app: FilesHono, context: AppContext): void {
  const { login } = context;

  app.get(LOGIN_URL, (c) => {
    const returnTo = readReturnTo(readQuery(c.req.url).get("return_to"));
    const [only, ...others] = login.providers;
    if (only === undefined) throw new RequestRefusal(404, "There is no such page.");
    return others.length === 0 ? c.redirect(loginUrl(returnTo, only.name)) : c.html(loginPage(context, returnTo));
  });

  app.get(`${LOGIN_URL}/:provider`, async (c) => {
    const returnTo = readReturnTo(readQuery(c.req.url).get("return_to"));
    const { url, cookie } = await login.begin(c.req.param("provider"), { ...visitOf(c, context), returnTo });
    c.header("set-cookie", cookie);
    return c.redirect(url);
  });

  app.get(`${LOGIN_URL}/:provider/callback`, async (c) => {
    const url = new URL(c.req.url);
    noteAction(c, { action: "login", login: "oidc" });
    const { cookie, returnTo, visitor } = await login.finish(c.req.param("provider"), { ...visitOf(c, context), url });
    noteAction(c, { actor: visitor.actor ?? undefined });
    c.header("set-cookie", cookie);
    return c.redirect(returnTo, 303);
  });

  // From the provider: https://openid.net/specs/openid-connect-backchannel-1_0.html#BCRequest
  app.post(`${LOGIN_URL}/:provider/logout`, async (c) => {
    noteAction(c, { action: "logout", login: "oidc" });
    const form = await readForm(c, context);
    await login.endByToken(c.req.param("provider"), form.get("logout_token") ?? "");
    return c.body(null);
  });

  app.get(LOGOUT_URL, (c) => c.html(loggedOutPage(context)));

  app.post(LOGOUT_URL, async (c) => {
    const ended = await login.end(identifiedRequest(c, context), publicUrl(c, context, LOGOUT_URL));
    if (ended === undefined) return c.redirect(LOGOUT_URL, 303);
    noteAction(c, { action: "logout" });
    c.header("set-cookie", ended.cookie);
    // Not a redirect: Chromium counts that as the target of a form, which must be the app itself.
    if (ended.providerUrl !== undefined) c.header("refresh", `0;url=${ended.providerUrl}`);
    return c.html(loggedOutPage(context, ended));
  });
}

function visitOf(c: AppRequest, context: AppContext) {
  const name = encodeURIComponent(c.req.param("provider") ?? "");
  const redirectUri = publicUrl(c, context, `${LOGIN_URL}/${name}/callback`);
  return { headers: c.req.raw.headers, place: cookiePlace(c, context), redirectUri };
}

/** As it is registered at a provider. */
function publicUrl(c: AppRequest, { filesUrl }: AppContext, url: string): string {
  return new URL(c.req.url).origin + filesUrl + url.slice(FILES_URL.length);
}

function loginPage(context: AppContext, returnTo: string): Markup {
  const buttons = context.login.providers.map(({ name, label }) =>
    html`<a class="button primary" href="${loginUrl(returnTo, name)}">Log in with ${label}</a>`
  );
  return page(context, {
    heading: "Log in",
    content: notice("Log in", "You come back to the page that you asked for.", html`<p class="choice">${buttons}</p>`),
  });
}

function loggedOutPage(
  context: AppContext,
  { label, providerUrl }: { readonly label?: string; readonly providerUrl?: string | undefined } = {},
): Markup {
  const reason = providerUrl === undefined
    ? label === undefined ? "This browser has no login here." : `Your login at ${label} itself may still be open.`
    : `Now your login at ${label} ends.`;
  const action = providerUrl === undefined
    ? html`<a class="button" href="${FILES_URL}">All sources</a>`
    : html`<a class="button" href="${providerUrl}">Log out of ${label}</a>`;
  // The browser forgets what was opened.
  const content = html`${notice("You are logged out", reason, action)}<span data-recent="" hidden></span>`;
  return page(context, { heading: "You are logged out", content });
}
