import { assertEquals, assertFalse, assertStringIncludes } from "@std/assert";
import { pagesApp } from "../support/app_pages.ts";
import { EVERYTHING, formOf } from "../support/app_stub.ts";

const FORM = "/-/files/source/media/-/form";
const FOLDER = "/-/files/source/media";

Deno.test("the upload page stores its files in the folder, with their types", async () => {
  const app = pagesApp();
  const { status, headers } = await app.post(
    `${FORM}/upload?folder=x%2Fy`,
    formOf({ "a.txt": "one\r\n--two", 'q"ü%.txt': "" }),
  );
  assertEquals([status, headers.get("location")], [303, `${FOLDER}?folder=x%2Fy%2F`]);
  assertEquals([app.textOf("x/y/a.txt"), app.textOf('x/y/q"ü%.txt')], ["one\r\n--two", ""]);
  assertEquals(app.s3.getObject("bucket", "media/x/y/a.txt")?.contentType, "text/plain");
});

for (
  const [choice, expected] of [
    ["keep_both", { "a.txt": "old", "a (2).txt": "older", "a (3).txt": "new" }],
    ["replace", { "a.txt": "new", "a (2).txt": "older", "a (3).txt": undefined }],
    ["skip", { "a.txt": "old", "a (2).txt": "older", "a (3).txt": undefined }],
  ] as const
) {
  Deno.test(`the upload page does "${choice}" when a name is taken`, async () => {
    const app = pagesApp({ "a.txt": "old", "a (2).txt": "older" });
    const { text } = await app.post(`${FORM}/upload`, formOf({ "a.txt": "new" }, { on_collision: choice }));
    assertEquals(Object.fromEntries(Object.keys(expected).map((path) => [path, app.textOf(path)])), { ...expected });
    assertEquals(text.includes("0 uploaded, 1 skipped"), choice === "skip");
  });
}

Deno.test("the upload page refuses an unknown choice", async () => {
  const app = pagesApp();
  const { status } = await app.post(`${FORM}/upload`, formOf({ a: "" }, { on_collision: "ask" }));
  assertEquals([status, app.textOf("a")], [400, undefined]);
});

Deno.test("the upload page replaces nothing without files-edit", async () => {
  const app = pagesApp({ a: "old" }, { permissions: { ...EVERYTHING, "files-edit": false } });
  const { status } = await app.post(`${FORM}/upload`, formOf({ a: "new" }, { on_collision: "replace" }));
  assertEquals([status, app.textOf("a")], [403, "old"]);
});

Deno.test("the upload page says that no file was chosen", async () => {
  const { status, text } = await pagesApp().post(`${FORM}/upload`, formOf({ "": "" }));
  assertEquals(status, 400);
  assertStringIncludes(text, "No file was chosen.");
});

Deno.test("the upload page works for people who may not browse", async () => {
  const app = pagesApp({}, { permissions: { "files-upload": true } });
  assertStringIncludes((await app.get("/-/files/upload/media")).text, 'type="file"');
  const { status, text } = await app.post(`${FORM}/upload`, formOf({ a: "1", b: "2" }));
  assertEquals([status, app.textOf("b")], [200, "2"]);
  assertStringIncludes(text, "2 files uploaded.");
  assertFalse(text.includes("Back to the folder"));
});
