/**
 * What bench/app/main.ts measures: the files app, or bare handlers that do the same with the same source. Arguments:
 * `app` or `bare`, and the store as JSON.
 *
 * @module
 */
import { Hono } from "hono";
import { createS3Source } from "@files/s3-source";
import { createFilesApp } from "@files/s3-source/app";

const [kind, store = ""] = Deno.args;
const media = createS3Source(JSON.parse(store));

const app = createFilesApp({
  sources: { media },
  permissions: { "files-browse": true, "files-upload": true, "files-edit": true, "files-delete": true },
});

const bare = new Hono();
bare.get("/list", async (c) => {
  const [prefix = "", cursor = null] = [c.req.query("prefix"), c.req.query("cursor")];
  return c.json(await media.list({ prefix, cursor, recursive: false, limit: 200 }));
});
bare.get("/read", async (c) => c.body(await media.read(c.req.query("path") ?? "")));
bare.get("/redirect", async (c) => {
  const path = c.req.query("path") ?? "";
  if (await media.stat(path) === null) return c.notFound();
  return c.redirect((await media.downloadUrl(path)).url);
});
bare.put("/upload", async (c) => {
  const size = Number(c.req.header("content-length"));
  return c.json(await media.upload(c.req.query("path") ?? "", c.req.raw.body ?? "", { size }));
});

Deno.serve({
  hostname: "127.0.0.1",
  port: 0,
  // deno-lint-ignore no-console -- Its parent reads the port.
  onListen: ({ port }) => console.log(port),
}, kind === "app" ? app : (request) => bare.fetch(request));
