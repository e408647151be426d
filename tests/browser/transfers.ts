import { assertEquals } from "@std/assert";
import { AccessDeniedError, createS3Source, type S3Source } from "../../mod.ts";
import type { Scene, Stage } from "./stage.ts";
import { untilListed } from "./upload_helpers.ts";
import { button } from "./visitor.ts";

/** Registers the tests of moving, copying and deleting several files. */
export function testTransfers(stage: Stage): void {
  const files = { "a.txt": "a", "b.txt": "b", "c/d.txt": "d", "to/b.txt": "old" };

  stage.test("several files and folders are moved, and a taken name asks", { files }, async (scene) => {
    await scene.open("/source/media");
    await choose(scene, ["a.txt", "b.txt", "c"]);
    await scene.click(button("Move"));
    await scene.click('aria/to[role="option"]');
    await scene.click(button("Move here"));
    await scene.sees("“b.txt” already exists");
    await scene.click(button("Keep both"));
    await scene.sees("3 items moved");
    assertEquals(await scene.stored(), ["to/a.txt", "to/b (2).txt", "to/b.txt", "to/c/d.txt"]);
    assertEquals(await scene.names(), ["to"]);
  });

  stage.test("a file whose name is taken can be skipped", { files }, async (scene) => {
    await scene.open("/source/media");
    await choose(scene, ["b.txt"]);
    await scene.click(button("Move"));
    await scene.fill("dialog input", "to/");
    await scene.click(button("Move here"));
    await scene.click(button("Skip"));
    await scene.sees("0 items moved");
    assertEquals(await scene.stored(), ["a.txt", "b.txt", "c/d.txt", "to/b.txt"]);
  });

  stage.test("a folder does not replace another one", { files: { ...files, "to/c/e.txt": "e" } }, async (scene) => {
    await scene.open("/source/media");
    await choose(scene, ["a.txt", "c"]);
    await scene.click(button("Copy"));
    await scene.click('aria/to[role="option"]');
    await scene.click(button("Copy here"));
    await scene.sees("“c” already exists");
    assertEquals(await scene.texts("dialog .choice button"), ["Skip", "Keep both"]);
    await scene.click(button("Keep both"));
    await scene.sees("2 items copied");
    assertEquals((await scene.stored()).filter((path) => path.endsWith("d.txt")), ["c/d.txt", "to/c (2)/d.txt"]);
  });

  stage.test("files are replaced by one choice for all, folders and later files are not", {
    files: { ...files, "to/a.txt": "old", "to/c/d.txt": "old" },
  }, async (scene) => {
    await scene.open("/source/media");
    const copy = async (names: string[]) => {
      await choose(scene, names);
      await scene.click(button("Copy"));
      await scene.click('aria/to[role="option"]');
      await scene.click(button("Copy here"));
    };
    await copy(["a.txt", "c"]);
    // Whichever is asked about first.
    for (let asked = 0; asked < 2; asked++) {
      const isAsked = (name: string) => `document.querySelector("dialog[open] h2")?.textContent.includes("“${name}”")`;
      await scene.until(`(${isAsked("a.txt")} || ${isAsked("c")}) && window.asked !== dialog.textContent`);
      await scene.evaluate("void (window.asked = dialog.textContent)");
      if (await scene.evaluate(isAsked("c"))) {
        assertEquals(await scene.texts("dialog .choice button"), ["Skip", "Keep both"]);
        await scene.click(button("Skip"));
      } else {
        await scene.click('aria/Do this for all[role="checkbox"]');
        await scene.click(button("Replace"));
      }
    }
    await scene.sees("1 item copied");
    await scene.click(button("Clear"));
    await copy(["b.txt"]);
    await scene.sees("“b.txt” already exists");
    await scene.click(button("Skip"));
    await scene.sees("0 items copied");
    const texts = ["to/a.txt", "to/b.txt", "to/c/d.txt"].map((path) => scene.source.readText(path));
    assertEquals(await Promise.all(texts), ["a", "old", "old"]);
  });

  stage.test("a file copied in place gets a number, and another one the next", { files }, async (scene) => {
    await scene.open("/source/media");
    for (const number of [2, 3]) {
      await choose(scene, ["a.txt"]);
      await scene.click(button("Copy"));
      await scene.click(button("Copy here"));
      await untilListed(scene, ["c", "to", "a (2).txt", ...number === 3 ? ["a (3).txt"] : [], "a.txt", "b.txt"]);
      await scene.click(button("Clear"));
    }
    assertEquals(await scene.stored(), ["a (2).txt", "a (3).txt", "a.txt", "b.txt", "c/d.txt", "to/b.txt"]);
  });

  stage.test("files that cannot be copied are listed with reasons", { files }, async (scene) => {
    await scene.open("/source/media");
    await choose(scene, ["a.txt", "b.txt"]);
    await scene.source.delete("a.txt");
    await scene.click(button("Copy"));
    await scene.fill("dialog input", "to/");
    await scene.click(button("Copy here"));
    await scene.click(button("Replace"));
    await scene.sees("Not everything was copied");
    assertEquals(await scene.texts("dialog tbody td:first-child"), ["a.txt"]);
    assertEquals((await scene.texts("dialog tbody td:last-child")).map((text) => text.length > 10), [true]);
    assertEquals(new TextDecoder().decode(await scene.source.read("to/b.txt")), "b");
  });

  stage.test("files that cannot be deleted are listed with reasons, and stay", {
    files: { ...files, b: "a prefix of the kept name" },
    open: (prefix) => keeping(createS3Source({ ...stage.seaweedFs.config, prefix }), "b.txt"),
  }, async (scene) => {
    await scene.open("/source/media");
    await choose(scene, ["a.txt", "b", "b.txt", "c"]);
    await scene.click(button("Delete"));
    await scene.sees("Delete 3 files and 1 folder?");
    await scene.click("dialog button.danger");
    await scene.sees("Not everything was deleted");
    assertEquals(await scene.texts("dialog tbody td"), [
      "b.txt",
      "The credentials of this source do not allow deleting this.",
    ]);
    assertEquals(await scene.names(), ["to", "b.txt"]);
    assertEquals(await scene.stored(), ["b.txt", "to/b.txt"]);
  });

  stage.test("a new folder appears, and can be opened", {}, async (scene) => {
    await scene.open("/source/media");
    await scene.click("[data-action=new-folder]");
    await scene.page.waitForSelector("dialog[open] input");
    await scene.page.keyboard.type("Plans & more");
    await scene.keys("Enter");
    await scene.until("document.querySelector('#files .name bdi')?.textContent === 'Plans & more'");
    await scene.follow("#files tbody .name a");
    assertEquals(await scene.page.title(), "Plans & more – Files");
  });
}

/** Selects rows by their names. */
export async function choose(scene: Scene, names: readonly string[]): Promise<void> {
  for (const name of names) await scene.click(`aria/Select ${name}[role="checkbox"]`);
}

/** The source, except that one file cannot be deleted. */
function keeping(source: S3Source, kept: string): S3Source {
  return {
    ...source,
    deleteMany: async (paths, options) => {
      const others = (await Array.fromAsync(paths)).filter((path) => path !== kept);
      const { deletedCount, errors } = await source.deleteMany(others, options);
      const denied = new AccessDeniedError("Access Denied", { path: kept });
      return { deletedCount, errors: [...errors, denied] };
    },
  };
}
