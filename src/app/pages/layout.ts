import { html } from "hono/html";
import { getCookie, setCookie } from "hono/cookie";
import type { AppContext, AppRequest } from "../context.ts";
import type { SortOrder } from "../files/list_folder.ts";
import { choiceOf } from "../http/arguments.ts";
import { FILES_URL, readQuery } from "../urls.ts";
import { icon } from "./icons.ts";
import type { Markup } from "./page.ts";
import { sortedFolderUrl } from "./urls.ts";

/** How a folder is shown. */
export type Layout = (typeof LAYOUTS)[number];

const LAYOUTS = ["table", "grid"] as const;

/** The layout that the query names, which is kept in a cookie, else the one that was kept. */
export function layoutOf(c: AppRequest, { filesUrl }: Pick<AppContext, "filesUrl">): Layout {
  const wanted = readQuery(c.req.url).get("view");
  if (wanted === undefined) return getCookie(c, COOKIE) === "grid" ? "grid" : "table";
  const layout = choiceOf(wanted, LAYOUTS, "view");
  const path = filesUrl.slice(0, -FILES_URL.length) || "/";
  setCookie(c, COOKIE, layout, { path, maxAge: YEAR_SECONDS, sameSite: "Lax" });
  return layout;
}

/** The script sets it too. */
const COOKIE = "files-view";
const YEAR_SECONDS = 31_536_000;

/** Links to either layout of a folder. */
export function layoutLinks(
  current: Layout,
  { source, folder, sort, order }: SortOrder & { readonly source: string; readonly folder: string },
): Markup {
  const url = sortedFolderUrl(source, folder, { sort, order });
  const start = `${url}${url.includes("?") ? "&" : "?"}view=`;
  return html`
    <div class="layouts" role="group" aria-label="View">
      ${LAYOUTS.map((layout) =>
        html`
          <a class="button" href="${start}${layout}" data-layout="${layout}" aria-label="${LABELS[layout]}"
            title="${LABELS[layout]}" aria-current="${`${layout === current}`}">${icon(ICONS[layout])}</a>
        `
      )}
    </div>
  `;
}

const LABELS = { table: "As a list", grid: "As a grid" } as const;
const ICONS = { table: "rows", grid: "tiles" } as const;
