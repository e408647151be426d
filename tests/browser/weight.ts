import { assert, assertEquals } from "@std/assert";
import type { Scene, Stage } from "./stage.ts";
import { button } from "./visitor.ts";

/** Registers the tests of what pages load, and when. */
export function testWeight(stage: Stage): void {
  const files = { "a.txt": "text", "b.txt": "text" };

  stage.test("a folder's first view loads at most 35 kB of styles and scripts", { files }, async (scene) => {
    await scene.open("/source/media");
    const bytes = Number(
      await scene.evaluate(`${LOADED}.reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0)`),
    );
    assert(bytes > 5_000 && bytes <= 35_000, `${bytes} bytes`);
  });

  stage.test("what deletes, uploads and edits is loaded when it is used", { files }, async (scene) => {
    await scene.open("/source/media");
    assertEquals(await loaded(scene, ["actions.js", "dialogs.js", "start_uploads.js", "editor.js", "recent.js"]), []);
    await scene.keys("ArrowDown", "Delete");
    await scene.sees("Delete “a.txt”?");
    assertEquals(await loaded(scene, ["actions.js", "start_uploads.js"]), ["actions.js"]);
  });

  stage.test("a page says so when it cannot load what an action needs", { files }, async (scene) => {
    scene.forgive(/net::ERR_BLOCKED_BY_CLIENT/);
    await scene.open("/source/media");
    await scene.session.send("Network.enable");
    await scene.session.send("Network.setBlockedURLs", { urls: ["*/actions.js"] });
    await scene.keys("ArrowDown", "Delete");
    await scene.sees("This part of the page cannot be loaded, so nothing was done.");
    await scene.session.send("Network.setBlockedURLs", { urls: [] });
    await scene.follow(button("Reload the page"));
    await scene.keys("ArrowDown", "Delete");
    await scene.sees("Delete “a.txt”?");
    assertEquals(await scene.stored(), ["a.txt", "b.txt"]);
  });
}

const LOADED = `performance.getEntriesByType("resource").filter(({ name }) => /\\.(?:css|js)$/.test(name))`;

/** Which of these modules are loaded. */
async function loaded({ evaluate }: Scene, names: readonly string[]): Promise<string[]> {
  const urls = String(await evaluate(`${LOADED}.map(({ name }) => name).join()`));
  return names.filter((name) => urls.includes(`/${name}`));
}
