import { assertEquals, assertFalse, assertMatch, assertStringIncludes } from "@std/assert";
import { toFileId } from "../../src/app/file_id.ts";
import { escaped, pagesApp } from "../support/app_pages.ts";
import { EVERYTHING } from "../support/app_stub.ts";

function fileUrl(path: string): string {
  return `/-/files/${toFileId({ source: "media", path })}`;
}

Deno.test("the file page shows a file's type, size, path and metadata", async () => {
  const app = pagesApp();
  const metadata = { note: "<b>", author: "ines", "uploaded-by": "%C3%A5sa", "upload-id": "x" };
  app.s3.putObject({ bucket: "bucket", key: "media/x/a.bin", body: "x".repeat(1_234), metadata });
  const { text } = await app.get(fileUrl("x/a.bin"));
  const facts = [...text.matchAll(/<dt>([^<]*)<\/dt>\s*<dd>(.*?)<\/dd>/gs)].map(([, name, value = ""]) => [
    name,
    value.replace(/<button.*<\/button>|<\/?bdi>/gs, "").trim(),
  ]);
  assertEquals(facts.filter(([name]) => name !== "Modified"), [
    ["Type", "Unknown"],
    ["Size", "1.2 kB (1,234 bytes)"],
    ["Path", "media/x/a.bin"],
    ["Uploaded by", "åsa"],
    ["author", "ines"],
    ["note", "&lt;b&gt;"],
  ]);
  assertStringIncludes(text, 'data-copy="x/a.bin"');
  assertMatch(text, /<dt>Modified<\/dt>\s*<dd><time datetime="[^"]+"[^>]* title="[^"]+ UTC">/);
});

Deno.test("the file page shows the SHA-256 of an uploaded file", async () => {
  const app = pagesApp();
  const form = new FormData();
  form.append("file", new Blob(["abc"]), "a.bin");
  await app.post("/-/files/source/media/-/form/upload", form);
  const { text } = await app.get(fileUrl("a.bin"));
  const sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  assertStringIncludes(text, `<code class="mono">${sha256}</code>`);
  assertStringIncludes(text, `data-copy="${sha256}"`);
});

const ACTIONS = ["link", "edit", "move", "copy", "delete"];
for (
  const [missing, offered] of [
    ["files-upload", ["link", "edit", "move", "delete"]],
    ["files-edit", ["link", "copy", "delete"]],
    ["files-delete", ["link", "edit", "copy"]],
  ] as const
) {
  Deno.test(`the file page offers nothing that needs ${missing} without it`, async () => {
    const app = pagesApp({ "a.txt": "" }, { permissions: { ...EVERYTHING, [missing]: false } });
    const { text } = await app.get(fileUrl("a.txt"));
    assertEquals(ACTIONS.filter((action) => text.includes(`data-action="${action}"`)), [...offered]);
  });
}

for (
  const [path, permissions, status] of [
    [fileUrl("none"), EVERYTHING, 404],
    ["/-/files/df-", EVERYTHING, 404],
    ["/-/files/df-AAAA", EVERYTHING, 404],
    [fileUrl("a"), { ...EVERYTHING, "files-browse": false }, 403],
  ] as const
) {
  Deno.test(`the file page responds with ${status} at ${path}`, async () => {
    assertEquals((await pagesApp({ a: "" }, { permissions }).get(path)).status, status);
  });
}

for (const name of ["<script>alert(1)</script>", '"><img src=x>', "\u202Egnp.exe", `${"long ".repeat(200)}.txt`]) {
  Deno.test(`the file page shows the name ${JSON.stringify(name.slice(0, 30))} as text`, async () => {
    const path = name.replaceAll("/", "");
    const { text } = await pagesApp({ [path]: "" }).get(fileUrl(path));
    assertStringIncludes(text, `<h1><bdi>${escaped(path.replace("\u202E", "\uFFFD"))}</bdi></h1>`);
    assertFalse(/<script>|<img/.test(text));
  });
}

Deno.test("the file page leads to the folders above, and names the file last", async () => {
  const { text } = await pagesApp({ "x/y/a.bin": "" }).get(fileUrl("x/y/a.bin"));
  const [crumbs = ""] = /<ol>.*?<\/ol>/s.exec(text) ?? [];
  const links = [...crumbs.matchAll(/<li[^>]*>\s*(?:<a\s+href="([^"]*)"[^>]*>)?<bdi>([^<]*)/g)];
  assertEquals(links.map(([, url, name]) => [url, name]), [
    ["/-/files/source/media", "media"],
    ["/-/files/source/media?folder=x%2F", "x"],
    ["/-/files/source/media?folder=x%2Fy%2F", "y"],
    [undefined, "a.bin"],
  ]);
});

Deno.test("the file page links its actions to exactly its own path", async () => {
  const { text } = await pagesApp({ "a&path=b#c.txt": "" }).get(fileUrl("a&path=b#c.txt"));
  assertStringIncludes(text, 'href="/-/files/source/media/-/form/delete?path=a%26path%3Db%23c.txt"');
});
