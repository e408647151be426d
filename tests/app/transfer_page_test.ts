import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { AccessDeniedError, CredentialsExpiredError, TimeoutError } from "../../src/errors.ts";
import { createS3Source } from "../../src/source.ts";
import { pagesApp } from "../support/app_pages.ts";
import { EVERYTHING } from "../support/app_stub.ts";

const FORM = "/-/files/source/media/-/form";
const FOLDER = "/-/files/source/media";

for (const to of ["y", "y/"]) {
  Deno.test(`the move page moves a file into the folder "${to}"`, async () => {
    const app = pagesApp({ "x/a.txt": "text" });
    assertMatch((await app.get(`${FORM}/move?path=x%2Fa.txt`)).text, /name="to"\s+value="x\/"/);
    const { headers } = await app.post(`${FORM}/move`, [["path", "x/a.txt"], ["to", to], ["confirmed", "1"]]);
    assertEquals(headers.get("location"), `${FOLDER}?folder=y%2F`);
    assertEquals(app.s3.listKeys("bucket"), ["media/y/a.txt"]);
  });
}

Deno.test("the copy page copies a file beside itself under another name", async () => {
  const app = pagesApp({ "x/a.txt": "text" });
  assertMatch((await app.get(`${FORM}/copy?path=x%2Fa.txt`)).text, /name="name"\s+value="a\.txt"/);
  const form = [["path", "x/a.txt"], ["to", "x/"], ["name", "b.txt"], ["confirmed", "1"]] as const;
  await app.post(`${FORM}/copy`, form);
  assertEquals([app.textOf("x/a.txt"), app.textOf("x/b.txt")], ["text", "text"]);
});

Deno.test("the move page opens folder after folder, and moves nothing meanwhile", async () => {
  const app = pagesApp({ "a": "1", "b/c/d": "2", "b<&/e": "3" });
  const first = await app.post(`${FORM}/move`, [["path", "a"]]);
  assertEquals(browsable(first.text), ["b/", "b&lt;&amp;/"]);
  const second = await app.post(`${FORM}/move`, [["path", "a"], ["to", ""], ["browse", "b/"], ["confirmed", "1"]]);
  assertEquals(browsable(second.text), ["", "b/c/"]);
  assertMatch(second.text, /name="to"\s+value="b\/"/);
  assertEquals(app.s3.listKeys("bucket").toSorted(), ["media/a", "media/b/c/d", "media/b<&/e"]);
});

Deno.test("the move page lists no folders for those who may not browse, and does not offer what is moved", async () => {
  const app = pagesApp({ "a/x": "1", "b/y": "2" });
  assertEquals(browsable((await app.get(`${FORM}/move?path=a%2F`)).text), ["b/"]);
  const blind = pagesApp({ "a": "1", "b/y": "2" }, { permissions: { ...EVERYTHING, "files-browse": false } });
  assertEquals(browsable((await blind.get(`${FORM}/move?path=a`)).text), []);
});

Deno.test("the move page works with credentials that may not list", async () => {
  const list = () => Promise.reject(new AccessDeniedError("Access Denied"));
  const app = pagesApp({ "a": "1" }, {}, { list });
  assertEquals((await app.get(`${FORM}/move?path=a&to=b`)).status, 200);
});

Deno.test("the move page moves a folder with everything in it", async () => {
  const app = pagesApp({ "x/a": "1", "x/y/b": "2" });
  await app.post(`${FORM}/move`, [["path", "x/"], ["to", "z"], ["confirmed", "1"]]);
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
  const app = pagesApp({ "a": "1", "b</a": "22" });
  const { status, text } = await app.post(`${FORM}/move`, [["path", "a"], ["to", "b<"], ["confirmed", "1"]]);
  assertEquals([status, app.textOf("a"), app.textOf("b</a")], [409, "1", "22"]);
  assertMatch(text, /name="to"\s+value="b&lt;"/);
  assertMatch(text, /name="name"\s+value="a"/);
  assertMatch(text, /role="alert">There is already a file at “b&lt;\/a”/);
  assertMatch(text, /<dt>Already there<\/dt>\s*<dd>2 B, modified [^]*<dt>This one<\/dt>\s*<dd>1 B, modified /);
});

Deno.test("the copy page replaces a file on request, with files-edit only", async () => {
  const form = [["path", "a"], ["to", ""], ["name", "b"], ["overwrite", "1"], ["confirmed", "1"]] as const;
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
  assertStringIncludes(text, "1 of 2 moved. These were not, and are still where they were:");
  assertMatch(text, /<td><bdi>b<\/bdi><\/td>\s*<td>There is already a file/);
  assertEquals(app.s3.listKeys("bucket").toSorted(), ["media/b", "media/z/a", "media/z/b"]);
});

Deno.test("the move page leaves a failure of the store to the failure page and the log", async () => {
  const errors: unknown[] = [];
  const failure = new CredentialsExpiredError("expired");
  const copy = () => Promise.reject(failure);
  const app = pagesApp({ a: "1" }, { onError: (error) => errors.push(error) }, { copy });
  const { status, headers } = await app.post(`${FORM}/copy`, [["path", "a"], ["to", "b"], ["confirmed", "1"]]);
  assertEquals([status, headers.get("retry-after")], [503, "8"]);
  assertEquals(errors, [failure]);
});

Deno.test("the move page lists what was not moved once the store no longer answers", async () => {
  const app = pagesApp({ a: "1", b: "2", c: "3" });
  const source = createS3Source({ ...app.s3.config, prefix: "media" }, { fetch: app.s3.fetch });
  const move: typeof source.move = (from, to, options) =>
    from === "a" ? source.move(from, to, options) : Promise.reject(new TimeoutError("Cannot move: it took too long"));
  const broken = pagesApp({}, {}, { ...source, move });
  const form = [["path", "a"], ["path", "b"], ["path", "c"], ["to", "z"], ["confirmed", "1"]] as const;
  const { status, text } = await broken.post(`${FORM}/move`, form);
  assertEquals([status, app.s3.listKeys("bucket").toSorted()], [409, ["media/b", "media/c", "media/z/a"]]);
  assertStringIncludes(text, "1 of 3 moved.");
  assertMatch(text, /<td><bdi>b<\/bdi><\/td>\s*<td>[^<]*took too long/);
  assertMatch(text, /<td><bdi>c<\/bdi><\/td>\s*<td>This was not tried after that\./);
});

Deno.test("the move page shows the folder that looks like the one that was typed", async () => {
  const app = pagesApp({ "\u00FC/a": "1", b: "2" });
  const { headers } = await app.post(`${FORM}/move`, [["path", "b"], ["to", "u\u0308"], ["confirmed", "1"]]);
  assertEquals(headers.get("location"), `${FOLDER}?folder=%C3%BC%2F`);
  assertEquals(app.s3.listKeys("bucket").toSorted(), ["media/\u00FC/a", "media/\u00FC/b"]);
});

/** The folders that the page offers to open. */
function browsable(text: string): string[] {
  return [...text.matchAll(/name="browse"\s+value="([^"]*)"/g)].map(([, value = ""]) => value);
}
