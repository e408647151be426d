import { assertEquals, assertRejects } from "@std/assert";
import { RequestRefusal } from "../src/app/failure.ts";
import { readMultipart, readText } from "../src/app/multipart_form.ts";

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

Deno.test("readMultipart() passes over what nobody reads", async () => {
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
