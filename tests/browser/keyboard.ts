import { assertEquals } from "@std/assert";
import type { Scene, Stage } from "./stage.ts";
import { button } from "./visitor.ts";

/** Registers the tests of the keyboard. */
export function testKeyboard(stage: Stage): void {
  stage.test("arrow keys, Space and Enter navigate, select and open", {
    files: { "a/in.txt": "", "b.txt": "", "c.txt": "", "d.txt": "" },
  }, async (scene) => {
    await scene.open("/source/media");
    await scene.keys("ArrowDown");
    assertEquals(await focused(scene), "a");
    await scene.keys("ArrowDown", "ArrowDown", "ArrowUp");
    assertEquals(await focused(scene), "b.txt");
    await scene.keys("Space");
    assertEquals(await selected(scene), ["b.txt"]);
    await scene.page.keyboard.down("Shift");
    await scene.keys("ArrowDown", "ArrowDown");
    await scene.page.keyboard.up("Shift");
    assertEquals(await selected(scene), ["b.txt", "c.txt", "d.txt"]);
    await scene.keys("Escape");
    assertEquals(await selected(scene), []);
    await scene.keys("PageDown");
    assertEquals(await focused(scene), "d.txt");
    await scene.keys("PageUp");
    assertEquals(await focused(scene), "a");
    await scene.keys("End", "Home");
    await Promise.all([scene.page.waitForNavigation(), scene.keys("Enter")]);
    assertEquals(await scene.names(), ["in.txt"]);
  });

  stage.test("Ctrl+A selects all rows, but leaves fields, dialogs and chosen text alone", {
    files: { "a.txt": "", "b.txt": "", "c/d.txt": "" },
  }, async (scene) => {
    const selectAll = async () => {
      await scene.page.keyboard.down("Control");
      await scene.keys("a");
      await scene.page.keyboard.up("Control");
      return await selected(scene);
    };
    const all = ["c/", "a.txt", "b.txt"];
    await scene.open("/source/media");
    assertEquals(await scene.evaluate("document.activeElement === document.body"), true);
    assertEquals(await selectAll(), all);
    assertEquals(await scene.evaluate("String(getSelection())"), "");
    await scene.keys("Escape", "ArrowDown");
    assertEquals(await selectAll(), all);
    await scene.keys("Escape", "F2");
    await scene.page.waitForSelector("dialog[open] input");
    assertEquals(await selectAll(), []);
    await scene.keys("Escape");
    await scene.until("!document.querySelector('dialog[open]')");
    await scene.page.focus("#filter");
    assertEquals(await selectAll(), []);
    await scene.evaluate("document.activeElement.blur()");
    await scene.evaluate("getSelection().selectAllChildren(document.querySelector('.toolbar p'))");
    assertEquals(await selectAll(), []);
  });

  stage.test("clearing the selection moves the focus to the table", {
    files: { "a.txt": "", "b.txt": "" },
  }, async (scene) => {
    await scene.open("/source/media");
    await scene.keys("ArrowDown", "ArrowDown", "Space");
    await scene.click(button("Clear"));
    assertEquals(await focused(scene), "b.txt");
    await scene.keys("ArrowUp");
    assertEquals(await focused(scene), "a.txt");
  });

  stage.test("Delete asks with the focus on the safe button, and Escape returns the focus", {
    files: { "a.txt": "", "b.txt": "" },
  }, async (scene) => {
    await scene.open("/source/media");
    await scene.keys("ArrowDown", "Delete");
    await scene.sees("Delete “a.txt”?");
    assertEquals(await focused(scene), "Keep");
    await scene.keys("Escape");
    await scene.until("!document.querySelector('dialog[open]')");
    assertEquals(await focused(scene), "a.txt");
    await scene.keys("Delete", "Tab", "Enter");
    await scene.until("document.querySelectorAll('#files tbody tr').length === 1");
    assertEquals(await focused(scene), "b.txt");
    assertEquals(await scene.stored(), ["b.txt"]);
  });

  stage.test(
    "F2 renames, with the name selected up to its extension",
    { files: { "old.txt": "text" } },
    async (scene) => {
      await scene.open("/source/media");
      await scene.keys("ArrowDown", "F2");
      await scene.page.waitForSelector("dialog[open] input");
      await scene.page.keyboard.type("new");
      await scene.keys("Enter");
      await scene.until("document.querySelector('#files .name bdi')?.textContent === 'new.txt'");
      assertEquals(await scene.stored(), ["new.txt"]);
      assertEquals(await focused(scene), "new.txt");
    },
  );

  stage.test("/ focuses the search", { files: { "a.txt": "" } }, async (scene) => {
    await scene.open("/source/media");
    await scene.keys("/");
    await scene.page.keyboard.type("a.t");
    assertEquals(await scene.page.$eval("#search", (input) => (input as unknown as { value: string }).value), "a.t");
  });

  stage.test("Tab reaches everything in page order, one row of the table, and is never trapped", {
    files: { "a.txt": "", "b.txt": "", "c.txt": "" },
  }, async (scene) => {
    await scene.open("/source/media");
    const order: string[] = [];
    for (let presses = 0; presses < 40; presses++) {
      await scene.keys("Tab");
      const name = await focused(scene);
      if (order.includes(name)) break;
      order.push(name);
    }
    const wanted = [
      "Skip to the content",
      "Files",
      "Search all sources",
      "Upload",
      "Filter this page by name",
      "Name",
      "a.txt",
    ];
    assertEquals(order.filter((name) => wanted.includes(name)), wanted);
    assertEquals(order.filter((name) => name === "b.txt" || name === "c.txt"), []);
  });

  stage.test("the first link skips to the content", { files: { "a.txt": "" } }, async (scene) => {
    await scene.open("/source/media");
    await scene.keys("Tab", "Enter");
    assertEquals(await scene.evaluate("document.activeElement.id"), "main");
  });
}

/** The name of the focused element. */
async function focused({ evaluate }: Scene): Promise<string> {
  return String(
    await evaluate(
      "(e => (e.ariaLabel ?? e.querySelector('bdi')?.textContent ?? e.textContent).trim())(document.activeElement)",
    ),
  );
}

/** The paths selected in the table. */
function selected({ page }: Scene): Promise<string[]> {
  return page.$$eval("#files input[name=path]:checked", (boxes) => boxes.map((box) => box.getAttribute("value") ?? ""));
}
