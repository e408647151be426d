import { assertEquals, assertStringIncludes } from "@std/assert";
import { appOf, formOf, HTML, SAME_ORIGIN, stubSource } from "./app_stub.ts";

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

Deno.test("createFilesApp() lists a folder as JSON", async () => {
  const response = await appOf(stubSource({ "a/b.txt": "hello", "a/c/d.txt": "" }))(
    "/-/files/source/media.json?folder=a",
  );
  assertEquals(await response.json(), {
    source: "media",
    folder: "a/",
    folders: [{ path: "a/c/", name: "c" }],
    files: [{
      path: "a/b.txt",
      filename: "b.txt",
      size: 5,
      content_type: null,
      content_hash: null,
      etag: null,
      last_modified: "2030-01-10T09:00:00.000Z",
      source_slug: "media",
      download_url: "/-/files/source/media/-/download?path=a%2Fb.txt",
    }],
    cursor: null,
  });
});

Deno.test("createFilesApp() sends a download to its signed URL, unseen by caches and other sites", async () => {
  const response = await appOf(stubSource({ "a.txt": "" }))("/-/files/source/media/-/download?path=a.txt");
  assertEquals([response.status, response.headers.get("location")], [302, "https://store.test/a.txt?signature=1"]);
  assertEquals([response.headers.get("cache-control"), response.headers.get("referrer-policy")], [
    "no-store",
    "no-referrer",
  ]);
});

Deno.test("createFilesApp() says that a file to download is missing", async () => {
  const response = await appOf(stubSource())("/-/files/source/media/-/download?path=a.txt");
  assertEquals([response.status, await response.json()], [404, { ok: false, errors: ["There is no such file."] }]);
});

for (const query of ["path=%ff", "path=%", "path=%C3%28", "path=%ED%A0%80"]) {
  Deno.test(`createFilesApp() refuses the query "${query}" instead of guessing`, async () => {
    const response = await appOf(stubSource({ "\uFFFD": "" }))(`/-/files/source/media/-/download?${query}`);
    assertEquals(response.status, 400);
  });
}

Deno.test("createFilesApp() decodes a path once", async () => {
  const response = await appOf(stubSource({ "%2541": "" }))("/-/files/source/media/-/download?path=%252541");
  assertEquals(response.status, 302);
});

Deno.test("createFilesApp() stores the files of a form in the folder", async () => {
  const source = stubSource();
  const body = formOf({ "a.txt": "one\r\n--two", 'q"ü%.txt': "" });
  const response = await appOf(source)("/-/files/source/media/-/upload?folder=x/y", {
    method: "POST",
    headers: { ...HTML, ...SAME_ORIGIN },
    body,
  });
  assertEquals([response.status, response.headers.get("location")], [303, "/-/files/source/media?folder=x%2Fy%2F"]);
  assertEquals([...source.files], [["x/y/a.txt", "one\r\n--two"], ['x/y/q"ü%.txt', ""]]);
});

Deno.test("createFilesApp() answers an upload that wants no page with the files", async () => {
  const response = await appOf(stubSource())("/-/files/source/media/-/upload", {
    method: "POST",
    body: formOf({ "a.txt": "one" }),
  });
  const { ok, files } = await response.json();
  assertEquals([response.status, ok, files.length], [201, true, 1]);
  assertEquals([files[0].path, files[0].size, files[0].content_type, files[0].content_hash], [
    "a.txt",
    3,
    "text/plain",
    "sha256:00",
  ]);
});

Deno.test("createFilesApp() keeps a file of the same name unless asked to replace it", async () => {
  const source = stubSource({ "a.txt": "old" });
  const upload = (fields: Record<string, string>) =>
    appOf(source)("/-/files/source/media/-/upload", { method: "POST", body: formOf({ "a.txt": "new" }, fields) });
  const refused = await upload({});
  assertEquals([refused.status, source.files.get("a.txt")], [412, "old"]);
  assertStringIncludes((await refused.json()).errors[0], "“a.txt”");
  assertEquals([(await upload({ replace: "1" })).status, source.files.get("a.txt")], [201, "new"]);
});

Deno.test("createFilesApp() says that no file was chosen", async () => {
  const response = await appOf(stubSource())("/-/files/source/media/-/upload", {
    method: "POST",
    body: formOf({ "": "" }),
  });
  assertEquals([response.status, await response.json()], [400, { ok: false, errors: ["No file was chosen."] }]);
});

Deno.test("createFilesApp() stores nothing of a form that breaks off", async () => {
  const source = stubSource();
  const body = '--b\r\ncontent-disposition: form-data; name="file"; filename="a"\r\n\r\nhalf of';
  const headers = { "content-type": "multipart/form-data; boundary=b" };
  const response = await appOf(source)("/-/files/source/media/-/upload", { method: "POST", headers, body });
  assertEquals([response.status, source.files.size], [400, 0]);
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

Deno.test("createFilesApp() deletes and returns to the folder", async () => {
  const source = stubSource({ "x/a.txt": "" });
  const response = await appOf(source)("/-/files/source/media/-/delete?path=x/a.txt", {
    method: "POST",
    headers: { ...HTML, ...SAME_ORIGIN },
  });
  assertEquals([response.status, response.headers.get("location")], [303, "/-/files/source/media?folder=x%2F"]);
  assertEquals(source.files.size, 0);
});

Deno.test("createFilesApp() answers a deletion that wants no page with JSON", async () => {
  const response = await appOf(stubSource({ a: "" }))("/-/files/source/media/-/delete?path=a", { method: "POST" });
  assertEquals([response.status, await response.json()], [200, { ok: true }]);
});

Deno.test("createFilesApp() says that an upload broke off", async () => {
  const body = new ReadableStream({ pull: (controller) => controller.error(new Error("the client is gone")) });
  const source = stubSource();
  const response = await appOf(source)("/-/files/source/media/-/content?path=a", { method: "PUT", body });
  assertEquals([response.status, source.files.size], [400, 0]);
});
