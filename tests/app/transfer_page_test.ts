import { assertEquals, assertFalse, assertMatch, assertStringIncludes } from "@std/assert";
import type { FileAction } from "../../src/app/mod.ts";
import { escaped, pagesApp } from "../support/app_pages.ts";
import { EVERYTHING, formOf } from "../support/app_stub.ts";

const FORM = "/-/files/source/media/-/form";
const FOLDER = "/-/files/source/media";

Deno.test("pageActions() stores the files of a form in the folder, types included", async () => {
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
  Deno.test(`pageActions() does "${choice}" with a name that is taken`, async () => {
    const app = pagesApp({ "a.txt": "old", "a (2).txt": "older" });
    const { text } = await app.post(`${FORM}/upload`, formOf({ "a.txt": "new" }, { on_collision: choice }));
    assertEquals(Object.fromEntries(Object.keys(expected).map((path) => [path, app.textOf(path)])), { ...expected });
    assertEquals(text.includes("0 stored, 1 skipped"), choice === "skip");
  });
}

Deno.test("pageActions() refuses a choice it does not know", async () => {
  const app = pagesApp();
  const { status } = await app.post(`${FORM}/upload`, formOf({ a: "" }, { on_collision: "ask" }));
  assertEquals([status, app.textOf("a")], [400, undefined]);
});

Deno.test("pageActions() does not let a form replace without files-edit", async () => {
  const app = pagesApp({ a: "old" }, { permissions: { ...EVERYTHING, "files-edit": false } });
  const { status } = await app.post(`${FORM}/upload`, formOf({ a: "new" }, { on_collision: "replace" }));
  assertEquals([status, app.textOf("a")], [403, "old"]);
});

Deno.test("pageActions() says that no file was chosen", async () => {
  const { status, text } = await pagesApp().post(`${FORM}/upload`, formOf({ "": "" }));
  assertEquals(status, 400);
  assertStringIncludes(text, "No file was chosen.");
});

Deno.test("pageActions() lets those upload who may not browse", async () => {
  const app = pagesApp({}, { permissions: { "files-upload": true } });
  assertStringIncludes((await app.get("/-/files/upload/media")).text, 'type="file"');
  const { status, text } = await app.post(`${FORM}/upload`, formOf({ a: "1", b: "2" }));
  assertEquals([status, app.textOf("b")], [200, "2"]);
  assertStringIncludes(text, "2 files were stored.");
  assertFalse(text.includes("Back to the folder"));
});

Deno.test("deletePage() names what will go, the safe way focused, and nothing is gone yet", async () => {
  const app = pagesApp({ "x/a.txt": "", "x/b": "", "x/c/d": "" });
  const { text } = await app.post(`${FORM}/delete`, [["path", "x/a.txt"], ["path", "x/b"], ["path", "x/c/"]]);
  assertStringIncludes(text, "Delete 2 files and 1 folder?");
  assertStringIncludes(text, "A folder goes with everything in it.");
  assertMatch(text, /<a\s+class="button"\s+href="\/-\/files\/source\/media\?folder=x%2F"\s+autofocus>Keep<\/a>/);
  assertEquals(app.textOf("x/a.txt"), "");
});

Deno.test("deletePage() names a single file", async () => {
  const { text } = await pagesApp({ "<b>.txt": "" }).get(`${FORM}/delete?path=%3Cb%3E.txt`);
  assertStringIncludes(text, "Delete “<bdi>&lt;b&gt;.txt</bdi>”?");
});

Deno.test("pageActions() deletes files and whole folders, and returns", async () => {
  const app = pagesApp({ "x/a.txt": "", "x/b": "", "x/c/d": "", "x/c/e/f": "" });
  const { status, headers } = await app.post(`${FORM}/delete`, [["path", "x/a.txt"], ["path", "x/c/"], [
    "confirmed",
    "1",
  ]]);
  assertEquals([status, headers.get("location")], [303, `${FOLDER}?folder=x%2F`]);
  assertEquals(app.s3.listKeys("bucket"), ["media/x/b"]);
});

Deno.test("pageActions() tells in a table what was not deleted, and why", async () => {
  const app = pagesApp({ "a": "", "<b>": "" }, {}, {
    deleteMany: () =>
      Promise.resolve({ deleted: ["a"], errors: [{ path: "<b>", code: "AccessDenied", message: "secret reason" }] }),
  });
  const { status, text } = await app.post(`${FORM}/delete`, [["path", "a"], ["path", "<b>"], ["confirmed", "1"]]);
  assertEquals(status, 409);
  assertStringIncludes(text, "1 of 2 were deleted.");
  assertMatch(text, /<td><bdi>&lt;b&gt;<\/bdi><\/td>\s*<td>The credentials of this source do not allow[^<]*<\/td>/);
  assertFalse(text.includes("secret reason"));
});

for (const body of [[], [["path", ""]], [["path", "../a"]], [["path", "/a"]]] as const) {
  Deno.test(`pageActions() refuses to delete ${JSON.stringify(body)}`, async () => {
    const app = pagesApp({ a: "" });
    const { status } = await app.post(`${FORM}/delete`, [...body, ["confirmed", "1"]]);
    assertEquals([status, app.textOf("a")], [400, ""]);
  });
}

Deno.test("newFolderPage() leads to a folder that is shown though it is empty", async () => {
  const app = pagesApp({ "x/a": "" });
  assertStringIncludes((await app.get(`${FORM}/folder?folder=x%2F`)).text, 'name="name"');
  const { status, headers } = await app.post(`${FORM}/folder?folder=x%2F`, [["name", "<new> & old"]]);
  assertEquals([status, headers.get("location")], [303, `${FOLDER}?folder=x%2F`]);
  assertStringIncludes((await app.get(`${FOLDER}?folder=x%2F`)).text, 'data-path="x/&lt;new&gt; &amp; old/"');
});

for (const [name, status] of [["a", 409], ["b", 409], ["", 400], ["..", 400], ["/x", 400]] as const) {
  Deno.test(`newFolderPage() says why there can be no folder "${name}", and keeps the name`, async () => {
    const app = pagesApp({ "a/x": "", "b": "" });
    const page = await app.post(`${FORM}/folder`, [["name", name]]);
    assertEquals(page.status, status);
    assertMatch(page.text, /role="alert"/);
    assertMatch(page.text, new RegExp(`name="name"\\s+value="${name.replaceAll(".", "\\.")}"`));
  });
}

Deno.test("pageTransfers() renames a file", async () => {
  const app = pagesApp({ "x/a.txt": "text" });
  assertMatch((await app.get(`${FORM}/move?path=x%2Fa.txt`)).text, /name="to"\s+value="x\/a\.txt"/);
  const { headers } = await app.post(`${FORM}/move`, [["path", "x/a.txt"], ["to", "x/b.txt"], ["confirmed", "1"]]);
  assertEquals(headers.get("location"), `${FOLDER}?folder=x%2F`);
  assertEquals([app.textOf("x/a.txt"), app.textOf("x/b.txt")], [undefined, "text"]);
});

Deno.test("pageTransfers() moves a file into a folder that is named with its slash", async () => {
  const app = pagesApp({ "x/a.txt": "text" });
  await app.post(`${FORM}/move`, [["path", "x/a.txt"], ["to", "y/"], ["confirmed", "1"]]);
  assertEquals(app.s3.listKeys("bucket"), ["media/y/a.txt"]);
});

Deno.test("pageTransfers() moves a folder with all that is in it", async () => {
  const app = pagesApp({ "x/a": "1", "x/y/b": "2" });
  await app.post(`${FORM}/move`, [["path", "x/"], ["to", "z/x"], ["confirmed", "1"]]);
  assertEquals(app.s3.listKeys("bucket").toSorted(), ["media/z/x/a", "media/z/x/y/b"]);
});

Deno.test("pageTransfers() copies several into a folder", async () => {
  const app = pagesApp({ "a": "1", "b/c": "2" });
  const { text } = await app.post(`${FORM}/copy`, [["path", "a"], ["path", "b/"]]);
  assertStringIncludes(text, "Copy 1 file and 1 folder");
  await app.post(`${FORM}/copy`, [["path", "a"], ["path", "b/"], ["to", "z"], ["confirmed", "1"]]);
  assertEquals(app.s3.listKeys("bucket").toSorted(), ["media/a", "media/b/c", "media/z/a", "media/z/b/c"]);
});

Deno.test("pageTransfers() keeps what is in the way, and what was typed", async () => {
  const app = pagesApp({ "a": "1", "b<": "2" });
  const { status, text } = await app.post(`${FORM}/move`, [["path", "a"], ["to", "b<"], ["confirmed", "1"]]);
  assertEquals([status, app.textOf("a"), app.textOf("b<")], [409, "1", "2"]);
  assertMatch(text, /name="to"\s+value="b&lt;"/);
  assertMatch(text, /role="alert">There is already a file/);
});

Deno.test("pageTransfers() replaces if told to, by those who may", async () => {
  const form = [["path", "a"], ["to", "b"], ["overwrite", "1"], ["confirmed", "1"]] as const;
  const app = pagesApp({ "a": "1", "b": "2" });
  await app.post(`${FORM}/copy`, form);
  assertEquals(app.textOf("b"), "1");
  const denied = pagesApp({ "a": "1", "b": "2" }, { permissions: { ...EVERYTHING, "files-edit": false } });
  assertEquals([(await denied.post(`${FORM}/copy`, form)).status, denied.textOf("b")], [403, "2"]);
});

Deno.test("pageTransfers() tells in a table what was not moved", async () => {
  const app = pagesApp({ "a": "1", "b": "2", "z/b": "3" });
  const { status, text } = await app.post(`${FORM}/move`, [["path", "a"], ["path", "b"], ["to", "z"], [
    "confirmed",
    "1",
  ]]);
  assertEquals(status, 409);
  assertStringIncludes(text, "1 of 2 were moved.");
  assertMatch(text, /<td><bdi>b<\/bdi><\/td>\s*<td>There is already a file/);
  assertEquals(app.s3.listKeys("bucket").toSorted(), ["media/b", "media/z/a", "media/z/b"]);
});

Deno.test("linkPage() shows a link and when it ends", async () => {
  const app = pagesApp({ "a.txt": "" }, { now: () => Date.now() });
  const { text, headers } = await app.get(`${FORM}/link?path=a.txt&expires_in_seconds=86400`);
  assertMatch(text, /value="http:\/\/memory\.s3\.test\/bucket\/media\/a\.txt\?[^"]*X-Amz-Expires=86400/);
  assertMatch(text, /can download the file until \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC\./);
  assertMatch(text, /value="86400"\s+selected/);
  assertEquals(headers.get("cache-control"), "no-store");
});

for (const [query, status] of [["path=none", 404], ["path=a&expires_in_seconds=5", 400], ["", 400]] as const) {
  Deno.test(`linkPage() refuses "${query}"`, async () => {
    assertEquals((await pagesApp({ a: "" }).get(`${FORM}/link?${query}`)).status, status);
  });
}

const NEEDS: readonly (readonly [form: string, needs: readonly FileAction[]])[] = [
  ["upload", ["files-upload"]],
  ["delete", ["files-delete"]],
  ["folder", ["files-upload"]],
  ["move", ["files-edit", "files-delete"]],
  ["copy", ["files-browse", "files-upload"]],
  ["edit", ["files-browse", "files-edit"]],
  ["link", ["files-browse"]],
];
for (const [form, needs] of NEEDS) {
  for (const missing of needs) {
    Deno.test(`the form "${form}" needs ${missing}, to be seen and to be sent`, async () => {
      const app = pagesApp({ a: "1" }, { permissions: { ...EVERYTHING, [missing]: false } });
      const shown = form === "upload" ? "/-/files/upload/media" : `${FORM}/${form}?path=a`;
      const sent = [["path", "a"], ["to", "b"], ["name", "c"], ["text", "2"], ["etag", "x"], [
        "confirmed",
        "1",
      ]] as const;
      const statuses = [(await app.get(shown)).status];
      if (form !== "link") {
        statuses.push((await app.post(`${FORM}/${form}`, form === "upload" ? formOf({ b: "" }) : sent)).status);
      }
      assertEquals(statuses, statuses.map(() => 403));
      assertEquals([app.s3.listKeys("bucket"), app.textOf("a")], [["media/a"], "1"]);
    });
  }
  Deno.test(`the form "${form}" refuses another site`, async () => {
    const app = pagesApp({ a: "1" });
    const { status } = await app.post(`${FORM}/${form}`, [["path", "a"], ["confirmed", "1"]], {
      "sec-fetch-site": "cross-site",
    });
    assertEquals([status, app.textOf("a")], [403, "1"]);
  });
}

for (const name of ["<img src=x onerror=alert(1)>", '"><script>', "a\u202Eb", "x".repeat(700)]) {
  Deno.test(`forms show the name ${JSON.stringify(name.slice(0, 30))} as text`, async () => {
    const app = pagesApp({ [name]: "text" });
    const path = encodeURIComponent(name);
    for (const form of ["delete", "move", "copy", "edit", "link"]) {
      const { status, text } = await app.get(`${FORM}/${form}?path=${path}`);
      assertEquals(status, 200);
      assertFalse(/<img|<script>/.test(text), form);
      assertStringIncludes(text, escaped(name.replace("\u202E", "\uFFFD")));
    }
  });
}
