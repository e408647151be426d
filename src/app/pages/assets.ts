import { getRuntimeKey } from "hono/adapter";
import { compress } from "hono/compress";
import { etag } from "hono/etag";
import type { MiddlewareHandler } from "hono";
import { APP_ICON } from "./icons.ts";
import type { FilesHono } from "../context.ts";
import { embeddedText, SCRIPTS, SCRIPTS_URL } from "../browser/embed.ts";
import { ICON_URL, STYLES_URL } from "../urls.ts";

/** The style sheet, the icon and the scripts of the pages. */
export function staticRoutes(app: FilesHono): void {
  // Workers compress responses themselves, even those that are compressed already.
  // https://developers.cloudflare.com/workers/runtime-apis/response/#parameters
  const compressed = getRuntimeKey() === "workerd" ? passOn : compress();
  const serve = (url: string, text: string, headers: Record<string, string>) =>
    app.get(url, compressed, etag(), (c) => c.body(text, 200, headers));
  serve(STYLES_URL, STYLES, { "cache-control": "no-cache", "content-type": "text/css; charset=utf-8" });
  serve(ICON_URL, APP_ICON, { "cache-control": "no-cache", "content-type": "image/svg+xml" });
  const headers = {
    "cache-control": "public, max-age=31536000, immutable",
    "content-type": "text/javascript; charset=utf-8",
  };
  for (const [name, text] of SCRIPTS) serve(`${SCRIPTS_URL}/${name}`, text, headers);
}

const passOn: MiddlewareHandler = (_c, next) => next();

const STYLES = await embeddedText("styles.css", () => import("../browser/styles.css", { with: { type: "text" } }));
