import { assertEquals, assertFalse, assertMatch, assertStringIncludes } from "@std/assert";
import { CredentialsExpiredError } from "../../src/errors.ts";
import { toFileId } from "../../src/app/file_id.ts";
import { type PagesApp, pagesApp } from "../support/app_pages.ts";
import { EVERYTHING } from "../support/app_stub.ts";

const EDIT = "/-/files/source/media/-/form/edit";

/** What a browser would send back, with this text typed into it. */
async function formOf(app: PagesApp, path: string, typed: string): Promise<[string, string][]> {
  const { text } = await app.get(`${EDIT}?path=${encodeURIComponent(path)}`);
  const hidden = [...text.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g)];
  const fields = hidden.map(([, name = "", value = ""]): [string, string] => [name, value.replaceAll("&quot;", '"')]);
  // https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#converting-an-entry-list-to-a-list-of-name-value-pairs
  return [...fields, ["text", typed.replace(/\r?\n/g, "\r\n")]];
}

Deno.test("the edit page shows the exact text, with its markup and first line break", async () => {
  const { text } = await pagesApp({ "a.txt": "\n</textarea><script>&amp;" }).get(`${EDIT}?path=a.txt`);
  assertStringIncludes(text, ">\n\n&lt;/textarea&gt;&lt;script&gt;&amp;amp;</textarea>");
  assertMatch(text, /<form id="editor"[^>]*data-path="a\.txt"\s+data-etag="&quot;[^"]+&quot;"/);
});

for (
  const [name, before, typed, after] of [
    ["LF", "a\nb\n", "a\nc\n", "a\nc\n"],
    ["CRLF", "a\r\nb\r\n", "a\nc\n", "a\r\nc\r\n"],
    ["no line ends", "a", "a\nc", "a\nc"],
    ["mixed line ends", "a\r\nb\n", "a\nb\n", "a\nb\n"],
  ] as const
) {
  Deno.test(`the edit page saves a text with ${name}`, async () => {
    const app = pagesApp({ "x/a.txt": before });
    const { status, headers } = await app.post(EDIT, await formOf(app, "x/a.txt", typed));
    assertEquals([status, app.textOf("x/a.txt")], [303, after]);
    assertEquals(headers.get("location"), `/-/files/${toFileId({ source: "media", path: "x/a.txt" })}`);
  });
}

Deno.test("the edit page keeps media type and metadata", async () => {
  const app = pagesApp();
  const facts = { contentType: "text/markdown", metadata: { author: "ines" } };
  app.s3.putObject({ bucket: "bucket", key: "media/a", body: "1", ...facts });
  await app.post(EDIT, await formOf(app, "a", "2"));
  const { contentType, metadata } = app.s3.getObject("bucket", "media/a") ?? {};
  assertEquals([app.textOf("a"), contentType, metadata], ["2", facts.contentType, facts.metadata]);
});

Deno.test("the edit page drops metadata that describes the old bytes", async () => {
  const app = pagesApp();
  const sha256 = "6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b";
  const metadata = { author: "ines", sha256, "upload-id": "1", mtime: "1562577011" };
  app.s3.putObject({ bucket: "bucket", key: "media/a", body: "1", metadata });
  await app.post(EDIT, await formOf(app, "a", "2"));
  assertEquals(app.s3.getObject("bucket", "media/a")?.metadata, { author: "ines" });
});

Deno.test("the conflict page shows both versions, loses neither, and overwrites only the one shown", async () => {
  const app = pagesApp({ "a.txt": "old" });
  const form = await formOf(app, "a.txt", "mine <1>");
  app.s3.putObject({ bucket: "bucket", key: "media/a.txt", body: "theirs <2>" });
  const { status, text } = await app.post(EDIT, form);
  assertEquals([status, app.textOf("a.txt")], [412, "theirs <2>"]);
  assertStringIncludes(text, ">\nmine &lt;1&gt;</textarea>");
  assertStringIncludes(text, "readonly>\ntheirs &lt;2&gt;</textarea>");
  const etag = /name="etag" value="([^"]*)"/.exec(text)?.[1]?.replaceAll("&quot;", '"') ?? "";
  const again = form.map(([name, value]): [string, string] => [name, name === "etag" ? etag : value]);
  assertEquals([(await app.post(EDIT, again)).status, app.textOf("a.txt")], [303, "mine <1>"]);
});

Deno.test("the conflict page saves the text as a new file when the old one was deleted", async () => {
  const app = pagesApp({ "a.txt": "old" });
  const form = await formOf(app, "a.txt", "mine");
  await app.post("/-/files/source/media/-/form/delete", [["path", "a.txt"], ["confirmed", "1"]]);
  const { status, text } = await app.post(EDIT, form);
  assertEquals([status, app.textOf("a.txt")], [412, undefined]);
  assertStringIncludes(text, "The file was deleted");
  assertStringIncludes(text, ">\nmine</textarea>");
  const again = form.map(([name, value]): [string, string] => [name, name === "etag" ? "" : value]);
  assertEquals([(await app.post(EDIT, again)).status, app.textOf("a.txt")], [303, "mine"]);
});

Deno.test("the edit page shows no text without files-browse, not even in a conflict", async () => {
  const app = pagesApp({ "a.txt": "secret" }, { permissions: { ...EVERYTHING, "files-browse": false } });
  const read = await app.get(`${EDIT}?path=a.txt`);
  const conflict = await app.post(EDIT, [["path", "a.txt"], ["text", "mine"], ["etag", '"other"']]);
  assertEquals([read.status, conflict.status], [403, 403]);
  assertFalse((read.text + conflict.text).includes("secret"));
});

Deno.test("the edit page creates no file without files-upload", async () => {
  const app = pagesApp({}, { permissions: { ...EVERYTHING, "files-upload": false } });
  const { status } = await app.post(EDIT, [["path", "a"], ["text", "x"], ["etag", ""], ["line_ends", "lf"]]);
  assertEquals([status, app.textOf("a")], [403, undefined]);
});

Deno.test("the edit page gives the text back when it cannot be saved", async () => {
  const upload = () => Promise.reject(new CredentialsExpiredError("over"));
  const app = pagesApp({ a: "old" }, {}, { upload });
  const { status, text } = await app.post(EDIT, await formOf(app, "a", "hours of work"));
  assertEquals(status, 503);
  assertStringIncludes(text, "Your text was not saved; it is below.");
  assertStringIncludes(text, ">\nhours of work</textarea>");
});

Deno.test("the edit page refuses a form larger than any text it shows", async () => {
  const app = pagesApp({ a: "old" });
  const { status } = await app.post(EDIT, [["path", "a"], ["text", "x".repeat(7 * 1024 ** 2)], ["etag", "x"]]);
  assertEquals([status, app.textOf("a")], [413, "old"]);
});

for (
  const [what, body, status] of [
    ["a binary file", "a\0b", 413],
    ["what is not text", new Uint8Array([0x61, 0x81]), 413],
    ["more than 1 MiB", "x".repeat(1_048_577), 413],
    ["nothing", undefined, 404],
  ] as const
) {
  Deno.test(`the edit page does not open ${what}`, async () => {
    const app = pagesApp(body === undefined ? {} : { "a.txt": body });
    const page = await app.get(`${EDIT}?path=a.txt`);
    assertEquals(page.status, status);
    assertFalse(page.text.includes("<textarea"));
  });
}

Deno.test("the edit page overwrites no file that was created meanwhile", async () => {
  const app = pagesApp({ "a.txt": "theirs" });
  const { status, text } = await app.post(EDIT, [["path", "a.txt"], ["text", "mine"], ["etag", ""]]);
  assertEquals([status, app.textOf("a.txt")], [412, "theirs"]);
  assertStringIncludes(text, "readonly>\ntheirs</textarea>");
});

Deno.test("the edit page stores who saved the file", async () => {
  const app = pagesApp({ a: "1" }, { authenticate: () => ({ id: "ines" }) });
  await app.post(EDIT, await formOf(app, "a", "2"));
  assertEquals(app.s3.getObject("bucket", "media/a")?.metadata, { "uploaded-by": "ines" });
});

for (
  const [encoding, before, typed, after] of [
    ["utf-16le", [0xff, 0xfe, 0xfc, 0], "\uFEFFü€", [0xff, 0xfe, 0xfc, 0, 0xac, 0x20]],
    ["utf-16be", [0xfe, 0xff, 0, 0xfc], "€", [0xfe, 0xff, 0x20, 0xac]],
    ["windows-1252", [0xfc, 0x80], "ü€\u2019ÿ", [0xfc, 0x80, 0x92, 0xff]],
  ] as const
) {
  Deno.test(`the edit page saves a text in ${encoding} as it was`, async () => {
    const app = pagesApp({ "a.txt": new Uint8Array(before) });
    assertEquals((await app.post(EDIT, await formOf(app, "a.txt", typed))).status, 303);
    assertEquals([...await bodyOf(app, "a.txt")], [...after]);
  });
}

Deno.test("the edit page refuses a character that the file's encoding lacks, and gives the text back", async () => {
  const app = pagesApp({ "a.txt": new Uint8Array([0xfc]) });
  const { status, text } = await app.post(EDIT, await formOf(app, "a.txt", "ü and Ω"));
  assertEquals([status, [...await bodyOf(app, "a.txt")]], [400, [0xfc]]);
  assertStringIncludes(text, "This file is in Windows-1252, an encoding without “Ω”.");
  assertStringIncludes(text, ">\nü and Ω</textarea>");
});

async function bodyOf(app: PagesApp, path: string): Promise<Uint8Array> {
  return await new Response(app.s3.getObject("bucket", `media/${path}`)?.body ?? null).bytes();
}
