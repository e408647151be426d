import { assertEquals, assertFalse, assertMatch, assertStringIncludes } from "@std/assert";
import type { AuditEntry } from "../../src/app/mod.ts";
import { endingHint } from "../../src/app/browser/ending_hint.js";
import { pagesApp } from "../support/app_pages.ts";
import { EVERYTHING } from "../support/app_stub.ts";

const FORM = "/-/files/source/media/-/form/rename";
const FOLDER = "/-/files/source/media";

Deno.test("the rename page renames a file in its folder", async () => {
  const app = pagesApp({ "x/a.txt": "text" });
  assertMatch((await app.get(`${FORM}?path=x%2Fa.txt`)).text, /name="name"\s+value="a\.txt"/);
  const { headers } = await app.post(FORM, [["path", "x/a.txt"], ["name", "b.txt"], ["confirmed", "1"]]);
  assertEquals(headers.get("location"), `${FOLDER}?folder=x%2F`);
  assertEquals([app.textOf("x/a.txt"), app.textOf("x/b.txt")], [undefined, "text"]);
});

Deno.test("the rename page renames a folder with everything in it", async () => {
  const app = pagesApp({ "x/y/a": "1", "x/y/z/b": "2" });
  await app.post(FORM, [["path", "x/y/"], ["name", "w"], ["confirmed", "1"]]);
  assertEquals(app.s3.listKeys("bucket").toSorted(), ["media/x/w/a", "media/x/w/z/b"]);
});

Deno.test("the rename page asks first when a folder's page sends it a selection", async () => {
  const app = pagesApp({ "a": "1" });
  const { status, text } = await app.post(FORM, [["path", "a"]]);
  assertEquals([status, app.textOf("a")], [200, "1"]);
  assertStringIncludes(text, "Rename “<bdi>a</bdi>”");
});

for (
  const [what, paths, name, status] of [
    ["a taken name", ["a"], "b", 409],
    ["no name", ["a"], "", 400],
    ["a path", ["a"], "../b", 400],
    ["a path below", ["a"], "c/d", 400],
    ["a dot segment", ["a"], "..", 400],
    ["several files", ["a", "b"], "c", 400],
    ["no file", [], "c", 400],
    ["a file that is gone", ["none"], "c", 404],
    ["a name that is too long", ["a"], "x".repeat(1_100), 400],
  ] as const
) {
  Deno.test(`the rename page refuses ${what}, and keeps what was typed`, async () => {
    const app = pagesApp({ a: "1", b: "2" });
    const form = [
      ...paths.map((path) => ["path", path] as const),
      ["name", name] as const,
      ["confirmed", "1"] as const,
    ];
    const answer = await app.post(FORM, form);
    assertEquals([answer.status, app.s3.listKeys("bucket").toSorted()], [status, ["media/a", "media/b"]]);
    if (paths.length === 1) assertMatch(answer.text, new RegExp(`name="name"\\s+value="${name}"`));
  });
}

Deno.test("the pages for names say in plain words that none is “.” or “..”, and nothing of paths", async () => {
  const app = pagesApp({ "x/a": "1", "x/y/b": "2" });
  for (const name of [".", ".."]) {
    for (const path of ["x/a", "x/y/"]) {
      const { status, text } = await app.post(FORM, [["path", path], ["name", name], ["confirmed", "1"]]);
      assertEquals([status, text.includes("A name cannot be “.” or “..”."), text.includes("segment")], [
        400,
        true,
        false,
      ]);
    }
    const { status, text } = await app.post("/-/files/source/media/-/form/folder?folder=x%2F", [["name", name]]);
    assertEquals([status, text.includes("A name cannot be “.” or “..”."), text.includes("segment")], [
      400,
      true,
      false,
    ]);
  }
});

Deno.test("the hint about a file's ending is not shown for names that are not possible", () => {
  for (const name of ["", ".", "..", "b.txt"]) assertEquals(endingHint("a.txt", name), "", name);
  assertStringIncludes(endingHint("a.txt", "a.md"), "from “.txt” to “.md”");
  assertStringIncludes(endingHint("a.txt", "a"), "Without the ending “.txt”");
});

Deno.test("the rename page says nothing of a file that has the name to those who may not browse", async () => {
  const app = pagesApp({ a: "1", b: "22" }, { permissions: { ...EVERYTHING, "files-browse": false } });
  const { text } = await app.post(FORM, [["path", "a"], ["name", "b"], ["confirmed", "1"]]);
  assertStringIncludes(text, "There is already a file at “b”, which was kept.");
  assertFalse(text.includes("2 B"));
});

Deno.test("the rename page is audited as a move, and not when it only asks", async () => {
  const entries: AuditEntry[] = [];
  const app = pagesApp({ "x/a": "1" }, { onAudit: (entry) => entries.push(entry) });
  await app.post(FORM, [["path", "x/a"]]);
  await app.post(FORM, [["path", "x/a"], ["name", "b"], ["confirmed", "1"]]);
  assertEquals(entries.map(({ type, action, path, to }) => [type, action, path, to]), [["done", "move", "x/a", "x/b"]]);
});
