import { assert, assertEquals, assertFalse, assertMatch, assertStringIncludes } from "@std/assert";
import { toFileId } from "../../src/app/file_id.ts";
import { attributes, escaped, pagesApp } from "../support/app_pages.ts";
import { appOf, EVERYTHING, HTML, stubSource } from "../support/app_stub.ts";

const FOLDER = "/-/files/source/media";

Deno.test("the folder page gives the script its place and permissions", async () => {
  const { text } = await pagesApp({ "a/b.txt": "" }).get(`${FOLDER}?folder=a%2F`);
  assertMatch(
    text,
    /<body\s+data-source="media"\s+data-folder="a\/"\s+data-can="upload edit delete"\s+data-root="\/-\/files"/,
  );
  for (const id of ["banner", "live", "tray", "dialog", "files", "selection", "filter", "search", "row-template"]) {
    assertEquals(text.split(`id="${id}"`).length, 2, id);
  }
});

Deno.test("the folder page shows folders first, sizes and ages", async () => {
  const source = stubSource({ "a.txt": "x".repeat(1_234), "z/b.txt": "" });
  const text = await (await appOf(source)(FOLDER, { headers: HTML })).text();
  assertEquals(attributes(text, "data-path"), ["z/", "a.txt", "-", "-/"]);
  assertStringIncludes(text, 'title="1,234 bytes">1.2 kB<');
  assertStringIncludes(text, 'title="2030-01-10 09:00:00 UTC">3 hours ago<');
});

Deno.test("the folder page links an awkward path exactly", async () => {
  const path = "ü +%2F&#?\\ \u{1F600}.txt";
  const { text } = await pagesApp({ [path]: "" }).get(FOLDER);
  assertStringIncludes(text, `href="/-/files/${toFileId({ source: "media", path })}"`);
  assertStringIncludes(text, `name="path" value="${escaped(path)}"`);
});

for (const folder of ["/", "//", "/a/", "//a"]) {
  Deno.test(`pages of the folder ${JSON.stringify(folder)} end, though nothing is above it`, async () => {
    const app = pagesApp({ "a.txt": "a" });
    for (const page of ["", ".json", "/-/size", "/-/status.json", "/-/form/folder", "/-/form/upload"]) {
      const { status } = await app.get(`/-/files/source/media${page}?folder=${folder}`);
      assert(status < 500, `${page}: ${status}`);
    }
  });
}

Deno.test("the folder page links the folders above", async () => {
  const text = await (await appOf(stubSource())(`${FOLDER}?folder=a%2F%2Fb%2F`, { headers: HTML })).text();
  const [crumbs = ""] = /<ol>.*?<\/ol>/s.exec(text) ?? [];
  const links = [...crumbs.matchAll(/<li[^>]*>\s*(?:<a\s+href="([^"]*)"[^>]*>)?<bdi>([^<]*)/g)];
  assertEquals(links.map(([, url, name]) => [url, name]), [
    ["/-/files/source/media", "media"],
    ["/-/files/source/media?folder=a%2F", "a"],
    ["/-/files/source/media?folder=a%2F%2F", "(no name)"],
    [undefined, "b"],
  ]);
});

Deno.test("the folder page sorts by size, largest first, and links to the reverse", async () => {
  const app = pagesApp({ "a": "1", "b": "333", "c": "22", "d/e": "" });
  const { text } = await app.get(`${FOLDER}?sort=size&order=desc`);
  assertEquals(attributes(text, "data-path").slice(0, 4), ["d/", "b", "c", "a"]);
  assertEquals(attributes(text, "aria-sort"), ["none", "descending", "none"]);
  assertStringIncludes(text, `href="${FOLDER}?sort=size&amp;order=asc"`);
});

Deno.test("the folder page sorts names backwards", async () => {
  const { text } = await pagesApp({ "a": "", "b": "", "c/d": "", "e/f": "" }).get(`${FOLDER}?sort=name&order=desc`);
  assertEquals(attributes(text, "data-path").slice(0, 4), ["e/", "c/", "b", "a"]);
});

Deno.test("the folder page goes through a sorted folder page by page, each file once", async () => {
  const files = Object.fromEntries(Array.from({ length: 450 }, (_, index) => [`f${index}`, "x".repeat(index)]));
  const app = pagesApp(files);
  const seen: string[] = [];
  let url: string | undefined = `${FOLDER}?sort=size&order=asc`;
  for (let count = 0; url !== undefined && count < 10; count++) {
    const { text }: { text: string } = await app.get(url);
    seen.push(...attributes(text, "data-path").slice(0, -2));
    url = /rel="next"[^>]*href="([^"]*)"/s.exec(text)?.[1]?.replaceAll("&amp;", "&");
  }
  assertEquals(seen, Array.from({ length: 450 }, (_, index) => `f${index}`));
});

Deno.test("the folder page says that a folder is too large to sort", async () => {
  const files = Object.fromEntries(Array.from({ length: 5_001 }, (_, index) => [`${index}`, ""]));
  const { text } = await pagesApp(files).get(`${FOLDER}?sort=modified&order=desc`);
  assertStringIncludes(text, "Too large to sort; shown by name");
  assertStringIncludes(text, "data-unsorted");
  assertEquals(attributes(text, "aria-sort"), ["ascending", "none", "none"]);
});

for (const query of ["sort=colour", "order=up", "sort=size&order="]) {
  Deno.test(`the folder page refuses the order "${query}"`, async () => {
    assertEquals((await pagesApp().get(`${FOLDER}?${query}`)).status, 400);
  });
}

Deno.test("the folder page links the next and the first page", async () => {
  const paths = Array.from({ length: 201 }, (_, index) => [`${index}`, ""]);
  const request = appOf(stubSource(Object.fromEntries(paths)));
  const first = await (await request(FOLDER, { headers: HTML })).text();
  assertMatch(first, /rel="next"\s+href="\/-\/files\/source\/media\?cursor=after-0-199"/);
  assertStringIncludes(first, "<p>200 files on this page</p>");
  const second = await (await request(`${FOLDER}?cursor=after-0-199`, { headers: HTML })).text();
  assertMatch(second, /rel="first"\s+href="\/-\/files\/source\/media"/);
  assertFalse(second.includes("Next page"));
  assertStringIncludes(second, "<p>1 file on this page</p>");
});

Deno.test("the folder page says that a folder is empty and offers to upload", async () => {
  const { text } = await pagesApp().get(FOLDER);
  assertStringIncludes(text, "This folder is empty.");
  assertStringIncludes(text, `action="${FOLDER}/-/form/upload"`);
  assertMatch(text, /<div class="listing"[^>]*\shidden>/);
  assertFalse(/class="listing"[^>]*\shidden/.test((await pagesApp({ a: "" }).get(FOLDER)).text));
});

Deno.test("the folder page says when the credentials can only read", async () => {
  const denied = (name: "write" | "delete") => ({ name, outcome: "denied" as const, ok: false, message: "" });
  const connection = { bucket: "bucket", prefix: "media/", region: "", endpoint: "", expiresAt: null };
  const diagnosis = { connection, checks: [denied("write"), denied("delete")], leaks: false, leftBehind: [] };
  const { text } = await pagesApp({}, {}, { diagnose: () => Promise.resolve(diagnosis) }).get(FOLDER);
  assertStringIncludes(text, "These credentials can read here but not write.");
  assertOnlyReads(text);
  assertStringIncludes(text, ">Read-only<");
});

Deno.test("the folder page says when the visitor can only read", async () => {
  const { text } = await pagesApp({}, { permissions: { "files-browse": true } }).get(FOLDER);
  assertStringIncludes(text, "You can read here but not write.");
  assertOnlyReads(text);
  assertStringIncludes(text, ">Read-only<");
});

/** Reading is all that is offered. */
function assertOnlyReads(text: string): void {
  assertEquals([...new Set(attributes(text, "data-action"))].toSorted(), ["archive", "download", "size"]);
  assertFalse(text.includes(`type="file"`));
}

const OFFERS = ["form/folder", "form/upload", "form/move", "form/copy", 'data-action="delete"'];
for (
  const [missing, offered] of [
    ["files-upload", ["form/move", 'data-action="delete"']],
    ["files-edit", ["form/folder", "form/upload", "form/copy", 'data-action="delete"']],
    ["files-delete", ["form/folder", "form/upload", "form/copy"]],
  ] as const
) {
  Deno.test(`the folder page offers nothing that needs ${missing} without it`, async () => {
    const { text } = await pagesApp({ a: "" }, { permissions: { ...EVERYTHING, [missing]: false } }).get(FOLDER);
    assertEquals(OFFERS.filter((offer) => text.includes(offer)), [...offered]);
  });
}

Deno.test("the folder page offers nothing that the source cannot do", async () => {
  const { capabilities } = stubSource();
  const source = stubSource({ a: "" }, { capabilities: { ...capabilities, canUpload: false, canDelete: false } });
  const text = await (await appOf(source)(FOLDER, { headers: HTML })).text();
  assertEquals(OFFERS.filter((offer) => text.includes(offer)), []);
  assertStringIncludes(text, 'data-can=""');
});

for (
  const name of [
    "<script>alert(1)</script>",
    '"onload="alert(1)',
    "'&<b>",
    "a&amp;b",
    "javascript:x",
    "x".repeat(900),
  ]
) {
  Deno.test(`the folder page shows the name ${JSON.stringify(name.slice(0, 30))} as text`, async () => {
    const path = name.replaceAll("/", "");
    const app = pagesApp({ [path]: "", [`${path}/x`]: "" }, { title: path });
    for (const page of ["/-/files", FOLDER, `${FOLDER}?folder=${encodeURIComponent(path)}`]) {
      const { text } = await app.get(page);
      assertStringIncludes(text, escaped(path));
      assertFalse(/<script>|<b>|"onload/.test(text));
    }
  });
}

Deno.test("the folder page lets no name reorder its text", async () => {
  const { text } = await pagesApp({ "a\u202Egnp.exe": "" }).get(FOLDER);
  assertStringIncludes(text, "<bdi>a\uFFFDgnp.exe</bdi>");
});

Deno.test("the folder page does not call a folder empty whose first page has no files", async () => {
  const list = () => Promise.resolve({ files: [], folders: [], cursor: "more", skipped: 0 });
  const text = await (await appOf(stubSource({}, { list }))(FOLDER, { headers: HTML })).text();
  assertFalse(text.includes("This folder is empty."));
  assertStringIncludes(text, 'href="/-/files/source/media?cursor=more">Next page</a>');
});

for (
  const [skipped, text] of [[1, "1 name cannot be used here, and is"], [
    2,
    "2 names cannot be used here, and are",
  ]] as const
) {
  Deno.test(`the folder page says that ${skipped} names are not shown, in any order`, async () => {
    const list = () => Promise.resolve({ files: [], folders: [], cursor: null, skipped });
    for (const query of ["", "?sort=size&order=desc"]) {
      const page = await (await appOf(stubSource({}, { list }))(`${FOLDER}${query}`, { headers: HTML })).text();
      assertFalse(page.includes("This folder is empty."));
      assertStringIncludes(page, `${text} not shown.`);
    }
  });
}

Deno.test("the folder page sorts by size and date from the largest and newest, by name from A", async () => {
  const linksOf = (text: string) =>
    [...text.matchAll(/<th[^>]*data-sort[^>]*>\s*<a href="([^"]*)"/g)].map(([, url = ""]) =>
      url.replaceAll("&amp;", "&")
    );
  const app = pagesApp({ a: "" });
  const [size, modified] = [`${FOLDER}?sort=size&order=desc`, `${FOLDER}?sort=modified&order=desc`];
  assertEquals(linksOf((await app.get(FOLDER)).text), [`${FOLDER}?sort=name&order=desc`, size, modified]);
  assertEquals(linksOf((await app.get(size)).text), [FOLDER, `${FOLDER}?sort=size&order=asc`, modified]);
});

Deno.test("the folder page shows thumbnails of images, whatever the case of their extensions", async () => {
  const { text } = await pagesApp({ "A.PNG": "", "b.txt": "" }).get(FOLDER);
  const thumbnails = [...text.matchAll(/<img class="thumb" src="([^"]*)"/g)].map(([, src]) => src);
  assertEquals(thumbnails, [`/-/files/${toFileId({ source: "media", path: "A.PNG" })}/thumbnail`]);
});
