import { assertEquals, assertFalse, assertMatch, assertStringIncludes } from "@std/assert";
import { toFileId } from "../../src/app/file_id.ts";
import { escaped, pagesApp } from "../support/app_pages.ts";

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
  Deno.test(`the preview shows ${path} in <${tag}>, from the app itself`, async () => {
    const preview = await previewOf(path, "x");
    assertMatch(preview, new RegExp(`^<${tag}[^>]*\\ssrc="${fileUrl(path)}/content"`));
  });
}

for (
  const [path, body, expected] of [
    ["a.txt", '<b>\n"x"', "\n&lt;b&gt;\n&quot;x&quot;"],
    ["a.txt", "\nfirst", "\n\nfirst"],
    ["a.html", "<h1>x</h1>", "\n&lt;h1&gt;x&lt;/h1&gt;"],
    [
      "a.json",
      '{"a":[1,{}],"b":12345678901234567890}',
      '\n{\n  "a": [\n    1,\n    {}\n  ],\n  "b": 12345678901234567890\n}',
    ],
    ["a.json", "{broken", "\n{broken"],
    ["Makefile", "all:\n\ttrue", "\nall:\n\ttrue"],
    ["a.srt", "1\n00:00 --> 00:01\nHello", "\n1\n00:00 --&gt; 00:01\nHello"],
    ["a.pem", "-----BEGIN CERTIFICATE-----", "\n-----BEGIN CERTIFICATE-----"],
    ["a.eml", "Subject: x\n\ny", "\nSubject: x\n\ny"],
    ["a.ts", "const a = 1;", "\nconst a = 1;"],
    ["a.mts", "export {};", "\nexport {};"],
  ] as const
) {
  Deno.test(`the preview shows ${path} with ${JSON.stringify(body)} as text`, async () => {
    const preview = await previewOf(path, body);
    assertEquals(/<pre[^>]*>(.*)<\/pre>/s.exec(preview)?.[1], path.endsWith("json") ? escaped(expected) : expected);
  });
}

Deno.test("the preview shows CSV as a table, with cells as text", async () => {
  const preview = await previewOf("a.csv", 'name,note\r\n"<b>, x","say ""hi"""\r\n');
  assertEquals([...preview.matchAll(/<th scope="col">([^<]*)</g)].map(([, cell]) => cell), ["name", "note"]);
  assertEquals([...preview.matchAll(/<td>([^<]*)</g)].map(([, cell]) => cell), [
    "&lt;b&gt;, x",
    "say &quot;hi&quot;",
  ]);
});

Deno.test("the preview shows the first 1,000 rows of a table, and says so", async () => {
  const preview = await previewOf("a.tsv", "a\tb\n" + "1\t2\n".repeat(1_001));
  assertEquals(preview.split("<td>").length - 1, 2_000);
  assertStringIncludes(preview, "Showing the first 1,000 of 1,001 rows.");
  assertFalse((await previewOf("a.tsv", "a\tb\n" + "1\t2\n".repeat(1_000))).includes("Showing"));
});

Deno.test("the preview reads CSV with semicolons between fields", async () => {
  const preview = await previewOf("a.csv", "a;b\n1,5;2\n");
  assertEquals([...preview.matchAll(/<td>([^<]*)</g)].map(([, cell]) => cell), ["1,5", "2"]);
});

Deno.test("the preview reads and shows only the first MiB of a large text", async () => {
  const app = pagesApp({ "a.log": "é".repeat(700_000) });
  const { text } = await app.get(fileUrl("a.log"));
  assertStringIncludes(text, "Showing the first 1.0 MB.");
  assertEquals(text.split("é").length - 1, 524_288);
  const ranges = app.s3.requests.flatMap(({ headers }) => headers["range"] ?? []);
  assertEquals(ranges, ["bytes=0-1048575"]);
  assertFalse(text.includes('data-action="edit"'));
});

for (const [path, body] of [["a.bin", "a\0b"], ["a.txt", new Uint8Array([0x81, 0xff])], ["a.zip", "PK"]] as const) {
  Deno.test(`the preview offers to download ${path}, which is not text`, async () => {
    assertStringIncludes(await previewOf(path, body), `href="${fileUrl(path)}/download">Download it</a>`);
  });
}

Deno.test("the preview leaves out half a character at the end of a large text", async () => {
  const preview = await previewOf("a.txt", `a${"é".repeat(600_000)}`);
  assertEquals(preview.split("é").length - 1, 524_287);
});

Deno.test("the preview does not show UTF-8 that was damaged", async () => {
  const body = new Uint8Array([...new TextEncoder().encode("éüß"), 0xc3]);
  assertStringIncludes(await previewOf("a.txt", body), "Download it");
});

for (const path of ["a.txt", "a.png", "a.mp4", "a.zip", "a"]) {
  Deno.test(`the preview of ${path} says that it is empty, and shows nothing else`, async () => {
    const app = pagesApp({ [path]: "" });
    const { text } = await app.get(fileUrl(path));
    assertStringIncludes(text, "<p>This file is empty.</p>");
    assertFalse(/<(pre|img|video) /.test(text));
    assertEquals(text.includes('data-action="edit"'), path === "a.txt" || path === "a");
  });
}

for (
  const [encoding, body] of [
    ["UTF-16, little-endian", [0xff, 0xfe, 0xfc, 0, 0x3d, 0xd8, 0, 0xde, 0x2c, 0, 0xac, 0x20]],
    ["UTF-16, big-endian", [0xfe, 0xff, 0, 0xfc, 0xd8, 0x3d, 0xde, 0, 0, 0x2c, 0x20, 0xac]],
    ["Windows-1252, as far as one can tell", [0xfc, 0x2c, 0x80]],
  ] as const
) {
  Deno.test(`the preview shows text and CSV in ${encoding.split(",")[0]}, and the facts say so`, async () => {
    const bytes = new Uint8Array(body);
    const { text } = await pagesApp({ "a.txt": bytes }).get(fileUrl("a.txt"));
    assertMatch(text, /<pre[^>]*>\n\uFEFF?ü(\u{1F600})?,€<\/pre>/u);
    assertMatch(text, new RegExp(`<dt>Encoding</dt>\\s*<dd>${encoding}</dd>`));
    assertStringIncludes(text, 'data-action="edit"');
    const table = await previewOf("a.csv", bytes);
    assertMatch(table, /<th scope="col">ü(\u{1F600})?<\/th><th scope="col">€<\/th>/u);
  });
}

Deno.test("the preview shows a table of a spreadsheet's Unicode text, which has tabs", async () => {
  const units = Uint16Array.from([..."\uFEFFa\tb,c\td\r\n1\t2"], (char) => char.charCodeAt(0));
  const preview = await previewOf("a.csv", new Uint8Array(units.buffer));
  assertEquals([...preview.matchAll(/<th scope="col">([^<]*)</g)].map(([, cell]) => cell), ["a", "b,c", "d"]);
});

Deno.test("the preview tells a film from a text by its content, whatever it is stored as", async () => {
  const packet = new Uint8Array(188 * 3);
  for (const at of [0, 188, 376]) packet[at] = 0x47;
  const app = pagesApp();
  const typeOf = async (key: string, body: string | Uint8Array<ArrayBuffer>, contentType: string) => {
    app.s3.putObject({ bucket: "bucket", key: `media/${key}`, body, contentType });
    const { text } = await app.get(fileUrl(key));
    return [/<dt>Type<\/dt>\s*<dd>([^<]*)/.exec(text)?.[1], /<pre/.test(text), text.includes("Browsers cannot play")];
  };
  assertEquals(await typeOf("a.ts", "type A = 1;", "video/mp2t"), ["text/plain", true, false]);
  assertEquals(await typeOf("b.ts", packet, "video/mp2t"), ["video/mp2t", false, true]);
  assertEquals(await typeOf("c.ts", packet, "text/plain"), ["video/mp2t", false, true]);
  assertEquals(await typeOf("d.mts", packet, ""), ["video/mp2t", false, true]);
});

for (const [path, what] of [["a.png", "picture cannot be shown"], ["a.mp4", "video cannot be played"]] as const) {
  Deno.test(`the preview of ${path} has a hidden note that it cannot be shown, with the download`, async () => {
    const preview = await previewOf(path, "x");
    assertMatch(
      preview,
      new RegExp(`<div class="plain"\\s+hidden>.*This ${what} here\\..*/download">Download it`, "s"),
    );
  });
}

Deno.test("the preview keeps a byte order mark, which the editor must not lose", async () => {
  assertStringIncludes(await previewOf("a.txt", "\uFEFFa"), "\n\uFEFFa</pre>");
});

Deno.test("the preview reads the version of the file that the page describes", async () => {
  const app = pagesApp({ "a.txt": "text" });
  await app.get(fileUrl("a.txt"));
  const reads = app.s3.requests.filter(({ method, headers }) => method === "GET" && headers["range"] !== undefined);
  assertEquals(reads.map(({ headers }) => headers["if-match"]), ['"1cb251ec0d568de6a929b520c4aed8d1"']);
});

Deno.test("the preview shows no incomplete row of a large table", async () => {
  const preview = await previewOf("a.csv", `${"x".repeat(2_000)},end\n`.repeat(600));
  assertEquals(preview.split("<td>end</td>").length - 1, 521);
  assertEquals(preview.split("<td>").length - 1, 2 * 521);
  assertStringIncludes(preview, "Showing the first 521 of about 600 rows.");
});

Deno.test("the preview does not read a large file of unknown type", async () => {
  const app = pagesApp({ Makefile: "a".repeat(65_537) });
  assertStringIncludes((await app.get(fileUrl("Makefile"))).text, "Download it");
  assertEquals(app.s3.requests.filter(({ headers }) => headers["range"] !== undefined), []);
});
