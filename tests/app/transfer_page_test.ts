import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { pagesApp } from "../support/app_pages.ts";
import { EVERYTHING } from "../support/app_stub.ts";

const FORM = "/-/files/source/media/-/form";
const FOLDER = "/-/files/source/media";

Deno.test("the move page renames a file", async () => {
  const app = pagesApp({ "x/a.txt": "text" });
  assertMatch((await app.get(`${FORM}/move?path=x%2Fa.txt`)).text, /name="to"\s+value="x\/a\.txt"/);
  const { headers } = await app.post(`${FORM}/move`, [["path", "x/a.txt"], ["to", "x/b.txt"], ["confirmed", "1"]]);
  assertEquals(headers.get("location"), `${FOLDER}?folder=x%2F`);
  assertEquals([app.textOf("x/a.txt"), app.textOf("x/b.txt")], [undefined, "text"]);
});

Deno.test("the move page moves a file into a folder when the path ends in a slash", async () => {
  const app = pagesApp({ "x/a.txt": "text" });
  await app.post(`${FORM}/move`, [["path", "x/a.txt"], ["to", "y/"], ["confirmed", "1"]]);
  assertEquals(app.s3.listKeys("bucket"), ["media/y/a.txt"]);
});

Deno.test("the move page moves a folder with everything in it", async () => {
  const app = pagesApp({ "x/a": "1", "x/y/b": "2" });
  await app.post(`${FORM}/move`, [["path", "x/"], ["to", "z/x"], ["confirmed", "1"]]);
  assertEquals(app.s3.listKeys("bucket").toSorted(), ["media/z/x/a", "media/z/x/y/b"]);
});

Deno.test("the copy page copies several files and folders into a folder", async () => {
  const app = pagesApp({ "a": "1", "b/c": "2" });
  const { text } = await app.post(`${FORM}/copy`, [["path", "a"], ["path", "b/"]]);
  assertStringIncludes(text, "Copy 1 file and 1 folder");
  await app.post(`${FORM}/copy`, [["path", "a"], ["path", "b/"], ["to", "z"], ["confirmed", "1"]]);
  assertEquals(app.s3.listKeys("bucket").toSorted(), ["media/a", "media/b/c", "media/z/a", "media/z/b/c"]);
});

Deno.test("the move page replaces nothing by default, and keeps what was typed", async () => {
  const app = pagesApp({ "a": "1", "b<": "2" });
  const { status, text } = await app.post(`${FORM}/move`, [["path", "a"], ["to", "b<"], ["confirmed", "1"]]);
  assertEquals([status, app.textOf("a"), app.textOf("b<")], [409, "1", "2"]);
  assertMatch(text, /name="to"\s+value="b&lt;"/);
  assertMatch(text, /role="alert">There is already a file/);
});

Deno.test("the copy page replaces a file on request, with files-edit only", async () => {
  const form = [["path", "a"], ["to", "b"], ["overwrite", "1"], ["confirmed", "1"]] as const;
  const app = pagesApp({ "a": "1", "b": "2" });
  await app.post(`${FORM}/copy`, form);
  assertEquals(app.textOf("b"), "1");
  const denied = pagesApp({ "a": "1", "b": "2" }, { permissions: { ...EVERYTHING, "files-edit": false } });
  assertEquals([(await denied.post(`${FORM}/copy`, form)).status, denied.textOf("b")], [403, "2"]);
});

Deno.test("the move page lists what was not moved, and why", async () => {
  const app = pagesApp({ "a": "1", "b": "2", "z/b": "3" });
  const { status, text } = await app.post(`${FORM}/move`, [["path", "a"], ["path", "b"], ["to", "z"], [
    "confirmed",
    "1",
  ]]);
  assertEquals(status, 409);
  assertStringIncludes(text, "1 of 2 moved. These were not:");
  assertMatch(text, /<td><bdi>b<\/bdi><\/td>\s*<td>There is already a file/);
  assertEquals(app.s3.listKeys("bucket").toSorted(), ["media/b", "media/z/a", "media/z/b"]);
});
