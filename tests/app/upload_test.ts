import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { AccessDeniedError } from "../../src/errors.ts";
import { createWorld, idOf } from "../support/app_world.ts";
import { MIB } from "../support/app_stub.ts";
import { ask, complete, PREPARE, prepare, sendForm } from "../support/app_uploads.ts";

Deno.test("an upload by the host's API stores the file at the top", async () => {
  const world = createWorld({ authenticate: () => ({ id: "alice" }) });
  const prepared = await prepare(world, { filename: "a b.txt", content_type: "text/plain", size: 5 });
  const { upload_token, ...rest } = prepared;
  assertMatch(upload_token, /^tok_[\w-]+$/);
  assertEquals(rest, {
    ok: true,
    upload_url: "/-/files/upload/media/-/content",
    upload_method: "POST",
    upload_headers: {},
    upload_fields: { token: upload_token },
  });
  const sent = await sendForm(world, prepared, "hello");
  assertEquals([sent.status, await sent.json()], [200, { ok: true }]);
  const completed = await complete(world, upload_token);
  const { ok, file } = await completed.json();
  assertEquals([completed.status, ok, file.id], [201, true, idOf("a b.txt")]);
  assertEquals([file.filename, file.size, file.content_type, file.uploaded_by], ["a b.txt", 5, "text/plain", "alice"]);
  assertMatch(file.content_hash, /^sha256:2cf24d/);
  assertEquals(world.textOf("a b.txt"), "hello");
});

Deno.test("an upload by the host's API never replaces a file, however many come at once", async () => {
  const world = createWorld({ files: { "a.txt": "old" } });
  const [first, second] = [await prepare(world, { filename: "a.txt" }), await prepare(world, { filename: "a.txt" })];
  for (const [prepared, text] of [[first, "one"], [second, "two"]] as const) {
    assertEquals((await sendForm(world, prepared, text)).status, 200);
    assertEquals((await complete(world, prepared.upload_token)).status, 201);
  }
  assertEquals([world.textOf("a.txt"), world.textOf("a (2).txt"), world.textOf("a (3).txt")], ["old", "one", "two"]);
});

Deno.test("prepare asks what to do about a file of the same name", async () => {
  const world = createWorld({ files: { "x/a.txt": "old", "x/a (2).txt": "" }, now: () => Date.UTC(2030, 0, 1) });
  const response = await world.post(PREPARE, { filename: "a.txt", folder: "x", size: 3 });
  const { errors, ...rest } = await response.json();
  assertEquals(response.status, 409);
  assertStringIncludes(errors[0], "“a.txt”");
  assertEquals(rest, {
    ok: false,
    code: "collision",
    existing: { size: 3, last_modified: "2030-01-01T00:00:00.000Z" },
    suggestion: "a (3).txt",
  });
});

Deno.test("prepare keeps both, replaces or skips as requested", async () => {
  const world = createWorld({ files: { "x/y/a.txt": "old" } });
  const upload = async (on_collision: string, text: string) => {
    const wish = { filename: "a.txt", folder: "x/", path: "y/a.txt", size: text.length, on_collision };
    const { upload_token, upload_url, upload_method, skipped } = await prepare(world, wish);
    if (skipped) return "skipped";
    await ask(world, upload_url, { method: upload_method, body: text });
    return (await (await complete(world, upload_token)).json()).file.path;
  };
  assertEquals(await upload("keep_both", "both"), "x/y/a (2).txt");
  assertEquals(await upload("skip", "skip"), "skipped");
  assertEquals(world.textOf("x/y/a.txt"), "old");
  assertEquals(await upload("replace", "new"), "x/y/a.txt");
  assertEquals(world.textOf("x/y/a.txt"), "new");
});

Deno.test("prepare replaces only for those who may change files", async () => {
  const permissions = { "files-browse": true, "files-upload": true };
  const world = createWorld({ files: { a: "old" }, permissions });
  const wish = (filename: string) => ({ filename, size: 1, on_collision: "replace" });
  assertEquals((await world.post(PREPARE, wish("a"))).status, 403);
  assertEquals((await world.post(PREPARE, wish("b"))).status, 200);
});

Deno.test("an upload goes straight to the store, which refuses another size and a file in the way", async () => {
  const world = createWorld();
  const wish = { filename: "a.txt", size: 5, content_type: "text/x-a", direct: true };
  const { upload_token, upload_url, upload_method, upload_headers } = await prepare(world, wish);
  assertEquals([upload_method, upload_headers["if-none-match"]], ["PUT", "*"]);
  const send = (body: string) => world.s3.fetch(upload_url, { method: "PUT", headers: upload_headers, body });
  assertEquals((await send("hello!")).status, 403);
  assertEquals((await complete(world, upload_token)).status, 409);
  assertEquals((await send("hello")).status, 200);
  assertEquals((await send("again")).status, 412);
  const { file } = await (await complete(world, upload_token)).json();
  assertEquals([file.content_type, world.textOf("a.txt")], ["text/x-a", "hello"]);
});

Deno.test("complete refuses a file that someone else stored", async () => {
  const world = createWorld();
  const { upload_token } = await prepare(world, { filename: "a", size: 5, direct: true });
  await world.source.upload("a", "other");
  const response = await complete(world, upload_token);
  assertEquals([response.status, (await response.json()).code], [409, "collision"]);
});

for (const size of [5, 17 * MIB]) {
  Deno.test(`abort leaves nothing of an upload of ${size} bytes`, async () => {
    const world = createWorld({ files: { kept: "" } });
    const { upload_token, upload_url } = await prepare(world, { filename: "a", size, direct: false });
    if (upload_url) await ask(world, upload_url, { method: "PUT", body: "12345" });
    const response = await world.post("/upload/media/-/abort", { upload_token });
    assertEquals([response.status, await response.json()], [200, { ok: true }]);
    assertEquals([world.paths(), world.s3.listUploads("bucket")], [["kept"], []]);
    assertEquals((await complete(world, upload_token)).status, 409);
  });
}

Deno.test("abort stops an upload that is being received, and nothing is stored", async () => {
  const world = createWorld();
  const prepared = await prepare(world, { filename: "a", folder: "", size: 2 });
  const body = new TransformStream<Uint8Array, Uint8Array>();
  const writer = body.writable.getWriter();
  const received = ask(world, prepared.upload_url, { method: "PUT", body: body.readable });
  await writer.write(new Uint8Array(1));
  const aborted = await world.post("/upload/media/-/abort", { upload_token: prepared.upload_token });
  await writer.write(new Uint8Array(1)).then(() => writer.close()).catch(() => {});
  assertEquals([aborted.status, (await received).status, world.paths()], [200, 409, []]);
});

Deno.test("abort says that the file cannot be deleted, and still offers uploads", async () => {
  const { source } = createWorld();
  const refuse = () => Promise.reject(new AccessDeniedError("Cannot delete", { code: "AccessDenied" }));
  const world = createWorld({ sources: { media: { ...source, delete: refuse } } });
  await world.request("/source/media.json");
  const prepared = await prepare(world, { filename: "a", folder: "", size: 1 });
  await (await ask(world, prepared.upload_url, { method: "PUT", body: "1" })).body?.cancel();
  const aborted = await world.post("/upload/media/-/abort", { upload_token: prepared.upload_token });
  const { can } = await (await world.request("/source/media.json")).json();
  assertEquals([aborted.status, can], [403, { upload: true, edit: true, delete: false }]);
});

for (
  const body of [
    {},
    { filename: "" },
    { filename: "", path: "a" },
    { filename: "..", path: "a" },
    { filename: "a/b" },
    { filename: ".." },
    { filename: "a\r\nb" },
    { filename: "a", folder: "../x" },
    { filename: "a", path: "x/" },
    { filename: "a", size: -1 },
    { filename: "a", size: "5" },
    { filename: "a", direct: true },
    { filename: "a", on_collision: "maybe" },
  ]
) {
  Deno.test(`prepare refuses ${JSON.stringify(body)}`, async () => {
    const response = await createWorld().post(PREPARE, body);
    assertEquals([response.status, (await response.json()).ok], [400, false]);
  });
}

Deno.test("prepare refuses a media type that cannot be part of a header", async () => {
  const { post } = createWorld();
  for (const content_type of ["text/html\r\nx: y", "text/plain; a=ü", "a\u0000b"]) {
    const response = await post("/upload/media/-/prepare", { filename: "a", folder: "", size: 1, content_type });
    assertEquals(response.status, 400);
  }
});

for (const text of ["1234", "123456"]) {
  Deno.test(`a file of ${text.length} bytes is refused where 5 were announced, and can be sent again`, async () => {
    const logged: unknown[] = [];
    const world = createWorld({ onError: (error) => logged.push(error) });
    const put = await prepare(world, { filename: "a", folder: "", size: 5 });
    const form = await prepare(world, { filename: "b", size: 5 });
    const answers = [
      await ask(world, put.upload_url, { method: "PUT", body: text }),
      await sendForm(world, form, text),
      await world.request("/source/media/-/content?path=c", {
        method: "PUT",
        headers: { "content-length": "5" },
        body: text,
      }),
    ];
    for (const answer of answers) {
      assertEquals([answer.status, (await answer.json()).errors], [400, [
        "The body has another size than announced. Nothing was stored; send it again.",
      ]]);
    }
    assertEquals([world.paths(), logged], [[], []]);
    assertEquals((await ask(world, put.upload_url, { method: "PUT", body: "12345" })).status, 200);
    assertEquals((await sendForm(world, form, "12345")).status, 200);
  });
}

Deno.test("prepare gives an hour for a file, and a day for one in parts", async () => {
  const nowMs = Date.UTC(2030, 0, 1);
  const world = createWorld({ now: () => nowMs });
  const file = await prepare(world, { filename: "a", folder: "", size: 1 });
  const large = await prepare(world, { filename: "b", folder: "", size: 17 * MIB });
  assertEquals([file.expires_at, large.expires_at], ["2030-01-01T01:00:00.000Z", "2030-01-02T00:00:00.000Z"]);
});

Deno.test("prepare leads through the app where the source signs no URLs", async () => {
  const { source } = createWorld();
  const capabilities = { ...source.capabilities, canGenerateSignedUrls: false };
  const world = createWorld({ sources: { media: { ...source, capabilities } } });
  const { upload_url } = await prepare(world, { filename: "a", size: 1, direct: true });
  assertEquals(upload_url.startsWith("/-/files/upload/media/-/content?token="), true);
  // The parts of an upload need keys.
  const large = await prepare(world, { filename: "b", size: 17 * MIB, direct: true });
  assertEquals([large.parts, large.upload_url.startsWith("/-/files/upload/media/-/content?token=")], [undefined, true]);
});

Deno.test("keep_both numbers a name that begins with a dot at its end", async () => {
  const world = createWorld({ files: { "x/.env": "", "x/.env.local": "" } });
  const pathOf = async (filename: string) => {
    const wish = { filename, folder: "x", size: 1, on_collision: "keep_both" };
    const { upload_token, upload_url } = await prepare(world, wish);
    await ask(world, upload_url, { method: "PUT", body: "1" });
    return (await (await complete(world, upload_token)).json()).file.path;
  };
  assertEquals([await pathOf(".env"), await pathOf(".env.local")], ["x/.env (2)", "x/.env (2).local"]);
});

Deno.test("complete refuses a file of another size than announced", async () => {
  const world = createWorld();
  const { upload_token, upload_headers } = await prepare(world, { filename: "a", size: 5, direct: true });
  await world.source.upload("a", "123456", { metadata: { "upload-id": upload_headers["x-amz-meta-upload-id"] } });
  const response = await complete(world, upload_token);
  assertEquals([response.status, (await response.json()).code], [409, "size"]);
});

Deno.test("abort keeps a file that replaced another, and one that someone else stored", async () => {
  const world = createWorld({ files: { a: "old" } });
  const replacing = await prepare(world, { filename: "a", folder: "", size: 3, on_collision: "replace" });
  await ask(world, replacing.upload_url, { method: "PUT", body: "new" });
  const beaten = await prepare(world, { filename: "b", folder: "", size: 3 });
  await world.source.upload("b", "theirs");
  for (const { upload_token } of [replacing, beaten]) {
    assertEquals((await world.post("/upload/media/-/abort", { upload_token })).status, 200);
  }
  assertEquals([world.textOf("a"), world.textOf("b")], ["new", "theirs"]);
});

Deno.test("an empty file can be uploaded, and is announced with 0 bytes", async () => {
  const world = createWorld();
  const { upload_token, upload_url } = await prepare(world, { filename: "a", folder: "", size: 0 });
  assertEquals((await ask(world, upload_url, { method: "PUT", body: "" })).status, 200);
  assertEquals((await (await complete(world, upload_token)).json()).file.size, 0);
});
