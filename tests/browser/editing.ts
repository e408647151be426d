import { assertEquals } from "@std/assert";
import type { Scene, Stage } from "./stage.ts";
import { button, field, link } from "./visitor.ts";

/** Registers the tests of the editor. */
export function testEditing(stage: Stage): void {
  stage.test("Ctrl-S saves a text, and the page says so", { files: { "note.md": "# One\n" } }, async (scene) => {
    await edit(scene, "note.md");
    await scene.fill(field("Text"), "# Two");
    assertEquals(await scene.texts("#saved"), ["Not saved"]);
    await save(scene);
    await scene.until("document.querySelector('#saved').textContent === 'Saved'");
    assertEquals(await textOf(scene, "note.md"), "# Two");
  });

  stage.test("an editing conflict shows both versions and loses neither", {
    files: { "note.md": "# One\n" },
  }, async (scene) => {
    const other = await scene.other();
    for (const visitor of [scene, other]) await edit(visitor, "note.md");
    await other.fill(field("Text"), "# Theirs");
    await save(other);
    await other.until("document.querySelector('#saved').textContent === 'Saved'");
    await scene.fill(field("Text"), "# Mine");
    await save(scene);
    await scene.sees("Someone else has changed this file");
    assertEquals(await textOf(scene, "note.md"), "# Theirs");
    const versions = await scene.page.$$eval("dialog textarea", (all) => all.map((one) => one.value));
    assertEquals(versions, ["# Mine", "# Theirs"]);

    await scene.click(button("Keep editing"));
    assertEquals(await scene.page.$eval("#editor textarea", (area) => area.value), "# Mine");
    await save(scene);
    await scene.click(button("Overwrite theirs"));
    await scene.until("document.querySelector('#saved').textContent === 'Saved'");
    assertEquals(await textOf(scene, "note.md"), "# Mine");
  });

  stage.test("unsaved text is restored after a reload", {
    files: { "note.md": "# One\n" },
  }, async (scene) => {
    await edit(scene, "note.md");
    await scene.fill(field("Text"), "# Not saved");
    await scene.page.reload();
    assertEquals(await scene.page.$eval("#editor textarea", (area) => area.value), "# Not saved");
    assertEquals(await textOf(scene, "note.md"), "# One\n");
  });
}

async function edit(visitor: Pick<Scene, "open" | "follow">, name: string): Promise<void> {
  await visitor.open("/source/media");
  await visitor.follow(link(name));
  await visitor.follow(link("Edit"));
}

async function save({ page }: Pick<Scene, "page">): Promise<void> {
  await page.keyboard.down("Control");
  await page.keyboard.press("s");
  await page.keyboard.up("Control");
}

async function textOf({ source }: Scene, path: string): Promise<string> {
  return new TextDecoder().decode(await source.read(path));
}
