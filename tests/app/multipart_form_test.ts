import { assert, assertEquals, assertRejects } from "@std/assert";
import { RequestRefusal } from "../../src/app/failure.ts";
import { readMultipart, readText } from "../../src/app/files/multipart_form.ts";

/** What a browser would send, in pieces of this size. */
async function streamOf(form: FormData, chunkBytes: number): Promise<[ReadableStream<Uint8Array>, string]> {
  const request = new Request("http://localhost/", { method: "POST", body: form });
  const bytes = new Uint8Array(await request.arrayBuffer());
  return [chunked(bytes, chunkBytes), request.headers.get("content-type") ?? ""];
}

function chunked(bytes: Uint8Array, chunkBytes: number): ReadableStream<Uint8Array> {
  let offset = 0;
  return new ReadableStream({
    pull(controller) {
      controller.enqueue(bytes.slice(offset, offset += chunkBytes));
      if (offset >= bytes.byteLength) controller.close();
    },
  });
}

async function readAll(body: ReadableStream<Uint8Array>, contentType: string): Promise<(string | undefined)[][]> {
  const parts = [];
  for await (const part of readMultipart(body, contentType)) {
    parts.push([part.name, part.filename, part.contentType, await readText(part)]);
  }
  return parts;
}

for (const chunkBytes of [1, 2, 3, 7, 64, 65_536]) {
  Deno.test(`readMultipart() reads a form that arrives ${chunkBytes} bytes at a time`, async () => {
    const form = new FormData();
    form.append("note", "line\r\n--line\r\n");
    form.append("file", new Blob(["\r\n\r\n--"], { type: "image/png" }), 'a "b" ü.png');
    form.append("empty", new Blob([]), "empty");
    assertEquals(await readAll(...await streamOf(form, chunkBytes)), [
      ["note", undefined, undefined, "line\r\n--line\r\n"],
      ["file", 'a "b" ü.png', "image/png", "\r\n\r\n--"],
      ["empty", "empty", "application/octet-stream", ""],
    ]);
  });
}

Deno.test("readMultipart() skips parts that are not read", async () => {
  const form = new FormData();
  form.append("a", new Blob(["x".repeat(200_000)]), "a");
  form.append("b", "2");
  const names = [];
  for await (const { name } of readMultipart(...await streamOf(form, 1_000))) names.push(name);
  assertEquals(names, ["a", "b"]);
});

Deno.test("readMultipart() passes bytes on before the form is complete", async () => {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const writer = writable.getWriter();
  const head = '--b\r\ncontent-disposition: form-data; name="file"; filename="a"\r\n\r\n';
  void writer.write(new TextEncoder().encode(`${head}${"x".repeat(100)}`));
  const part = (await readMultipart(readable, "multipart/form-data; boundary=b").next()).value;
  const chunk = (await part?.body[Symbol.asyncIterator]().next())?.value;
  assertEquals(chunk?.byteLength, 100 - "\r\n--b".length + 1);
});

Deno.test("readMultipart() cancels the body when its reader stops", async () => {
  let cancelled = false;
  const stream = new ReadableStream<Uint8Array>({
    pull: (controller) =>
      controller.enqueue(new TextEncoder().encode('--b\r\ncontent-disposition: form-data; name="a"\r\n\r\n')),
    cancel: () => void (cancelled = true),
  });
  for await (const _ of readMultipart(stream, "multipart/form-data; boundary=b")) break;
  assertEquals(cancelled, true);
});

for (
  const [what, body, contentType = "multipart/form-data; boundary=b"] of [
    ["a body that ends within a value", '--b\r\ncontent-disposition: form-data; name="a"\r\n\r\nhalf'],
    ["a body that ends after a value", '--b\r\ncontent-disposition: form-data; name="a"\r\n\r\nx\r\n--b\r\n'],
    ["a delimiter that goes on", '--b\r\ncontent-disposition: form-data; name="a"\r\n\r\nx\r\n--bc'],
    ["a field without a name", "--b\r\ncontent-type: text/plain\r\n\r\nx\r\n--b--"],
    ["endless headers", `--b\r\n${"x".repeat(70_000)}`],
    ["no form at all", "{}"],
    ["another content type", "--b--", "application/json"],
    ["no boundary", "--b--", "multipart/form-data"],
  ]
) {
  Deno.test(`readMultipart() refuses ${what}`, async () => {
    const stream = new Blob([body ?? ""]).stream();
    await assertRejects(() => readAll(stream, contentType ?? ""), RequestRefusal);
  });
}

Deno.test("readMultipart() is as fast with near-delimiters, byte by byte, as with anything else", async () => {
  const head = '--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n';
  const bytesOf = (filling: string) => new TextEncoder().encode(`${head}${filling.repeat(120_000)}\r\n--x--\r\n`);
  const read = async (filling: string) => {
    const startedMs = performance.now();
    let size = 0;
    for await (const part of readMultipart(chunked(bytesOf(filling), 1), "multipart/form-data; boundary=x")) {
      for await (const chunk of part.body) size += chunk.byteLength;
    }
    assertEquals(size, 120_000);
    return performance.now() - startedMs;
  };
  await read("a");
  const [plainMs, hostileMs] = [await read("a"), await read("\r")];
  assert(hostileMs < 5 * plainMs + 500, `${hostileMs} ms, and ${plainMs} ms for letters`);
});

Deno.test("readMultipart() is fast with headers that arrive byte by byte", async () => {
  const bytes = new TextEncoder().encode(`--x\r\n${"\r".repeat(60_000)}`);
  const startedMs = performance.now();
  await assertRejects(() => readAll(chunked(bytes, 1), "multipart/form-data; boundary=x"), RequestRefusal);
  assert(performance.now() - startedMs < 2_000);
});

Deno.test("readMultipart() yields chunks that do not change when the next one is read", async () => {
  const form = new FormData();
  const content = Array.from({ length: 50_000 }, (_, index) => `${index},`).join("");
  form.append("file", new Blob([content]), "a");
  const chunks = [];
  for await (const part of readMultipart(...await streamOf(form, 777))) {
    for await (const chunk of part.body) chunks.push(chunk);
  }
  assertEquals(await new Blob(chunks.map((chunk) => new Uint8Array(chunk))).text(), content);
});

Deno.test("readMultipart() reads 10,000 fields", async () => {
  const field = '--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n';
  const bytes = new TextEncoder().encode(`${field.repeat(10_000)}--x--\r\n`);
  assertEquals((await readAll(chunked(bytes, 65_536), "multipart/form-data; boundary=x")).length, 10_000);
});

Deno.test("readMultipart() refuses more than 10,000 fields", async () => {
  const field = '--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n';
  const bytes = new TextEncoder().encode(`${field.repeat(10_001)}--x--\r\n`);
  await assertRejects(
    () => readAll(chunked(bytes, 65_536), "multipart/form-data; boundary=x"),
    RequestRefusal,
    "more than 10000 fields",
  );
});

Deno.test("readText() reads a field of 64 KiB, and no more", async () => {
  const bodyOf = (length: number) => ({ body: chunked(new Uint8Array(length).fill(97), 1_000) });
  assertEquals((await readText(bodyOf(65_536))).length, 65_536);
  await assertRejects(() => readText(bodyOf(65_537)), RequestRefusal, "too long");
});
