import { html } from "hono/html";
import { formatBytes } from "../browser/format.js";
import type { Failure } from "../failure.ts";
import { isMapping } from "../../options/mapping.ts";
import { errorNote, type OptionalMarkup } from "./page.ts";
import { exactTime } from "./times.ts";

/** Why a form was refused; with what tells the files apart if one has the name already. */
export function collisionNote(failure: Failure | undefined): OptionalMarkup {
  const { existing, incoming } = failure?.facts ?? {};
  const rows = [["Already there", describe(existing)], ["This one", describe(incoming)]]
    .filter(([, text]) => text !== "");
  return html`
    ${errorNote(failure?.message)}
    ${rows.length === 0 ? "" : html`
      <dl class="facts">
        ${rows.map(([name, text]) =>
          html`
            <div>
              <dt>${name}</dt>
              <dd>${text}</dd>
            </div>
          `
        )}
      </dl>
    `}
  `;
}

function describe(facts: unknown): OptionalMarkup {
  if (!isMapping(facts) || typeof facts["size"] !== "number") return "";
  const { size, last_modified: time } = facts;
  return html`${formatBytes(size)}${typeof time === "string" ? html`, modified ${exactTime(new Date(time))}` : ""}`;
}
