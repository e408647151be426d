import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { AccessDeniedError } from "../../src/errors.ts";
import { createWorld, idOf } from "../support/app_world.ts";
import { MIB, SIGNING_SECRET } from "../support/app_stub.ts";
import { ask, complete, PREPARE, prepare, sendForm } from "../support/app_uploads.ts";

Deno.test("an upload in the host's way stores the file at the top", async () => {
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

Deno.test("an upload in the host's way never replaces, however many come at once", async () => {
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

Deno.test("prepare keeps both, replaces or skips as it is told", async () => {
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

Deno.test("complete does not take a file for its own that someone else stored", async () => {
  const world = createWorld();
  const { upload_token } = await prepare(world, { filename: "a", size: 5, direct: true });
  await world.source.upload("a", "other");
  const response = await complete(world, upload_token);
  assertEquals([response.status, (await response.json()).code], [409, "collision"]);
});

for (const direct of [true, false]) {
  Deno.test(`a large file goes in parts, ${direct ? "straight to the store" : "through the app"}`, async () => {
    const world = createWorld();
    const bytes = new Uint8Array(33 * MIB).map((_, index) => index % 251);
    const { upload_token, parts } = await prepare(world, { filename: "a.bin", size: bytes.length, direct });
    assertEquals(parts, { size_bytes: 16 * MIB, count: 3 });
    const sign = async (numbers: number[]) =>
      await (await world.post("/upload/media/-/part-urls", { upload_token, numbers })).json();
    const { urls } = await sign([1, 2, 3]);
    assertEquals(
      urls.map(({ number, offset, size }: Record<string, number>) => [number, offset, size]),
      [[1, 0, 16 * MIB], [2, 16 * MIB, 16 * MIB], [3, 32 * MIB, MIB]],
    );
    const send = ({ url, offset, size }: { url: string; offset: number; size: number }) => {
      const init = { method: "PUT", body: bytes.slice(offset, offset + size) };
      return direct ? world.s3.fetch(url, init) : ask(world, url, init);
    };
    for (const part of [urls[2], urls[0]]) assertEquals((await send(part)).status, 200);
    assertEquals((await sign([])).uploaded, [1, 3]);
    const early = await complete(world, upload_token);
    assertEquals([early.status, (await early.json()).code], [409, "parts_missing"]);
    assertEquals((await send(urls[1])).status, 200);
    const { file } = await (await complete(world, upload_token)).json();
    assertEquals([file.size, world.s3.listUploads("bucket")], [bytes.length, []]);
    assert((await world.source.read("a.bin")).every((byte, index) => byte === index % 251));
  });
}

Deno.test("a part of another size is refused", async () => {
  const world = createWorld();
  const { upload_token } = await prepare(world, { filename: "a", size: 16 * MIB + 3, direct: false });
  const { urls: [{ url }] } = await (await world.post("/upload/media/-/part-urls", { upload_token, numbers: [2] }))
    .json();
  assertEquals((await ask(world, url, { method: "PUT", body: "12" })).status, 400);
  assertEquals((await ask(world, url, { method: "PUT", body: "1234" })).status, 413);
  assertEquals((await ask(world, url, { method: "PUT", body: "123" })).status, 200);
});

Deno.test("a lost race over a large file keeps the other's file and leaves no parts", async () => {
  const world = createWorld();
  const { upload_token } = await prepare(world, { filename: "a", size: 16 * MIB + 1, direct: true });
  const { urls } = await (await world.post("/upload/media/-/part-urls", { upload_token, numbers: [1, 2] })).json();
  for (const { url, size } of urls) await world.s3.fetch(url, { method: "PUT", body: new Uint8Array(size) });
  await world.source.upload("a", "other");
  const response = await complete(world, upload_token);
  assertEquals([response.status, (await response.json()).code], [409, "collision"]);
  assertEquals([world.textOf("a"), world.s3.listUploads("bucket")], ["other", []]);
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

Deno.test("abort breaks off what is being received, and nothing of it is stored", async () => {
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

Deno.test("abort says what cannot be deleted, and takes no right to upload away", async () => {
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

Deno.test("a token stores once and completes once", async () => {
  const world = createWorld();
  const prepared = await prepare(world, { filename: "a" });
  assertEquals((await sendForm(world, prepared, "one")).status, 200);
  assertEquals((await sendForm(world, prepared, "two")).status, 409);
  assertEquals((await complete(world, prepared.upload_token)).status, 201);
  for (const path of ["complete", "abort"]) {
    const again = await world.post(`/upload/media/-/${path}`, { upload_token: prepared.upload_token });
    assertEquals([again.status, (await again.json()).code], [409, "used"]);
  }
  assertEquals(world.textOf("a"), "one");
});

Deno.test("a token survives a restart, and still stores once", async () => {
  const before = createWorld({ secret: SIGNING_SECRET });
  const prepared = await prepare(before, { filename: "a" });
  const restarted = () => createWorld({ secret: SIGNING_SECRET, sources: { media: before.source } });
  assertEquals((await sendForm(restarted(), prepared, "one")).status, 200);
  assertEquals((await sendForm(restarted(), prepared, "two")).status, 409);
  assertEquals((await complete(restarted(), prepared.upload_token)).status, 201);
  assertEquals(before.textOf("a"), "one");
});

Deno.test("a token that fails in the middle can be used again", async () => {
  const world = createWorld();
  const { upload_url } = await prepare(world, { filename: "a", size: 5, direct: false });
  const body = new ReadableStream({
    start(controller) {
      controller.enqueue(new TextEncoder().encode("12"));
      controller.error(new Error("gone"));
    },
  });
  assertEquals((await ask(world, upload_url, { method: "PUT", body })).status, 400);
  assertEquals(world.paths(), []);
  assertEquals((await ask(world, upload_url, { method: "PUT", body: "12345" })).status, 200);
});

Deno.test("a token is good for its actor and its source only, and until it expires", async () => {
  let nowMs = Date.UTC(2030, 0, 1);
  let actor = "alice";
  const world = createWorld({ now: () => nowMs, authenticate: () => ({ id: actor }), secret: SIGNING_SECRET });
  const prepared = await prepare(world, { filename: "a" });
  actor = "mallory";
  assertEquals((await sendForm(world, prepared, "x")).status, 400);
  actor = "alice";
  const elsewhere = createWorld({
    secret: SIGNING_SECRET,
    now: () => nowMs,
    authenticate: () => ({ id: actor }),
    sources: { other: world.source },
  });
  const url = prepared.upload_url.replace("media", "other");
  assertEquals((await sendForm(elsewhere, { ...prepared, upload_url: url }, "x")).status, 400);
  nowMs += 3_600_000;
  assertEquals((await sendForm(world, prepared, "x")).status, 400);
  assertEquals(world.paths(), []);
});

for (const token of ["", "tok_", "tok_e30.e30", "nonsense"]) {
  Deno.test(`the token ${JSON.stringify(token)} is good for nothing`, async () => {
    const world = createWorld();
    assertEquals((await ask(world, `/-/files/upload/media/-/content?token=${token}`, { method: "PUT" })).status, 400);
    assertEquals((await complete(world, token)).status, 400);
  });
}

for (
  const body of [
    {},
    { filename: "" },
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

Deno.test("preparing an upload refuses a media type that no header can hold, before anything is promised", async () => {
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
