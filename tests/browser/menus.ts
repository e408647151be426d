import { assert, assertEquals } from "@std/assert";
import { idOf } from "../support/app_world.ts";
import type { Scene, Stage } from "./stage.ts";
import { button, link } from "./visitor.ts";

/** Registers the tests of menus and keys. */
export function testMenus(stage: Stage): void {
  const files = { "a.txt": "one", "b.txt": "two", "sub/c.txt": "three" };

  stage.test("? lists the keys of a page, and those only", { files }, async (scene) => {
    await scene.open("/source/media");
    await scene.keys("?");
    await scene.page.waitForSelector("dialog[open]");
    const texts = await scene.texts(".keys dd");
    assert(texts.includes("Rename") && texts.includes("Search") && !texts.includes("Save"), texts.join());
    await scene.keys("Escape");
    await scene.open("");
    await scene.keys("?");
    await scene.page.waitForSelector("dialog[open]");
    assertEquals(await scene.texts(".keys dd"), ["Search", "Show these keys"]);
  });

  stage.test("the menu of sources shows the keys too", { files }, async (scene) => {
    await scene.open("/source/media");
    await scene.click(".sources summary");
    await scene.click(button("Keys on this page"));
    await scene.page.waitForSelector("dialog[open] .keys");
    await scene.keys("Escape");
    assertEquals(await scene.evaluate("document.querySelector('details[open]')"), null);
  });

  stage.test("arrow keys go through a menu, and Escape returns to its button", { files }, async (scene) => {
    await scene.open("/source/media");
    await scene.page.focus(".upload-menu summary");
    await scene.keys("Enter", "ArrowDown");
    assertEquals(await focusedText(scene), "Files");
    await scene.keys("ArrowDown");
    assertEquals(await focusedText(scene), "Folder");
    await scene.keys("ArrowDown", "Escape");
    assertEquals(await focusedText(scene), "Upload");
    assertEquals(await scene.evaluate("document.querySelector('.upload-menu').open"), false);
  });

  for (const script of [true, false]) {
    const how = script ? "" : " without scripts";
    stage.test(`on a phone the selection bar is one line, with a menu${how}`, { files, script }, async (scene) => {
      await scene.page.setViewport({ width: 390, height: 780 });
      await scene.open("/source/media");
      await scene.click('aria/Select a.txt[role="checkbox"]');
      await scene.click('aria/Select b.txt[role="checkbox"]');
      const height = Number(await scene.evaluate("document.querySelector('.selection-bar').offsetHeight"));
      assert(height > 30 && height < 60, `${height} px`);
      await scene.click(button("More for the selected files"));
      if (script) {
        await scene.click(button("Delete"));
        await scene.sees("Delete 2 files?");
        await scene.click("dialog button.danger");
        await scene.until("document.querySelectorAll('#files tbody tr').length === 1");
      } else {
        await scene.follow(button("Delete"));
        await scene.follow(button("Delete"));
      }
      assertEquals(await scene.stored(), ["sub/c.txt"]);
    });
  }

  stage.test("Escape closes a menu and keeps the selection", { files }, async (scene) => {
    await scene.open("/source/media");
    const menus = {
      1280: '.toolbar summary[aria-label="More for this folder"]',
      390: button("More for the selected files"),
    };
    for (const [width, menu] of Object.entries(menus)) {
      await scene.page.setViewport({ width: Number(width), height: 780 });
      await scene.click('aria/Select a.txt[role="checkbox"]');
      await scene.click(menu);
      const isOpen = "document.querySelector('details[open], :popover-open') !== null";
      await scene.until(isOpen);
      await scene.keys("Escape");
      assertEquals(await scene.evaluate(isOpen), false);
      assertEquals(await scene.texts(".selection-count"), ["1 file selected, 3 B"]);
      await scene.keys("Escape");
      assertEquals(await scene.evaluate("document.querySelector('#files :checked')"), null);
    }
  });

  stage.test("on a wide screen the actions for a selection stand in a row", { files }, async (scene) => {
    await scene.open("/source/media");
    await scene.click('aria/Select a.txt[role="checkbox"]');
    await scene.click(button("Delete"));
    await scene.sees("Delete “a.txt”?");
    assertEquals(await scene.evaluate("document.querySelector('.selection-bar').offsetHeight < 60"), true);
  });

  for (const width of [1280, 390]) {
    stage.test(`at ${width} px the actions of a file stand in one row, with a menu`, { files }, async (scene) => {
      await scene.page.setViewport({ width, height: 780 });
      await scene.open(`/${idOf("a.txt")}`);
      const tops = await scene.page.$$eval(
        ".actions > *",
        (all) => all.map((one) => Math.round(one.getBoundingClientRect().top)),
      );
      assertEquals(new Set(tops).size, 1);
      assertEquals(await scene.evaluate("document.documentElement.scrollWidth <= innerWidth"), true);
      await scene.click(".actions summary");
      await scene.click(link("Delete"));
      await scene.sees("Delete “a.txt”?");
    });
  }
}

/** The text of the focused element. */
async function focusedText({ evaluate }: Scene): Promise<string> {
  return String(await evaluate("document.activeElement.textContent.trim()"));
}
