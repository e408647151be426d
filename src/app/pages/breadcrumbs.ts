import { html } from "hono/html";
import { FILES_URL, folderUrl, sourceUrl } from "../urls.ts";
import { formatName } from "./format.ts";
import { icon } from "./icons.ts";
import type { Markup, Place } from "./page.ts";

/** The way to a file or folder: the source with a menu of the others, and each folder above as a link. */
export function breadcrumbs({ source, sourceNames }: Place, path: string): Markup {
  const ends = [...path.matchAll(/\//g)].map((slash) => slash.index + 1);
  if (path !== "" && !path.endsWith("/")) ends.push(path.length);
  const steps = [
    { path: "", name: source },
    ...ends.map((end) => ({ path: path.slice(0, end), name: formatName(path.slice(0, end)) })),
  ];
  return html`
    <nav class="crumbs" aria-label="Folders">
      ${sourceMenu(source, sourceNames)}
      <ol>
        ${steps.map((step) =>
          step.path === path
            ? html`<li aria-current="page" title="${step.name}"><bdi>${step.name}</bdi></li>`
            : html`<li><a href="${folderUrl(source, step.path)}" title="${step.name}"><bdi>${step.name}</bdi></a></li>`
        )}
      </ol>
    </nav>
  `;
}

function sourceMenu(current: string, names: readonly string[]): Markup {
  return html`
    <details class="menu sources">
      <summary aria-label="Sources">${icon("source")}${icon("chevron")}</summary>
      <ul class="popup">
        ${names.map((name) =>
          html`<li><a href="${sourceUrl(name)}" aria-current="${`${name === current}`}"><bdi>${name}</bdi></a></li>`
        )}
        <li class="rule"><a href="${FILES_URL}">All sources</a></li>
      </ul>
    </details>
  `;
}
