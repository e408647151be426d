import { assert, assertEquals, assertMatch } from "@std/assert";
import { AccessDeniedError, createS3Source } from "../../mod.ts";
import { idOf } from "../support/app_world.ts";
import type { Scene, Stage } from "./stage.ts";
import { choose } from "./transfers.ts";
import { untilListed } from "./upload_helpers.ts";
import { button, field, link } from "./visitor.ts";

const FIELD = "dialog[open] input";

/** Registers the tests of renaming, and of choosing folders to move and copy to. */
export function testMoving(stage: Stage): void {
  const files = { "a.txt": "a", "b.txt": "b", "c/d/e.txt": "e", "to/b.txt": "old" };

  stage.test("renaming keeps what was typed until the name is possible", { files }, async (scene) => {
    await scene.open("/source/media");
    await choose(scene, ["a.txt"]);
    await scene.click(button("Rename"));
    await scene.page.waitForSelector(FIELD);
    assertEquals(await scene.evaluate("String(getSelection())"), "a");
    await scene.fill(FIELD, "..");
    await scene.keys("Enter");
    await scene.page.waitForSelector("dialog[open] [role=alert]");
    assertEquals(await valueOf(scene, FIELD), "..");
    assertEquals(await scene.texts("dialog[open] [role=alert], #rename-hint"), ["A name cannot be “.” or “..”.", ""]);
    await scene.fill(FIELD, "b.txt");
    await scene.keys("Enter");
    await scene.sees("“b.txt” already exists");
    assertEquals(await scene.texts("dialog .choice button"), ["Cancel", "Replace", "Keep both"]);
    await scene.click(button("Cancel"));
    await scene.until(`document.querySelector("${FIELD}")?.value === "b.txt"`);
    await scene.fill(FIELD, "b.md");
    await scene.sees("The ending changes from “.txt” to “.md”");
    await scene.click('dialog button[value="yes"]');
    await untilListed(scene, ["c", "to", "b.md", "b.txt"]);
    assertEquals(await scene.stored(), ["b.md", "b.txt", "c/d/e.txt", "to/b.txt"]);
    await scene.click(link("New folder"));
    await scene.fill("dialog[open] input", "new");
    await scene.keys("Enter");
    await scene.sees("Folder “new” created");
    const [bottom, top] = await scene.page.$$eval(
      ".toast, .note",
      ([note, toast]) => [toast?.getBoundingClientRect().bottom ?? 0, note?.getBoundingClientRect().top ?? 0],
    );
    assert(bottom! < top!, `the toast ends at ${bottom} px, the note with Undo starts at ${top} px`);
  });

  stage.test("a folder is renamed, and renamed back", { files }, async (scene) => {
    await scene.open("/source/media");
    await scene.keys("ArrowDown", "F2");
    await scene.page.waitForSelector(FIELD);
    await scene.page.keyboard.type("C & D");
    await scene.keys("Enter");
    await untilListed(scene, ["C & D", "to", "a.txt", "b.txt"]);
    await scene.click(button("Undo"));
    await untilListed(scene, ["c", "to", "a.txt", "b.txt"]);
    assertEquals(await scene.stored(), Object.keys(files));
  });

  stage.test("Rename is offered for one file, and on its own page leads to the new one", { files }, async (scene) => {
    await scene.open("/source/media");
    await choose(scene, ["a.txt", "b.txt"]);
    assertEquals(await scene.evaluate("document.querySelector('[data-action=rename]').hidden"), true);
    await scene.open(`/${idOf("c/d/e.txt")}`);
    await scene.click("[data-action=rename]");
    await scene.fill(FIELD, "f.txt");
    await Promise.all([scene.page.waitForNavigation(), scene.keys("Enter")]);
    assertEquals(await scene.texts("h1"), ["f.txt"]);
    assertEquals((await scene.stored()).includes("c/d/f.txt"), true);
  });

  stage.test("a folder is chosen with the keyboard alone", { files }, async (scene) => {
    await scene.open("/source/media");
    await choose(scene, ["a.txt"]);
    await scene.click(button("Move"));
    await scene.sees("2 folders in “media”");
    assertEquals(await scene.texts("[role=option]"), ["c", "to"]);
    await scene.keys("ArrowDown", "ArrowDown", "ArrowUp");
    assertEquals(await activeOption(scene), "c");
    await scene.keys("Enter");
    await scene.sees("1 folder in “c”");
    assertEquals(await valueOf(scene, FIELD), "c/");
    assertEquals(await scene.texts("[role=option]"), ["Up", "d"]);
    await scene.keys("ArrowUp", "Enter");
    await scene.sees("No folders in “d”");
    await scene.keys("Enter");
    await scene.sees("1 item moved to “d”");
    assertEquals((await scene.stored()).includes("c/d/a.txt"), true);
    await scene.click(button("Undo"));
    await scene.sees("1 item moved to “media”");
    assertEquals(await scene.stored(), Object.keys(files));
  });

  stage.test(
    "a path is typed with the folders that fit, and Escape gives up step by step",
    { files },
    async (scene) => {
      await scene.open("/source/media");
      await choose(scene, ["a.txt"]);
      await scene.click(button("Copy"));
      await scene.fill(FIELD, "T");
      await scene.sees("“T” does not exist yet and will be created. 1 folder begins like that.");
      assertEquals(await scene.texts("[role=option]"), ["to"]);
      await scene.keys("ArrowDown", "Escape");
      assertEquals(await activeOption(scene), undefined);
      await scene.keys("Escape");
      await scene.until("!document.querySelector('dialog[open]')");
      assertEquals(await scene.stored(), Object.keys(files));
    },
  );

  stage.test("a new folder is made inside the dialog, and offered again the next time", { files }, async (scene) => {
    await scene.open("/source/media");
    await choose(scene, ["a.txt"]);
    await scene.click(button("Move"));
    await scene.click('aria/c[role="option"]');
    await scene.click("dialog .new-folder > button");
    await scene.fill(field("Name of the new folder"), "d");
    await scene.keys("Enter");
    await scene.sees("There is already a folder of this name.");
    assertEquals(await valueOf(scene, "dialog .new-folder input"), "d");
    await scene.fill(field("Name of the new folder"), "New <one>");
    await scene.keys("Enter");
    await scene.sees("No folders in “New <one>”");
    await scene.click(button("Move here"));
    await scene.sees("1 item moved to “New <one>”");
    assertEquals((await scene.stored()).includes("c/New <one>/a.txt"), true);
    await scene.open("/source/media?folder=to%2F");
    await choose(scene, ["b.txt"]);
    await scene.click(button("Copy"));
    await scene.page.waitForSelector(".recent button");
    assertEquals(await scene.texts(".recent button"), ["New <one>"]);
    await scene.click(".recent button");
    assertEquals(await valueOf(scene, FIELD), "c/New <one>/");
    // Somebody else is logged in by now.
    await scene.open("/source/media");
    await scene.evaluate("document.body.dataset.person = 'else'");
    await choose(scene, ["b.txt"]);
    await scene.click(button("Copy"));
    await scene.sees("Copy “b.txt” to");
    assertEquals(await scene.texts(".recent button"), []);
  });

  stage.test("a move of which a file fails says which, and keeps it", {
    files,
    open: (prefix) => {
      const source = createS3Source({ ...stage.seaweedFs.config, prefix });
      const denied = new AccessDeniedError("Access Denied", { path: "b.txt" });
      return {
        ...source,
        move: (from, ...rest) => from === "b.txt" ? Promise.reject(denied) : source.move(from, ...rest),
      };
    },
  }, async (scene) => {
    await scene.open("/source/media");
    await choose(scene, ["a.txt", "b.txt", "to"]);
    await scene.click(button("Move"));
    await scene.fill(FIELD, "c/");
    await scene.click(button("Move here"));
    await scene.sees("2 of 3 moved. These were not, and are still where they were:");
    assertEquals(await scene.texts("dialog tbody td:first-child"), ["b.txt"]);
    assertEquals(await scene.stored(), ["b.txt", "c/a.txt", "c/d/e.txt", "c/to/b.txt"]);
    await scene.click(button("Close"));
    await untilListed(scene, ["c", "b.txt"]);
  });

  let [running, most] = [0, 0];
  stage.test("many files are moved a few at a time", {
    files: { ...Object.fromEntries(Array.from({ length: 30 }, (_, at) => [`${at}.txt`, ""])), "z/in": "" },
    open: (prefix) => {
      const source = createS3Source({ ...stage.seaweedFs.config, prefix });
      const move: typeof source.move = async (...paths) => {
        most = Math.max(most, ++running);
        return await source.move(...paths).finally(() => running--);
      };
      return { ...source, move };
    },
  }, async (scene) => {
    await scene.open("/source/media");
    await scene.click("#select-all");
    await scene.click('aria/Select z[role="checkbox"]');
    await scene.click(button("Move"));
    await scene.fill(FIELD, "z/");
    await scene.click(button("Move here"));
    await scene.sees("30 items moved to “z”");
    assertEquals([(await scene.stored()).length, await scene.names(), most > 1 && most <= 4], [31, ["z"], true]);
  });

  stage.test(
    "a taken name is shown with sizes and times of both",
    { files: { ...files, "to/b.txt": "older" } },
    async (scene) => {
      await scene.open("/source/media");
      await choose(scene, ["b.txt"]);
      await scene.click(button("Move"));
      await scene.fill(FIELD, "to");
      await scene.click(button("Move here"));
      await scene.sees("already exists");
      assertMatch((await scene.texts("dialog")).join(), /5 B[^]*1 B|1 B[^]*5 B/);
    },
  );
}

function valueOf({ page }: Scene, selector: string): Promise<string> {
  return page.$eval(selector, (input) => (input as unknown as { value: string }).value);
}

/** The text of the option that Enter would open. */
async function activeOption(scene: Scene): Promise<unknown> {
  return await scene.evaluate(
    "document.getElementById(document.activeElement.getAttribute('aria-activedescendant'))?.textContent",
  );
}
