import { assertEquals } from "@std/assert";
import { appOf, stubSource } from "../support/app_stub.ts";

Deno.test("createFilesApp() lists the sources as the host does", async () => {
  const response = await appOf(stubSource())("/-/files/sources.json");
  assertEquals(await response.json(), {
    sources: [{
      slug: "media",
      storage_type: "s3",
      capabilities: {
        can_upload: true,
        can_delete: true,
        can_list: true,
        can_generate_signed_urls: true,
        requires_proxy_download: false,
      },
    }],
  });
});

for (const query of ["path=%ff", "path=%", "path=%C3%28", "path=%ED%A0%80"]) {
  Deno.test(`createFilesApp() refuses the query "${query}" instead of guessing`, async () => {
    const source = stubSource();
    const response = await appOf(source)(`/-/files/source/media/-/content?${query}`, { method: "PUT", body: "x" });
    assertEquals([response.status, source.files.size], [400, 0]);
  });
}

Deno.test("createFilesApp() decodes a path once", async () => {
  const source = stubSource();
  await appOf(source)("/-/files/source/media/-/content?path=%252541+%2B", { method: "PUT", body: "x" });
  assertEquals([...source.files.keys()], ["%2541 +"]);
});

Deno.test("createFilesApp() stores the plain body of a PUT", async () => {
  const source = stubSource();
  const response = await appOf(source)("/-/files/source/media/-/content?path=x%2Fa.bin", {
    method: "PUT",
    headers: { "content-type": "image/png" },
    body: "bytes",
  });
  const { file } = await response.json();
  assertEquals([response.status, file.path, file.size, file.content_type], [201, "x/a.bin", 5, "image/png"]);
  assertEquals(source.files.get("x/a.bin"), "bytes");
});

Deno.test("createFilesApp() stores an empty PUT as an empty file", async () => {
  const source = stubSource();
  await appOf(source)("/-/files/source/media/-/content?path=a", { method: "PUT" });
  assertEquals([...source.files], [["a", ""]]);
});

Deno.test("createFilesApp() lets a PUT insist that the file is new", async () => {
  const response = await appOf(stubSource({ a: "old" }))("/-/files/source/media/-/content?path=a", {
    method: "PUT",
    headers: { "if-none-match": "*" },
    body: "new",
  });
  assertEquals(response.status, 412);
});

for (const path of ["", "..%2Fa", "%2Fa", "a%00"]) {
  Deno.test(`createFilesApp() refuses to store at "${path}"`, async () => {
    const source = stubSource();
    const response = await appOf(source)(`/-/files/source/media/-/content?path=${path}`, { method: "PUT", body: "x" });
    assertEquals([response.status, source.files.size], [400, 0]);
  });
}

for (const headers of [{}, { "content-length": "11" }]) {
  Deno.test(`createFilesApp() stores nothing over the limit with ${JSON.stringify(headers)}`, async () => {
    const source = stubSource();
    const body = new Blob(["x".repeat(11)]).stream();
    const response = await appOf(source, { maxUploadBytes: 10 })("/-/files/source/media/-/content?path=a", {
      method: "PUT",
      headers,
      body,
    });
    assertEquals([response.status, source.files.size], [413, 0]);
  });
}

Deno.test("createFilesApp() stores what is exactly at the limit", async () => {
  const source = stubSource();
  const body = "x".repeat(10);
  await appOf(source, { maxUploadBytes: 10 })("/-/files/source/media/-/content?path=a", { method: "PUT", body });
  assertEquals(source.files.get("a"), body);
});

Deno.test("createFilesApp() says that an upload broke off", async () => {
  const body = new ReadableStream({ pull: (controller) => controller.error(new Error("the client is gone")) });
  const source = stubSource();
  const response = await appOf(source)("/-/files/source/media/-/content?path=a", { method: "PUT", body });
  assertEquals([response.status, source.files.size], [400, 0]);
});
