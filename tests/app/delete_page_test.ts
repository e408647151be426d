import { assertEquals, assertFalse, assertMatch, assertStringIncludes } from "@std/assert";
import { pagesApp } from "../support/app_pages.ts";
import { notDeleted } from "../support/deletions.ts";

const FORM = "/-/files/source/media/-/form";
const FOLDER = "/-/files/source/media";

Deno.test("the delete page names what will go, focuses the safe button, and deletes nothing yet", async () => {
  const app = pagesApp({ "x/a.txt": "", "x/b": "", "x/c/d": "" });
  const { text } = await app.post(`${FORM}/delete`, [["path", "x/a.txt"], ["path", "x/b"], ["path", "x/c/"]]);
  assertStringIncludes(text, "Delete 2 files and 1 folder?");
  assertStringIncludes(text, "A folder is deleted with everything in it.");
  assertMatch(text, /<a\s+class="button"\s+href="\/-\/files\/source\/media\?folder=x%2F"\s+autofocus>Keep<\/a>/);
  assertEquals(app.textOf("x/a.txt"), "");
});

Deno.test("the delete page names a single file", async () => {
  const { text } = await pagesApp({ "<b>.txt": "" }).get(`${FORM}/delete?path=%3Cb%3E.txt`);
  assertStringIncludes(text, "Delete “<bdi>&lt;b&gt;.txt</bdi>”?");
});

Deno.test("the delete page deletes files and whole folders, and returns to the folder", async () => {
  const app = pagesApp({ "x/a.txt": "", "x/b": "", "x/c/d": "", "x/c/e/f": "" });
  const { status, headers } = await app.post(`${FORM}/delete`, [["path", "x/a.txt"], ["path", "x/c/"], [
    "confirmed",
    "1",
  ]]);
  assertEquals([status, headers.get("location")], [303, `${FOLDER}?folder=x%2F`]);
  assertEquals(app.s3.listKeys("bucket"), ["media/x/b"]);
});

Deno.test("the delete page lists what was not deleted, and why", async () => {
  const app = pagesApp({ "a": "", "<b>": "" }, {}, {
    deleteMany: () => Promise.resolve(notDeleted(["<b>"], "AccessDenied", 1)),
  });
  const { status, text } = await app.post(`${FORM}/delete`, [["path", "a"], ["path", "<b>"], ["confirmed", "1"]]);
  assertEquals(status, 409);
  assertStringIncludes(text, "1 of 2 deleted. These were not:");
  assertMatch(text, /<td><bdi>&lt;b&gt;<\/bdi><\/td>\s*<td>The credentials of this source do not allow[^<]*<\/td>/);
  assertFalse(text.includes("internal reason"));
});

for (const body of [[], [["path", ""]], [["path", "../a"]], [["path", "/a"]]] as const) {
  Deno.test(`the delete page refuses ${JSON.stringify(body)}`, async () => {
    const app = pagesApp({ a: "" });
    const { status } = await app.post(`${FORM}/delete`, [...body, ["confirmed", "1"]]);
    assertEquals([status, app.textOf("a")], [400, ""]);
  });
}

for (const [count, listed] of [[10, 10], [11, 11], [25, 11]] as const) {
  Deno.test(`the delete page lists ten of ${count} paths, and says how many more there are`, async () => {
    const paths = Array.from({ length: count }, (_, number) => ["path", `f${number}`] as const);
    const { text } = await pagesApp().post(`${FORM}/delete`, paths);
    const [list = ""] = /<ul class="paths">.*?<\/ul>/s.exec(text) ?? [];
    assertEquals(list.split("<li>").length - 1, listed);
    assertEquals(/and (\d+) more/.exec(list)?.[1], count > 10 ? `${count - 10}` : undefined);
    assertStringIncludes(list, "<bdi>f9</bdi>");
    assertFalse(list.includes("<bdi>f10</bdi>"));
  });
}
