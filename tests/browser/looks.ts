import { assert, assertEquals } from "@std/assert";
import { someBytes } from "./sample_media.ts";
import type { Scene, Stage } from "./stage.ts";
import { FILE_FIELD, limitSpeed, localFiles, untilBarAt, untilListed, untilUploaded } from "./upload_helpers.ts";
import { button, link } from "./visitor.ts";

/** Registers the tests of how uploads, rows and empty folders look. */
export function testLooks(stage: Stage): void {
  stage.test("the uploads of a batch are one line above the table, which stays where it is", {
    files: { "a.txt": "text" },
  }, async (scene) => {
    const names = ["x.bin", "y.bin", "z.bin"];
    await localFiles(Object.fromEntries(names.map((name) => [name, someBytes(2_000_000)])), async (folder) => {
      await scene.open("/source/media");
      const before = await boxOf(scene, "#files");
      await limitSpeed(scene, 300_000);
      await scene.choose(FILE_FIELD, names.map((name) => `${folder}/${name}`));
      await untilBarAt(scene, 1);
      assertEquals(await scene.texts(".tray-summary"), [
        (await scene.texts(".tray-summary"))[0]?.match(/^Uploading 0 of 3, .*\/s, .* left$/)?.[0] ?? "no such line",
      ]);
      const [tray, table] = [await boxOf(scene, "#tray"), await boxOf(scene, "#files")];
      assertEquals(table.top, before.top);
      assert(tray.bottom <= table.top, `the uploads end at ${tray.bottom}, the table begins at ${table.top}`);
      assertEquals(await scene.evaluate("document.querySelector('.tray-row').offsetHeight"), 0);
      await scene.click(".tray-summary");
      await scene.click(button("Cancel x.bin"));
      const [open, below] = [await boxOf(scene, "#tray"), await boxOf(scene, "#files")];
      assert(open.bottom <= below.top, "the open list covers the table");
      await limitSpeed(scene);
      await untilUploaded(scene, 2);
      await untilListed(scene, ["a.txt", "y.bin", "z.bin"]);
    });
  });

  stage.test("counts are those of a batch", {}, async (scene) => {
    await localFiles({ "a.txt": "1", "b.txt": "2", "c.txt": "3" }, async (folder) => {
      await scene.open("/source/media");
      await scene.choose(FILE_FIELD, [`${folder}/a.txt`, `${folder}/b.txt`]);
      await untilUploaded(scene, 2);
      await scene.choose(FILE_FIELD, [`${folder}/c.txt`]);
      await untilUploaded(scene, 1);
      assertEquals((await scene.texts(".tray-summary")).length, 1);
    });
  });

  stage.test("an uploaded file appears with the icon of its kind, as after a reload", {}, async (scene) => {
    const kinds = ["a.pdf", "b.zip", "c.csv", "d.js", "e.mp3", "f.mp4", "g.txt", "h.unknown"];
    await localFiles(Object.fromEntries(kinds.map((name) => [name, "x"])), async (folder) => {
      await scene.open("/source/media");
      await scene.choose(FILE_FIELD, kinds.map((name) => `${folder}/${name}`));
      await untilUploaded(scene, kinds.length);
      await untilListed(scene, kinds);
    });
    const icons = () =>
      scene.page.$$eval("#files tbody .icon:not(.i-download)", (all) => all.map((one) => one.getAttribute("class")));
    const fresh = await icons();
    assertEquals(
      fresh,
      ["pdf", "archive", "table", "code", "audio", "video", "text", "file"].map((kind) => `icon i-${kind}`),
    );
    await scene.until("!document.querySelector('#files tr.new')");
    await scene.page.reload();
    assertEquals(await icons(), fresh);
  });

  stage.test("rows of two lines are 56 px high, others 40", { files: { "sub/a.txt": "text" } }, async (scene) => {
    await scene.open("/search?q=a.t");
    assertEquals(await scene.evaluate("document.querySelector('#files tbody tr').offsetHeight"), 56);
    await scene.open("/source/media");
    assertEquals(await scene.evaluate("document.querySelector('#files tbody tr').offsetHeight"), 40);
  });

  stage.test("an empty folder invites to choose files, and Upload has two items", {}, async (scene) => {
    await scene.open("/source/media");
    await scene.page.waitForSelector(button("Choose files"));
    await scene.page.waitForSelector(button("Choose a folder"));
    await scene.click(".upload-menu summary");
    assertEquals(await scene.texts(".upload-menu button"), ["Files", "Folder"]);
    const [chooser] = await Promise.all([scene.page.waitForFileChooser(), scene.click(button("Files"))]);
    assertEquals(await scene.evaluate("document.querySelector('.upload-menu').open"), false);
    await localFiles({ "a.txt": "text" }, async (folder) => {
      await chooser.accept([`${folder}/a.txt`]);
      await untilUploaded(scene, 1);
    });
    await untilListed(scene, ["a.txt"]);
    assertEquals(await scene.evaluate("document.querySelector('#empty').hidden"), true);
    await scene.click('summary[aria-label="More for this folder"]');
    for (const name of ["Download folder", "Search this source"]) await scene.page.waitForSelector(link(name));
    await scene.keys("Escape");
    await scene.page.setViewport({ width: 390, height: 780 });
    await scene.click(".sort-menu summary");
    await scene.page.waitForSelector(link("Newest first"));
  });
}

/** Where an element is on the screen. */
async function boxOf({ page }: Scene, selector: string): Promise<{ top: number; bottom: number }> {
  return await page.$eval(selector, (element) => {
    const { top, bottom } = element.getBoundingClientRect();
    return { top, bottom };
  });
}
