import { assertEquals, assertFalse, assertStringIncludes } from "@std/assert";
import type { AuditEntry } from "../../src/app/mod.ts";
import { THUMBNAIL_FOLDER } from "../../src/app/files/hidden.ts";
import { thumbnailPath, thumbnailType } from "../../src/app/files/thumbnails.ts";
import { pngImage } from "../browser/sample_media.ts";
import { createWorld, idOf, type World, type WorldOptions } from "../support/app_world.ts";
import { IMAGES } from "../support/images.ts";

/** A picture that is too large to be its own thumbnail. */
function largePicture(): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(300 * 1024);
  bytes.set(IMAGES.PNG);
  return bytes;
}

const LARGE = largePicture();
const SMALL = pngImage({ width: 16, height: 9, colorAt: () => [9, 90, 200] });
const BESIDE = `p/${THUMBNAIL_FOLDER}a.png`;

/** Uploads a picture through the app; resolves with the token of the upload. */
async function upload({ post, request }: World, body = LARGE, choice = "ask"): Promise<string> {
  const wish = { filename: "a.png", folder: "p/", path: "a.png", on_collision: choice, size: body.length };
  const { upload_token, upload_url } = await (await post("/upload/media/-/prepare", wish)).json();
  await (await request(upload_url.slice("/-/files".length), { method: "PUT", body })).body?.cancel();
  await (await post("/upload/media/-/complete", { upload_token })).body?.cancel();
  return upload_token;
}

async function send({ request }: World, token: string, body: Uint8Array<ArrayBuffer> = SMALL) {
  const response = await request(`/upload/media/-/thumbnail?token=${token}`, { method: "PUT", body });
  return { status: response.status, ...await response.json() };
}

async function thumbnailOf({ request }: World, path = "p/a.png") {
  const response = await request(`/${idOf(path)}/thumbnail`);
  return {
    type: response.headers.get("content-type"),
    size: (await response.bytes()).length,
    headers: response.headers,
  };
}

Deno.test("the uploader's thumbnail is kept beside the picture, and shown for it", async () => {
  const world = createWorld();
  assertEquals(await send(world, await upload(world)), { status: 200, ok: true });
  assertEquals(world.paths(), [BESIDE, "p/a.png"]);
  const { type, size, headers } = await thumbnailOf(world);
  assertEquals([type, size], ["image/png", SMALL.length]);
  assertEquals(headers.get("x-content-type-options"), "nosniff");
  assertStringIncludes(headers.get("content-security-policy") ?? "", "sandbox");
});

Deno.test("a thumbnail is not shown for another version of the picture", async () => {
  const world = createWorld();
  await send(world, await upload(world));
  const other = largePicture();
  other[other.length - 1] = 1;
  await upload(world, other, "replace");
  assertEquals((await thumbnailOf(world)).size, LARGE.length);
});

Deno.test("a thumbnail is accepted only for what was uploaded with the token", async () => {
  const world = createWorld({ files: { "p/b.png": LARGE } });
  const token = await upload(world);
  await upload(world, largePicture().fill(7, 100), "replace");
  assertEquals((await send(world, token)).status, 409);
  await world.post("/source/media/-/delete", { paths: ["p/a.png"] });
  assertEquals((await send(world, token)).status, 409);
  assertEquals((await send(world, "tok_x")).status, 400);
  assertEquals(world.paths(), ["p/b.png"]);
});

Deno.test("a thumbnail is accepted only from the uploader", async () => {
  let id = "alice";
  const world = createWorld({ authenticate: () => ({ id }) });
  const token = await upload(world);
  id = "bob";
  assertEquals((await send(world, token)).status, 400);
  assertEquals(world.paths(), ["p/a.png"]);
});

const text = (value: string) => new TextEncoder().encode(value);
const large = (bytes: Uint8Array<ArrayBuffer>, length: number) => {
  const longer = new Uint8Array(length);
  longer.set(bytes);
  return longer;
};
for (
  const [name, body, status] of [
    ["HTML", text("<script>alert(1)</script>"), 400],
    ["SVG", text('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'), 400],
    ["GIF", IMAGES.GIF, 400],
    ["nothing", new Uint8Array(), 400],
    ["a PNG of 640 pixels", IMAGES.PNG, 400],
    ["a PNG without a size", SMALL.slice(0, 16), 400],
    ["a PNG of 65,537 bytes", large(SMALL, 65_537), 413],
  ] as const
) {
  Deno.test(`a thumbnail that is ${name} is refused`, async () => {
    const world = createWorld();
    assertEquals((await send(world, await upload(world), body)).status, status);
    assertEquals(world.paths(), ["p/a.png"]);
  });
}

Deno.test("a thumbnail that someone else put there is shown only if it is a small picture", async () => {
  const world = createWorld();
  await send(world, await upload(world));
  const { metadata } = await world.source.stat(BESIDE) ?? {};
  for (const body of [text("<script>alert(1)</script>"), IMAGES.PNG, large(SMALL, 65_537)]) {
    await world.source.upload(BESIDE, body, { contentType: "text/html", metadata });
    assertEquals((await thumbnailOf(world)).size, LARGE.length);
  }
  await world.source.upload(BESIDE, SMALL, { contentType: "text/html", metadata });
  assertEquals((await thumbnailOf(world)).type, "image/png");
});

Deno.test("a thumbnail is shown only to those who may see the picture", async () => {
  const world = createWorld({ permissions: { "files-upload": true } });
  await send(world, await upload(world));
  const { status, body } = await world.request(`/${idOf("p/a.png")}/thumbnail`);
  await body?.cancel();
  assertEquals(status, 403);
});

Deno.test("folders of thumbnails are neither listed nor found, and take no files", async () => {
  const world = createWorld({ files: { "p/x.txt": "" } });
  await send(world, await upload(world));
  for (const query of ["?folder=p%2F", "?folder=p%2F&sort=size&order=desc"]) {
    const { files, folders } = await (await world.request(`/source/media.json${query}`)).json();
    assertEquals(files.map(({ path }: { path: string }) => path).toSorted(), ["p/a.png", "p/x.txt"]);
    assertEquals(folders, []);
  }
  const { files } = await (await world.request("/search.json?q=a.png")).json();
  assertEquals(files.map(({ path }: { path: string }) => path), ["p/a.png"]);
  // Some stores take `\\` for `/`.
  for (const path of [BESIDE, BESIDE.replaceAll("/", "\\")]) {
    const put = await world.request(`/source/media/-/content?path=${encodeURIComponent(path)}`, {
      method: "PUT",
      body: "x",
    });
    assertEquals([put.status, (await put.json()).ok], [400, false]);
  }
});

Deno.test("a thumbnail goes where its picture goes, and is deleted with it", async () => {
  const world = createWorld();
  await send(world, await upload(world));
  await world.post("/source/media/-/move", { from: "p/a.png", to: "q/b.png" });
  assertEquals(world.paths(), [`q/${THUMBNAIL_FOLDER}b.png`, "q/b.png"]);
  assertEquals((await thumbnailOf(world, "q/b.png")).size, SMALL.length);
  await world.post("/source/media/-/move", { from: "q/", to: "r/" });
  assertEquals((await thumbnailOf(world, "r/b.png")).size, SMALL.length);
  const { deleted, errors } = await (await world.post("/source/media/-/delete", { paths: ["r/b.png"] })).json();
  assertEquals([deleted, errors, world.paths()], [["r/b.png"], [], []]);
  await send(world, await upload(world));
  await world.post(`/${idOf("p/a.png")}/-/delete`, {});
  assertEquals(world.paths(), []);
});

Deno.test("onAudit receives a thumbnail as an action of its own", async () => {
  const entries: AuditEntry[] = [];
  const options: WorldOptions = { onAudit: (entry) => entries.push(entry) };
  const world = createWorld(options);
  await send(world, await upload(world));
  const [, { type, action, path, bytes } = {} as AuditEntry] = entries;
  assertEquals([type, action, path, bytes], ["done", "thumbnail", "p/a.png", SMALL.length]);
});

Deno.test("thumbnailPath() is beside the picture, and nothing else has one", () => {
  assertEquals(thumbnailPath("a.PNG"), ".s3-source-thumbnails/a.PNG");
  for (const path of ["a.txt", "a.png/", `${"x".repeat(1_000)}.png`]) assertEquals(thumbnailPath(path), undefined);
});

Deno.test("thumbnailType() goes by the content", () => {
  assertEquals(thumbnailType(SMALL), "image/png");
  assertFalse(thumbnailType(text("RIFF....WEBPVP8 ")) !== undefined);
});
