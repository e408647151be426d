import { assertEquals, assertMatch } from "@std/assert";
import { largeFolder } from "./large_folder.ts";
import { someBytes } from "./sample_media.ts";
import type { Scene, Stage } from "./stage.ts";
import { drop, FILE_FIELD, localFiles, untilListed, untilUploaded } from "./upload_helpers.ts";
import { button, link } from "./visitor.ts";

const ROWS = "document.querySelectorAll('#files tbody tr').length";
const SELECTED = "document.querySelectorAll('#files tbody input:checked').length";

/** Registers the tests of what people did and must not lose: folders, places, uploads, selections, names. */
export function testKeptWork(stage: Stage): void {
  testPlaces(stage);

  stage.test("dropped folders without files are created", {}, async (scene) => {
    await localFiles({ "tree/a.txt": "a" }, async (folder) => {
      for (const path of ["empty", "tree/none", "tree/sub/none"]) {
        await Deno.mkdir(`${folder}/${path}`, { recursive: true });
      }
      await scene.open("/source/media");
      await drop(scene, [`${folder}/empty`]);
      await scene.sees("Folder “empty” created");
      await untilListed(scene, ["empty"]);
      await drop(scene, [`${folder}/tree`]);
      await scene.sees("2 empty folders created");
      await untilUploaded(scene, 1);
      await untilListed(scene, ["empty", "tree"]);
      await drop(scene, [`${folder}/empty`]);
      await scene.sees("Folder “empty” is already here");
    });
    await scene.open("/source/media?folder=tree%2F");
    assertEquals(await scene.names(), ["none", "sub", "a.txt"]);
    await scene.open("/source/media?folder=tree%2Fsub%2F");
    assertEquals(await scene.names(), ["none"]);
    await scene.open("/source/media?folder=empty%2F");
    await scene.sees("This folder is empty.");
  });

  stage.test("a dropped folder that cannot be created is named with the reason", {
    files: { empty: "a file" },
  }, async (scene) => {
    await localFiles({}, async (folder) => {
      await Deno.mkdir(`${folder}/empty`);
      await scene.open("/source/media");
      await drop(scene, [`${folder}/empty`]);
      await scene.sees("Not every folder was created");
      assertEquals(await scene.texts("dialog tbody td"), ["empty/", "There is already a file of this name."]);
      assertEquals(await scene.evaluate("document.body.textContent.includes('Folder “empty” created')"), false);
    });
    assertEquals(await scene.stored(), ["empty"]);
  });

  stage.test("what cannot be read of what was dropped is named, and all else uploaded", {}, async (scene) => {
    await scene.open("/source/media");
    await scene.evaluate(`{
      const entry = (name, file) => ({ webkitGetAsEntry: () => ({ fullPath: "/" + name, isFile: true, file }) });
      const items = [
        entry("locked.txt", (_done, failed) => failed(new Error())),
        entry("b.txt", (done) => done(new File(["b"], "b.txt"))),
      ];
      const event = new Event("drop", { bubbles: true, cancelable: true });
      Object.assign(event, { dataTransfer: { types: ["Files"], items, files: [] } });
      document.body.dispatchEvent(event);
      undefined;
    }`);
    await scene.sees("These were left out:");
    assertEquals((await scene.texts("dialog tbody td"))[0], "locked.txt");
    await scene.click(button("Close"));
    await untilListed(scene, ["b.txt"]);
  });

  stage.test("everything in a folder of several pages can be selected, and deleted", {
    open: () => largeFolder(1_200),
    downloads: { media: "direct" },
  }, async (scene) => {
    await scene.open("/source/media");
    await scene.click("#select-all");
    assertEquals(await scene.texts(".selection-count"), ["200 files selected"]);
    await scene.click(button("Select all of this folder"));
    await scene.until(`${SELECTED} === 1200`);
    assertEquals(await scene.texts(".selection-count"), ["1,200 files selected"]);
    assertEquals(await scene.texts(".select-rest"), []);
    await scene.click(button("Delete"));
    await scene.sees("Delete 1,200 files?");
    await scene.click("dialog button.danger");
    await scene.sees("1,200 files deleted");
    assertEquals(await scene.evaluate(ROWS), 0);
  });

  stage.test("the rest of a folder is not selected once the selection is cleared", {
    open: () => largeFolder(1_000),
    downloads: { media: "direct" },
  }, async (scene) => {
    await scene.open("/source/media");
    await scene.keys("ArrowDown");
    await scene.page.keyboard.down("Control");
    await scene.keys("a");
    await scene.page.keyboard.up("Control");
    await scene.click(button("Select all of this folder"));
    await scene.click(button("Clear"));
    await scene.until("!document.querySelector('.select-rest')");
    assertEquals(await scene.evaluate(SELECTED), 0);
  });

  stage.test("a new folder whose name is taken keeps what was typed, and says why", {
    files: { "Plans/a.txt": "" },
  }, async (scene) => {
    await scene.open("/source/media");
    await scene.click("[data-action=new-folder]");
    await scene.page.waitForSelector("dialog[open] input");
    await scene.page.keyboard.type("Plans");
    await scene.keys("Enter");
    await scene.sees("There is already a folder of this name.");
    assertEquals(await scene.evaluate("document.querySelector('dialog[open] input').value"), "Plans");
    assertEquals(await scene.evaluate("document.activeElement === document.querySelector('dialog input')"), true);
    await scene.keys("End");
    await scene.page.keyboard.type(" 2");
    await scene.keys("Enter");
    await untilListed(scene, ["Plans", "Plans 2"]);
  });

  stage.test("a file that is too large is not offered another try", { maxUploadBytes: 1_000 }, async (scene) => {
    await localFiles({ "large.bin": someBytes(2_000) }, async (folder) => {
      await scene.open("/source/media");
      await scene.choose(FILE_FIELD, [`${folder}/large.bin`]);
      await scene.sees("is larger than allowed");
      assertEquals(await visibleTexts(scene, ".tray-row button"), ["Dismiss"]);
    });
  });

  stage.test("a taken name shows the sizes and dates of both files", {
    files: { "a.txt": "old", "b.txt": "longer" },
  }, async (scene) => {
    const comparison = async (refusal: "Skip" | "Cancel") => {
      await scene.page.waitForSelector("dialog[open] .compare");
      const rows = await scene.page.$$eval(
        ".compare tr",
        (rows) => rows.map((row) => [...row.children].map((cell) => cell.textContent)),
      );
      await scene.click(button(refusal));
      await scene.until("!document.querySelector('dialog[open] .compare')");
      return rows;
    };
    await localFiles({ "a.txt": "newer text" }, async (folder) => {
      await Deno.utime(`${folder}/a.txt`, new Date(), new Date(2020, 4, 6, 7, 8));
      await scene.open("/source/media");
      await scene.choose(FILE_FIELD, [`${folder}/a.txt`]);
      const [there, own] = await comparison("Skip");
      assertEquals(there?.slice(0, 2), ["Already there", "3 B"]);
      assertMatch(there?.[2] ?? "", /20\d\d.*, newer$/);
      assertEquals(own?.slice(0, 2), ["New", "10 B"]);
      assertMatch(own?.[2] ?? "", /^May 6, 2020, 7:08:00\sAM$/);
    });
    await scene.click('aria/Select b.txt[role="checkbox"]');
    await scene.keys("F2");
    await scene.page.waitForSelector("dialog[open] input[pattern]");
    await scene.fill("dialog[open] input[pattern]", "a.txt");
    await scene.keys("Enter");
    const rows = await comparison("Cancel");
    assertEquals(rows.map((row) => row.slice(0, 2)), [["Already there", "3 B"], ["New", "6 B"]]);
  });
}

function testPlaces(stage: Stage): void {
  stage.test("going back from a file, and a reload, restore rows, position and selection", {
    open: () => largeFolder(1_200),
    downloads: { media: "direct" },
  }, async (scene) => {
    await scene.open("/source/media");
    while (Number(await scene.evaluate(ROWS)) < 1_000) {
      await scene.evaluate("scrollTo(0, document.body.scrollHeight)");
      await scene.until(`!document.querySelector('a[rel=next]')?.ariaBusy`);
    }
    await scene.evaluate("scrollTo(0, 20_000)");
    for (const number of ["000500", "000502"]) {
      await scene.click(`aria/Select file-${number}.txt[role="checkbox"]`);
    }
    await scene.evaluate("scrollTo(0, 20_000)");
    const rows = Number(await scene.evaluate(ROWS));
    const assertBack = async () => {
      await scene.until(`${SELECTED} === 2 && !document.body.style.minHeight`);
      assertEquals(await scene.evaluate("scrollY"), 20_000);
      assertEquals(await scene.evaluate(ROWS), rows);
      assertEquals(await scene.texts(".selection-count"), ["2 files selected"]);
    };
    await scene.follow(link("file-000501.txt"));
    assertEquals(await scene.texts("h1"), ["file-000501.txt"]);
    await scene.page.goBack();
    await assertBack();
    assertEquals(await scene.evaluate("document.activeElement.closest('tr').dataset.path"), "file-000501.txt");
    await scene.page.reload();
    await assertBack();
    await scene.open("");
    await scene.open("/source/media");
    assertEquals([await scene.evaluate("scrollY"), await scene.evaluate(SELECTED)], [0, 0]);
    await scene.page.goBack();
    await scene.page.goBack();
    await assertBack();
  });

  stage.test("what one selects while rows are restored stays selected", {
    open: () => largeFolder(300),
    downloads: { media: "direct" },
  }, async (scene) => {
    await scene.open("/source/media");
    await scene.evaluate("scrollTo(0, document.body.scrollHeight)");
    await scene.until(`${ROWS} === 300`);
    await scene.click('aria/Select file-000250.txt[role="checkbox"]');
    await scene.page.evaluateOnNewDocument(`{
      const { fetch } = window;
      window.fetch = async (...request) => {
        await new Promise((resolve) => window.goOn = resolve);
        return await fetch(...request);
      };
    }`);
    await scene.page.reload();
    await scene.until("window.goOn");
    await scene.evaluate("document.querySelectorAll('#files tbody input')[1].click()");
    await scene.evaluate("goOn()");
    await scene.until(`${ROWS} === 300 && !document.body.style.minHeight`);
    assertEquals(
      await scene.evaluate("[...document.querySelectorAll('#files tbody :checked')].map((box) => box.value).join()"),
      "file-000001.txt",
    );
    assertEquals(await scene.texts(".selection-count"), ["1 file selected"]);
  });

  stage.test("going back restores the filter", { files: { "apple.txt": "", "pear.txt": "" } }, async (scene) => {
    await scene.open("/source/media");
    await scene.fill("#filter", "app");
    await scene.follow(link("apple.txt"));
    await scene.page.goBack();
    await scene.until("document.querySelector('#filter').value === 'app'");
    await untilShown(scene, ["apple.txt"]);
  });
}

/** Waits until the table shows these rows. */
async function untilShown(scene: Scene, names: readonly string[]): Promise<void> {
  const shown =
    "[...document.querySelectorAll('#files tbody tr:not([hidden]) .name bdi')].map((one) => one.textContent)";
  await scene.until(`JSON.stringify(${shown}) === ${JSON.stringify(JSON.stringify(names))}`);
}

/** The texts of matching elements that can be seen. */
async function visibleTexts({ page }: Scene, selector: string): Promise<(string | null)[]> {
  return await page.$$eval(selector, (all) => all.filter((one) => one.checkVisibility()).map((one) => one.textContent));
}
