import { assertEquals, assertFalse, assertMatch, assertStringIncludes } from "@std/assert";
import { toFileId } from "../../src/app/file_id.ts";
import { escaped, pagesApp } from "../support/app_pages.ts";
import { EVERYTHING } from "../support/app_stub.ts";

function fileUrl(path: string): string {
  return `/-/files/${toFileId({ source: "media", path })}`;
}

/** The part of a file's page that shows what is in it. */
async function previewOf(path: string, body: string | Uint8Array<ArrayBuffer>): Promise<string> {
  const { status, text } = await pagesApp({ [path]: body }).get(fileUrl(path));
  assertEquals(status, 200);
  return /<section class="preview"[^>]*>(.*?)<\/section>\s*<dl/s.exec(text)?.[1]?.trim() ?? "";
}

for (
  const [path, tag] of [
    ["a.png", "img"],
    ["a.SVG", "img"],
    ["a.mp3", "audio"],
    ["a.mp4", "video"],
    ["a.pdf", "iframe"],
  ] as const
) {
  Deno.test(`filePage() shows ${path} in <${tag}>, from the app itself`, async () => {
    const preview = await previewOf(path, "x");
    assertMatch(preview, new RegExp(`^<${tag}[^>]*\\ssrc="${fileUrl(path)}/content"`));
  });
}

for (
  const [path, body, expected] of [
    ["a.txt", '<b>\n"x"', "\n&lt;b&gt;\n&quot;x&quot;"],
    ["a.txt", "\nfirst", "\n\nfirst"],
    ["a.md", "# <script>alert(1)</script>", "\n# &lt;script&gt;alert(1)&lt;/script&gt;"],
    ["a.html", "<h1>x</h1>", "\n&lt;h1&gt;x&lt;/h1&gt;"],
    [
      "a.json",
      '{"a":[1,{}],"b":12345678901234567890}',
      '\n{\n  "a": [\n    1,\n    {}\n  ],\n  "b": 12345678901234567890\n}',
    ],
    ["a.json", "{broken", "\n{broken"],
    ["Makefile", "all:\n\ttrue", "\nall:\n\ttrue"],
    ["a.txt", "", "\n"],
  ] as const
) {
  Deno.test(`filePage() shows ${path} with ${JSON.stringify(body)} as text`, async () => {
    const preview = await previewOf(path, body);
    assertEquals(/<pre[^>]*>(.*)<\/pre>/s.exec(preview)?.[1], path.endsWith("json") ? escaped(expected) : expected);
  });
}

Deno.test("filePage() shows CSV as a table, cells as text", async () => {
  const preview = await previewOf("a.csv", 'name,note\r\n"<b>, x","say ""hi"""\r\n');
  assertEquals([...preview.matchAll(/<th scope="col">([^<]*)</g)].map(([, cell]) => cell), ["name", "note"]);
  assertEquals([...preview.matchAll(/<td>([^<]*)</g)].map(([, cell]) => cell), [
    "&lt;b&gt;, x",
    "say &quot;hi&quot;",
  ]);
});

Deno.test("filePage() shows the first 1,000 rows of a table, and says so", async () => {
  const preview = await previewOf("a.tsv", "a\tb\n" + "1\t2\n".repeat(1_001));
  assertEquals(preview.split("<td>").length - 1, 2_000);
  assertStringIncludes(preview, "This is the first 1,000 rows.");
  assertFalse((await previewOf("a.tsv", "a\tb\n" + "1\t2\n".repeat(1_000))).includes("This is"));
});

Deno.test("filePage() reads a semicolon as what it is in CSV files of many countries", async () => {
  const preview = await previewOf("a.csv", "a;b\n1,5;2\n");
  assertEquals([...preview.matchAll(/<td>([^<]*)</g)].map(([, cell]) => cell), ["1,5", "2"]);
});

Deno.test("filePage() shows the first MiB of a large text, reads no more, and offers the download", async () => {
  const app = pagesApp({ "a.log": "é".repeat(700_000) });
  const { text } = await app.get(fileUrl("a.log"));
  assertStringIncludes(text, "This is the first 1.0 MB.");
  assertEquals(text.split("é").length - 1, 524_288);
  const ranges = app.s3.requests.flatMap(({ headers }) => headers["range"] ?? []);
  assertEquals(ranges, ["bytes=0-1048575"]);
  assertFalse(text.includes('data-action="edit"'));
});

for (const [path, body] of [["a.bin", "a\0b"], ["a.txt", new Uint8Array([0xff, 0xfe])], ["a.zip", "PK"]] as const) {
  Deno.test(`filePage() offers to download ${path}, which is no text`, async () => {
    assertStringIncludes(await previewOf(path, body), `href="${fileUrl(path)}/download">Download it</a>`);
  });
}

Deno.test("filePage() tells a file's facts", async () => {
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
  assertMatch(text, /<dt>Modified<\/dt>\s*<dd><time datetime="[^"]+" title="[^"]+ UTC">/);
});

Deno.test("filePage() tells the SHA-256 of what was uploaded with one", async () => {
  const app = pagesApp();
  const form = new FormData();
  form.append("file", new Blob(["abc"]), "a.bin");
  await app.post("/-/files/source/media/-/form/upload", form);
  const { text } = await app.get(fileUrl("a.bin"));
  assertStringIncludes(text, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
});

const ACTIONS = ["link", "edit", "move", "copy", "delete"];
for (
  const [missing, offered] of [
    ["files-upload", ["link", "edit", "move", "delete"]],
    ["files-edit", ["link", "copy", "delete"]],
    ["files-delete", ["link", "edit", "copy"]],
  ] as const
) {
  Deno.test(`filePage() offers nothing that needs ${missing} without it`, async () => {
    const app = pagesApp({ "a.txt": "" }, { permissions: { ...EVERYTHING, [missing]: false } });
    const { text } = await app.get(fileUrl("a.txt"));
    assertEquals(ACTIONS.filter((action) => text.includes(`data-action="${action}"`)), [...offered]);
  });
}

Deno.test("failurePage() leads from a file that is gone to its folder", async () => {
  for (const url of [fileUrl("x/y/none"), `${fileUrl("x/y/none")}/download`]) {
    const { status, text } = await pagesApp().get(url);
    assertEquals(status, 404);
    assertStringIncludes(text, 'href="/-/files/source/media?folder=x%2Fy%2F">Back to the folder</a>');
  }
});

for (
  const [path, permissions, status] of [
    [fileUrl("none"), EVERYTHING, 404],
    ["/-/files/df-", EVERYTHING, 404],
    ["/-/files/df-AAAA", EVERYTHING, 404],
    [fileUrl("a"), { ...EVERYTHING, "files-browse": false }, 403],
  ] as const
) {
  Deno.test(`filePage() answers ${status} at ${path}`, async () => {
    assertEquals((await pagesApp({ a: "" }, { permissions }).get(path)).status, status);
  });
}

for (const name of ["<script>alert(1)</script>", '"><img src=x>', "\u202Egnp.exe", `${"long ".repeat(200)}.txt`]) {
  Deno.test(`filePage() shows the name ${JSON.stringify(name.slice(0, 30))} as text`, async () => {
    const path = name.replaceAll("/", "");
    const { text } = await pagesApp({ [path]: "" }).get(fileUrl(path));
    assertStringIncludes(text, `<h1><bdi>${escaped(path.replace("\u202E", "\uFFFD"))}</bdi></h1>`);
    assertFalse(/<script>|<img/.test(text));
  });
}
