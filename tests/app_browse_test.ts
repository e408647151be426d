import { assertEquals, assertFalse, assertMatch, assertStringIncludes } from "@std/assert";
import { appOf, HTML, stubSource } from "./app_stub.ts";

Deno.test("createFilesApp() leads from the root to the sources", async () => {
  const response = await appOf(stubSource())("/");
  assertEquals([response.status, response.headers.get("location")], [302, "/-/files"]);
});

Deno.test("createFilesApp() shows the sources as links", async () => {
  const response = await appOf(stubSource())("/-/files", { headers: HTML });
  assertEquals(response.headers.get("content-type"), "text/html; charset=UTF-8");
  assertStringIncludes(await response.text(), 'href="/-/files/source/media"');
});

Deno.test("createFilesApp() passes limit and cursor on", async () => {
  const request = appOf(stubSource({ a: "", b: "", c: "" }));
  const first = await (await request("/-/files/source/media.json?limit=2")).json();
  const second = await (await request(`/-/files/source/media.json?limit=2&cursor=${first.cursor}`)).json();
  assertEquals([...first.files, ...second.files].map(({ path }) => path), ["a", "b", "c"]);
});

for (const limit of ["0", "-1", "1001", "many", "1e2", ""]) {
  Deno.test(`createFilesApp() refuses the limit "${limit}"`, async () => {
    const response = await appOf(stubSource())(`/-/files/source/media.json?limit=${limit}`);
    assertEquals([response.status, (await response.json()).ok], [400, false]);
  });
}

Deno.test("createFilesApp() shows a folder with folders first, sizes and ages", async () => {
  const response = await appOf(stubSource({ "a.txt": "x".repeat(1_234), "z/b.txt": "" }))("/-/files/source/media", {
    headers: HTML,
  });
  const text = await response.text();
  assertMatch(text, /folder=z%2F.*path=a\.txt/s);
  assertStringIncludes(text, 'title="1,234 bytes">1.2 kB<');
  assertStringIncludes(text, 'title="2030-01-10 09:00:00 UTC">3 hours ago<');
});

Deno.test("createFilesApp() links the folders above", async () => {
  const response = await appOf(stubSource())("/-/files/source/media?folder=a%2F%2Fb%2F", { headers: HTML });
  const links = [...(await response.text()).matchAll(/<li[^>]*>(?:<a href="([^"]*)">)?<bdi>([^<]*)/g)];
  assertEquals(links.map(([, url, name]) => [url, name]), [
    ["/-/files/source/media", "media"],
    ["/-/files/source/media?folder=a%2F", "a"],
    ["/-/files/source/media?folder=a%2F%2F", "(no name)"],
    [undefined, "b"],
  ]);
});

Deno.test("createFilesApp() links the next and the first page", async () => {
  const paths = Array.from({ length: 101 }, (_, index) => [`${index}`, ""]);
  const request = appOf(stubSource(Object.fromEntries(paths)));
  const first = await (await request("/-/files/source/media", { headers: HTML })).text();
  assertStringIncludes(first, 'href="/-/files/source/media?cursor=100" rel="next"');
  const second = await (await request("/-/files/source/media?cursor=100", { headers: HTML })).text();
  assertStringIncludes(second, '<a class="button" href="/-/files/source/media">First page</a>');
  assertFalse(second.includes("Next page"));
});

Deno.test("createFilesApp() says that a folder is empty and offers to upload", async () => {
  const text = await (await appOf(stubSource())("/-/files/source/media", { headers: HTML })).text();
  assertStringIncludes(text, "This folder is empty.");
  assertStringIncludes(text, 'action="/-/files/source/media/-/upload?folder="');
});

Deno.test("createFilesApp() offers nothing that the source cannot do", async () => {
  const { capabilities } = stubSource();
  const source = stubSource({ a: "" }, { capabilities: { ...capabilities, canUpload: false, canDelete: false } });
  const text = await (await appOf(source)("/-/files/source/media", { headers: HTML })).text();
  assertFalse(/<form|-\/delete/.test(text));
});

for (
  const name of ["<script>alert(1)</script>", '"onload="alert(1)', "'&<b>", "a&amp;b", "javascript:x"]
) {
  Deno.test(`createFilesApp() shows the name ${JSON.stringify(name)} as text`, async () => {
    const path = name.replaceAll("/", "");
    const source = stubSource({ [path]: "", [`${path}/x`]: "" });
    const request = appOf(source, { title: path });
    const pages = [
      "/-/files",
      "/-/files/source/media",
      `/-/files/source/media?folder=${encodeURIComponent(path)}`,
      `/-/files/source/media/-/delete?path=${encodeURIComponent(path)}`,
    ];
    for (const page of pages) {
      const text = await (await request(page, { headers: HTML })).text();
      const escaped = path.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll(
        '"',
        "&quot;",
      )
        .replaceAll("'", "&#39;");
      assertStringIncludes(text, escaped);
      assertFalse(/<script|<b>|"onload/.test(text));
    }
  });
}

Deno.test("createFilesApp() lets no name reorder the text of a page", async () => {
  const text = await (await appOf(stubSource({ "a\u202Egnp.exe": "" }))("/-/files/source/media", { headers: HTML }))
    .text();
  assertStringIncludes(text, "<bdi>a\uFFFDgnp.exe</bdi>");
});
