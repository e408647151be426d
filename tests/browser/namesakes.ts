import { assertEquals } from "@std/assert";
import type { Scene, Stage } from "./stage.ts";
import { FILE_FIELD, localFiles, untilListed } from "./upload_helpers.ts";
import { button } from "./visitor.ts";

const [NFC, NFD] = ["\u00DCbung.txt", "U\u0308bung.txt"];

/** Registers the tests of names that look the same. */
export function testNamesakes(stage: Stage): void {
  for (
    const [answer, expected] of [
      ["Replace", { [NFD]: "new" }],
      ["Keep both", { [NFD]: "old", "\u00DCbung (2).txt": "new" }],
      ["Skip", { [NFD]: "old" }],
    ] as const
  ) {
    stage.test(`an upload asks about a name that looks the same: ${answer}`, {
      files: { [NFD]: "old" },
    }, async (scene) => {
      await localFiles({ [NFC]: "new" }, async (folder) => {
        await scene.open("/source/media");
        await scene.choose(FILE_FIELD, [`${folder}/${NFC}`]);
        await scene.sees("looks the same, but is spelled with other characters");
        await scene.click(button(answer));
        await scene.until(`!document.querySelector("dialog[open]") && !document.querySelector(".tray-row")`);
      });
      assertEquals(await textsOf(scene), expected);
      await untilListed(scene, Object.keys(expected).sort(new Intl.Collator("en").compare));
    });
  }

  stage.test("renaming and a new folder ask about a name that looks the same", {
    files: { "a.txt": "new", [NFD]: "old", "e\u0301/x": "" },
  }, async (scene) => {
    await scene.open("/source/media");
    await scene.click('aria/Select a.txt[role="checkbox"]');
    await scene.keys("F2");
    await scene.page.waitForSelector("dialog[open] input");
    await scene.fill("dialog[open] input", NFC);
    await scene.keys("Enter");
    await scene.sees("looks the same, but is spelled with other characters");
    await scene.click(button("Cancel"));
    // Another name can be typed.
    await scene.page.waitForSelector("dialog[open] input[pattern]");
    await scene.keys("Escape");
    await scene.until("!document.querySelector('dialog[open]')");
    await scene.click("[data-action=new-folder]");
    await scene.page.waitForSelector("dialog[open] input");
    await scene.page.keyboard.type("\u00E9");
    await scene.keys("Enter");
    await scene.sees("spelled with other characters");
    assertEquals(await textsOf(scene), { "a.txt": "new", [NFD]: "old", "e\u0301/x": "" });
  });

  stage.test("a folder is moved into one that looks like what was typed, and back", {
    files: { "e\u0301/x": "1", "sub/a": "2" },
  }, async (scene) => {
    await scene.open("/source/media");
    await scene.click('aria/Select sub[role="checkbox"]');
    await scene.click(button("Move"));
    await scene.fill("dialog[open] input", "\u00E9");
    await scene.sees("“\u00E9” exists.");
    await scene.click(button("Move here"));
    await scene.sees("1 item moved");
    assertEquals(await scene.stored(), ["e\u0301/sub/a", "e\u0301/x"]);
    await scene.click(button("Undo"));
    await untilListed(scene, ["e\u0301", "sub"]);
    assertEquals(await scene.stored(), ["e\u0301/x", "sub/a"]);
  });

  stage.test("the spelling of a name can be changed", { files: { [NFD]: "text" } }, async (scene) => {
    await scene.open("/source/media");
    await scene.click(`#files tbody .pick input`);
    await scene.keys("F2");
    await scene.page.waitForSelector("dialog[open] input");
    await scene.fill("dialog[open] input", NFC);
    await scene.keys("Enter");
    await scene.sees("Renamed to");
    assertEquals(await textsOf(scene), { [NFC]: "text" });
  });

  stage.test("names that look the same are told apart, filtered and found by either spelling", {
    files: { [NFC]: "", [NFD]: "", "other.txt": "" },
  }, async (scene) => {
    await scene.open("/source/media");
    assertEquals((await scene.texts("#files small")).sort(), ["“Ü” as 2 characters", "“Ü” as one character"]);
    for (const name of [NFC, NFD]) {
      await scene.fill("#filter", name);
      await scene.until("document.querySelectorAll('#files tbody tr:not([hidden])').length === 2");
    }
    for (const name of [NFC, NFD]) {
      await scene.open(`/search?q=${encodeURIComponent(name)}`);
      await scene.until("document.querySelectorAll('#files tbody tr').length === 2");
    }
  });
}

/** The texts of all stored files, by path. */
async function textsOf({ stored, source }: Scene): Promise<Record<string, string>> {
  const read = async (path: string) => new TextDecoder().decode(await source.read(path));
  return Object.fromEntries(await Promise.all((await stored()).map(async (path) => [path, await read(path)])));
}
