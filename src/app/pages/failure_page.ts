import { html } from "hono/html";
import { LOGIN_NEEDED } from "../allowed_actions.ts";
import type { AppContext } from "../context.ts";
import type { Failure } from "../failure.ts";
import { type Markup, notice, page } from "./page.ts";

/** The link on a failure page. */
export interface WayOut {
  /** Within the app. */
  readonly url: string;
  /** The link's text. */
  readonly label: string;
  /** When the browser follows it by itself. */
  readonly retryInSeconds?: number;
}

/** How to log in. */
export const LOGIN_HINT = "Open the login link you were given, then come back to this page.";

/** Says what failed, and links to a way out. */
export function failurePage(
  context: AppContext,
  { failure, wayOut, requestId }: { failure: Failure; wayOut: WayOut; requestId: string },
): Markup {
  const needsLogin = failure.facts?.["code"] === LOGIN_NEEDED;
  const heading = needsLogin
    ? "You are not logged in"
    : failure.heading ?? HEADINGS[failure.status] ?? "This did not work";
  const message = needsLogin && context.login.providers.length === 0 ? LOGIN_HINT : failure.message;
  const retry = wayOut.retryInSeconds === undefined ? "" : ` Trying again in ${wayOut.retryInSeconds} s.`;
  const action = html`
    <a class="button" href="${wayOut.url}">${wayOut.label}</a>
    <p class="hint">If you ask someone for help, quote this request: <code>${requestId}</code></p>
  `;
  return page(context, { heading, content: notice(heading, `${message}${retry}`, action) });
}

const HEADINGS: Readonly<Partial<Record<Failure["status"], string>>> = {
  400: "Invalid request",
  403: "Not allowed",
  404: "Not found",
  412: "Nothing was changed",
  413: "Too large",
  502: "The store returned an error",
  503: "The server is busy",
  504: "The store took too long",
};
