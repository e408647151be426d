import { getRuntimeKey } from "hono/adapter";
import { compress } from "hono/compress";
import { etag } from "hono/etag";
import type { MiddlewareHandler } from "hono";
import { APP_ICON } from "./icons.ts";
import type { FilesHono } from "../context.ts";
import { SCRIPTS, SCRIPTS_URL, textOf } from "../browser/embed.ts";
import { ICON_URL, STYLES_URL } from "../urls.ts";

/** What pages refer to; a browser keeps it and asks whether it has changed. */
export function staticRoutes(app: FilesHono): void {
  // Workers compress by themselves, and what says that it is compressed is compressed again.
  // https://developers.cloudflare.com/workers/runtime-apis/response/#parameters
  const compressed = getRuntimeKey() === "workerd" ? passOn : compress();
  const headers = { "cache-control": "no-cache" };
  app.get(
    STYLES_URL,
    compressed,
    etag(),
    (c) => c.body(STYLES, 200, { ...headers, "content-type": "text/css; charset=utf-8" }),
  );
  app.get(ICON_URL, etag(), (c) => c.body(APP_ICON, 200, { ...headers, "content-type": "image/svg+xml" }));
  const forever = { "cache-control": "public, max-age=31536000, immutable" };
  for (const [name, text] of SCRIPTS) {
    const type = "text/javascript; charset=utf-8";
    app.get(
      `${SCRIPTS_URL}/${name}`,
      compressed,
      etag(),
      (c) => c.body(text, 200, { ...forever, "content-type": type }),
    );
  }
}

const passOn: MiddlewareHandler = (_c, next) => next();

const STYLES = await textOf("styles.css", () => import("../browser/styles.css", { with: { type: "text" } }));
