/**
 * A page for uploading pictures and PDFs. The browser sends them straight to the store, or through this app if the store is out of
 * reach or the bucket's CORS configuration does not allow it.
 *
 * ```sh
 * deno run --allow-net --allow-env examples/uploader.ts
 * ```
 *
 * The environment has `CREDENTIALS_URL` and `CREDENTIALS_URL_SECRET` of a broker, `S3_ENDPOINT_URL` if the store is not AWS,
 * `UPLOAD_PASSWORD`, which the browser asks for (the user name is "upload"), and optionally `MAX_BYTES`, `HOST` and `PORT`. Defaults:
 * 50 MB, 127.0.0.1, 8000.
 *
 * @module
 */
// deno-lint-ignore-file no-console -- a command
import { type Context, Hono } from "hono";
import { basicAuth } from "hono/basic-auth";
import { HTTPException } from "hono/http-exception";
import { secureHeaders } from "hono/secure-headers";
import { createS3Source, S3SourceError } from "@files/s3-source";
import { PAGE, SCRIPT } from "./uploader_page.ts";

const ALLOWED_TYPES = ["image/avif", "image/gif", "image/jpeg", "image/png", "image/webp", "application/pdf"];
const maxBytes = Number(Deno.env.get("MAX_BYTES") ?? 50_000_000);
const password = Deno.env.get("UPLOAD_PASSWORD") ?? "";
if (password.length < 16) throw new Error("UPLOAD_PASSWORD must have at least 16 characters");

const source = createS3Source({
  credentialsUrl: Deno.env.get("CREDENTIALS_URL"),
  credentialsUrlSecret: Deno.env.get("CREDENTIALS_URL_SECRET"),
  endpointUrl: Deno.env.get("S3_ENDPOINT_URL"),
});
// Calls the broker, so that a wrong configuration fails now. The page may connect to the origin of signed URLs.
const storeOrigin = new URL((await source.downloadUrl("any")).url).origin;

const app = new Hono();
app.use(basicAuth({ username: "upload", password }));
app.use(secureHeaders({
  contentSecurityPolicy: { defaultSrc: ["'none'"], scriptSrc: ["'self'"], connectSrc: ["'self'", storeOrigin] },
}));
app.get("/", (c) => c.html(PAGE));
app.get("/uploader.js", (c) => c.text(SCRIPT, 200, { "content-type": "text/javascript" }));

/** Returns a signed request for the page. Size and type are signed: the store refuses any other. */
app.post("/prepare", async (c) => {
  const { path, ...options } = readAnnouncement(c, { size: c.req.query("size"), contentType: c.req.query("type") });
  return c.json({ path, ...await source.prepareUpload(path, { ...options, expiresInSeconds: 60 }) });
});

/** The other way: the file streams through the app, in parts. */
app.put("/upload", async (c) => {
  const { path, ...options } = readAnnouncement(c, {
    size: c.req.header("content-length"),
    contentType: c.req.header("content-type"),
  });
  const { size } = await source.upload(path, c.req.raw.body ?? "", options);
  return c.json({ path, size }, 201);
});

/** Checks that the store has the file. Your application would add it to its database here. */
app.post("/stored", async (c) => {
  const info = await source.stat(c.req.query("path") ?? "");
  if (info === null) throw new HTTPException(404, { message: "The file is not in the store." });
  return c.json({ path: info.path, size: info.size }, 201);
});

app.onError((error, c) => {
  if (error instanceof HTTPException) return error.getResponse();
  if (!(error instanceof S3SourceError)) {
    console.error(error);
    return c.text("Internal error.", 500);
  }
  switch (error.name) {
    case "InvalidPathError":
      return c.text("This file name cannot be used.", 400);
    case "FileTooLargeError":
      return c.text(`The file has more than ${maxBytes} bytes.`, 413);
    case "IntegrityError":
      return c.text("The upload was incomplete. Nothing was stored.", 400);
    default:
      console.error(error);
      return c.text("The store is not available. Try again in a moment.", 503);
  }
});

/** Checks size, type and name, and chooses a new path. Does not check that the content matches the type. */
function readAnnouncement(c: Context, announced: { size: string | undefined; contentType: string | undefined }) {
  const { size: digits = "", contentType = "" } = announced;
  if (!/^\d{1,15}$/.test(digits)) throw new HTTPException(411, { message: "The file's size is missing." });
  if (!ALLOWED_TYPES.includes(contentType)) {
    throw new HTTPException(415, { message: "Only pictures and PDFs are accepted." });
  }
  const name = (c.req.query("name") ?? "").split(/[/\\]/).at(-1) ?? "";
  if (name === "") throw new HTTPException(400, { message: "The file has no name." });
  return { path: `uploads/${crypto.randomUUID()}/${name}`, size: Number(digits), maxBytes, contentType };
}

const address = { hostname: Deno.env.get("HOST") ?? "127.0.0.1", port: Number(Deno.env.get("PORT") ?? 8000) };
const server = Deno.serve(address, app.fetch);
for (const signal of ["SIGINT", "SIGTERM"] as const) Deno.addSignalListener(signal, () => server.shutdown());
