import { html } from "hono/html";
import { type AppContext, LOGIN_NEEDED } from "../context.ts";
import type { Failure } from "../failure.ts";
import { type Markup, notice, page } from "./page.ts";

/** Where to go when something failed. */
export interface WayOut {
  /** Within the app. */
  readonly url: string;
  /** What the link says. */
  readonly label: string;
  /** When the browser goes there by itself. */
  readonly retryInSeconds?: number;
}

/** What to do without a login. */
export const LOGIN_HINT = "Open the login link that whoever runs this gave you, then come back to this page.";

/** Says what failed, and the way on. */
export function failurePage(context: AppContext, { failure, wayOut }: { failure: Failure; wayOut: WayOut }): Markup {
  const heading = failure.facts?.["code"] === LOGIN_NEEDED
    ? "You are not logged in"
    : failure.heading ?? HEADINGS[failure.status] ?? "This did not work";
  const message = failure.facts?.["code"] === LOGIN_NEEDED ? LOGIN_HINT : failure.message;
  const retry = wayOut.retryInSeconds === undefined ? "" : ` Trying again in ${wayOut.retryInSeconds} s.`;
  const action = html`<a class="button" href="${wayOut.url}">${wayOut.label}</a>`;
  return page(context, { kind: "failure", heading, content: notice(heading, `${message}${retry}`, action) });
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
