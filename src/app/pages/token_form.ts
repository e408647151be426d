import { html } from "hono/html";
import { RequestRefusal } from "../failure.ts";
import type { FormFields } from "../http/body.ts";
import { FILE_ACTIONS, type FileAction } from "../permissions/allow_rules.ts";
import type { AccessToken, AccessTokens } from "../session/access_tokens.ts";
import type { Markup, OptionalMarkup } from "./page.ts";
import { exactTime } from "./times.ts";
import { TOKENS_URL } from "./urls.ts";

/** Lists access tokens, each with a button that revokes it. */
export function tokenTable(tokens: readonly AccessToken[]): OptionalMarkup {
  if (tokens.length === 0) return "";
  return html`
    <table class="failures">
      <thead>
        <tr>${["Name", "Sources", "May", "Until"].map((title) =>
          html`<th scope="col">${title}</th>`
        )}<th scope="col"><span class="hidden">Action</span></th></tr>
      </thead>
      <tbody>
        ${tokens.map(({ id, label, sources, actions, expiresMs }) =>
          html`
            <tr>
              <td><bdi>${label}</bdi></td>
              <td><bdi>${sources.join(", ")}</bdi></td>
              <td>${actions.map((action) => VERBS[action]).join(", ")}</td>
              <td>${exactTime(new Date(expiresMs))}</td>
              <td>
                <form method="post" action="${TOKENS_URL}/revoke">
                  <input type="hidden" name="id" value="${id}">
                  <button class="small danger" aria-label="Revoke ${label}">Revoke</button>
                </form>
              </td>
            </tr>
          `
        )}
      </tbody>
    </table>
  `;
}

/** The form that makes a token. */
export function newTokenForm(sources: readonly string[], { maxDays, areForgotten }: AccessTokens): Markup {
  const check = (name: string, value: string, label: string) =>
    html`<label class="check"><input type="checkbox" name="${name}" value="${value}"> <bdi>${label}</bdi></label>`;
  return html`
    <form class="sheet" method="post" action="${TOKENS_URL}">
      ${areForgotten ? html`<p>Access tokens of this app end when it restarts: it keeps them in memory.</p>` : ""}
      <label>Name <input name="label" required maxlength="${MAX_LABEL}" autocomplete="off" placeholder="backup"></label>
      <fieldset><legend>Sources</legend>${sources.map((name) => check("source", name, name))}</fieldset>
      <fieldset>
        <legend>It may</legend>
        ${FILE_ACTIONS.map((action) => check("action", action, VERBS[action]))}
      </fieldset>
      <label>Days <input type="number" name="days" min="1" max="${maxDays}" value="${Math.min(
        30,
        maxDays,
      )}" required></label>
      <div class="choice"><button class="primary">Make an access token</button></div>
    </form>
  `;
}

const VERBS: Readonly<Record<FileAction, string>> = {
  "files-browse": "browse",
  "files-upload": "upload",
  "files-edit": "change",
  "files-delete": "delete",
};

/**
 * Reads the form that makes a token.
 *
 * @param known The sources it can be for.
 * @throws {RequestRefusal} If something in it is missing or wrong.
 */
export function readNewToken(
  form: FormFields,
  known: readonly string[],
  { maxDays, now }: { readonly maxDays: number; readonly now: () => number },
): Omit<AccessToken, "id" | "createdMs"> {
  const label = (form.get("label") ?? "").trim();
  if (label === "" || label.length > MAX_LABEL) throw new RequestRefusal(400, "An access token needs a short name.");
  const actions = FILE_ACTIONS.filter((action) => form.all("action").includes(action));
  const sources = known.filter((source) => form.all("source").includes(source));
  if (actions.length === 0 || sources.length === 0) {
    throw new RequestRefusal(400, "Choose at least one source and one thing that the access token may do.");
  }
  const days = Number(form.get("days") ?? "");
  if (!Number.isInteger(days) || days < 1 || days > maxDays) {
    throw new RequestRefusal(400, `An access token can last from 1 to ${maxDays} days.`);
  }
  return { label, actions, sources, expiresMs: now() + days * DAY_MS };
}

const MAX_LABEL = 100;
const DAY_MS = 86_400_000;
