import { html } from "hono/html";
import { LOGIN_NEEDED } from "../allowed_actions.ts";
import type { AppContext, AppRequest } from "../context.ts";
import type { Failure } from "../failure.ts";
import { toFileId } from "../file_id.ts";
import { type FailedPlace, failedPlace } from "./failed_place.ts";
import { type Markup, notice, type OptionalMarkup, page } from "./page.ts";

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

/** Says what failed and whether the files are safe, and links to a way out. */
export function failurePage(
  c: AppRequest,
  context: AppContext,
  { failure, wayOut }: { failure: Failure; wayOut: WayOut },
): Markup {
  const needsLogin = failure.facts?.["code"] === LOGIN_NEEDED;
  const heading = needsLogin
    ? "You are not logged in"
    : failure.heading ?? HEADINGS[failure.status] ?? "This did not work";
  const message = needsLogin && context.login.providers.length === 0 ? LOGIN_HINT : failure.message;
  const retry = wayOut.retryInSeconds === undefined ? "" : ` Trying again in ${wayOut.retryInSeconds} s.`;
  const at = failedPlace(c, context);
  const action = html`
    <a class="button" href="${wayOut.url}">${wayOut.label}</a>
    <p class="hint">If you ask someone for help, quote this request: <code>${c.get("requestId")}</code></p>
    ${failure.status === 404 && at !== undefined ? forgetting(at) : ""}
  `;
  const reason = `${message}${safetyAfter(failure, c.req.method)}${retry}`;
  return page(context, { heading, ...at, content: notice(heading, reason, action) });
}

/** Says whether the files are safe, where the message does not. */
function safetyAfter({ status, message }: Failure, method: string): string {
  if (status < 500 || /\bsafe\b|nothing was/i.test(message)) return "";
  return method === "GET" || method === "HEAD"
    ? " The files are safe, and nothing was changed."
    : " It may have been done in part: look at the folder before you try again. Other files are safe.";
}

/** Takes a missing file out of those that the browser remembers. */
function forgetting({ place: { source, accountName = "" }, path }: FailedPlace): OptionalMarkup {
  return html`<span data-recent="${accountName}" data-gone="${toFileId({ source, path })}" hidden></span>`;
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
