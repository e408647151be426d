import { assert, assertEquals } from "@std/assert";
import { createWorld } from "../support/app_world.ts";
import { MIB, SIGNING_SECRET } from "../support/app_stub.ts";
import { ask, complete, prepare } from "../support/app_uploads.ts";

for (const direct of [true, false]) {
  Deno.test(`a large file is sent in parts, ${direct ? "straight to the store" : "through the app"}`, async () => {
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

Deno.test("only files of more than 16 MiB are sent in parts, and never those of a form", async () => {
  const world = createWorld();
  const isInParts = async (fields: Record<string, unknown>) =>
    (await prepare(world, { filename: "a", ...fields })).parts !== undefined;
  assertEquals(
    [
      await isInParts({ folder: "", size: 16 * MIB }),
      await isInParts({ folder: "b", size: 16 * MIB + 1 }),
      await isInParts({ size: 17 * MIB }),
    ],
    [false, true, false],
  );
});

Deno.test("an upload in parts takes no content as a whole, and lists only whole parts", async () => {
  const { source } = createWorld();
  const resumeMultipartUpload: typeof source.resumeMultipartUpload = (state) => ({
    ...source.resumeMultipartUpload(state),
    parts: () =>
      Promise.resolve([
        { partNumber: 1, offset: 0, size: 16 * MIB, isStored: true },
        { partNumber: 2, offset: 16 * MIB, size: 3, isStored: false },
      ]),
  });
  const world = createWorld({ sources: { media: { ...source, resumeMultipartUpload } } });
  const { upload_token } = await prepare(world, { filename: "a", size: 16 * MIB + 3, direct: false });
  const whole = await world.request(`/upload/media/-/content?token=${upload_token}`, { method: "PUT", body: "123" });
  assertEquals([whole.status, (await whole.json()).errors], [400, ["This upload is sent in parts."]]);
  const urlsOf = (numbers: number[]) => world.post("/upload/media/-/part-urls", { upload_token, numbers });
  assertEquals((await (await urlsOf([])).json()).uploaded, [1]);
  for (const numbers of [[0], [3], [1.5], Array(1_001).fill(1)]) assertEquals((await urlsOf(numbers)).status, 400);
  assertEquals((await urlsOf(Array(1_000).fill(1))).status, 200);
  assertEquals((await world.post("/upload/media/-/abort", { upload_token })).status, 200);
  const late = [
    await urlsOf([1]),
    await world.request(`/upload/media/-/part?token=${upload_token}&number=2`, { method: "PUT", body: "123" }),
  ];
  assertEquals(late.map(({ status }) => status), [409, 409]);
});

Deno.test("complete finds the file whose completion the store did not confirm", async () => {
  const lost = "<Error><Code>NoSuchUpload</Code><Message>The upload does not exist</Message></Error>";
  const world = createWorld({
    fetch: (s3) => async (input, init) => {
      const response = await s3.fetch(input, init);
      const isCompleted = init?.method === "POST" && new URL(String(input)).searchParams.has("uploadId");
      if (!isCompleted) return response;
      await response.body?.cancel();
      return new Response(lost, { status: 404 });
    },
  });
  const { upload_token } = await prepare(world, { filename: "a", size: 16 * MIB + 1, direct: true });
  const { urls } = await (await world.post("/upload/media/-/part-urls", { upload_token, numbers: [1, 2] })).json();
  for (const { url, size } of urls) await world.s3.fetch(url, { method: "PUT", body: new Uint8Array(size) });
  const response = await complete(world, upload_token);
  assertEquals([response.status, (await response.json()).file.size], [201, 16 * MIB + 1]);
});

Deno.test("complete says that a file is missing whose parts another process has removed", async () => {
  const world = createWorld({ secret: SIGNING_SECRET });
  const { upload_token } = await prepare(world, { filename: "a", size: 16 * MIB + 1, direct: true });
  const { urls } = await (await world.post("/upload/media/-/part-urls", { upload_token, numbers: [1, 2] })).json();
  for (const { url, size } of urls) await world.s3.fetch(url, { method: "PUT", body: new Uint8Array(size) });
  const other = createWorld({ secret: SIGNING_SECRET, sources: { media: world.source } });
  assertEquals((await other.post("/upload/media/-/abort", { upload_token })).status, 200);
  const response = await complete(world, upload_token);
  assertEquals([response.status, (await response.json()).code], [409, "missing"]);
});
