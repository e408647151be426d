import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { Scene, Stage } from "./stage.ts";
import { button, field, link } from "./visitor.ts";

/** Registers the tests of the pages without scripts. */
export function testPlain(stage: Stage): void {
  const test = (name: string, files: Record<string, string>, act: (scene: Scene) => Promise<void>) =>
    stage.test(`without scripts, people can ${name}`, { script: false, files }, act);

  test("upload a file, and keep both when the name is taken", { "a/note.txt": "old" }, async (scene) => {
    const folder = await Deno.makeTempDir();
    await Deno.writeTextFile(`${folder}/note.txt`, "new");
    await scene.open("/source/media?folder=a%2F");
    for (const names of [["note (2).txt", "note.txt"], ["note (2).txt", "note (3).txt", "note.txt"]]) {
      await scene.click(".upload-menu summary");
      await scene.choose(".upload-menu input[type=file]", [`${folder}/note.txt`]);
      await scene.follow(".upload-menu button");
      assertEquals((await scene.names()).toSorted(), names);
    }
    assertEquals(await textOf(scene, "a/note (2).txt"), "new");
    assertEquals(await textOf(scene, "a/note.txt"), "old");
    await Deno.remove(folder, { recursive: true });
  });

  test("download a file", { "a ü.txt": "stored text" }, async (scene) => {
    await scene.open("/source/media");
    assertEquals(await scene.download(link("Download a ü.txt")), { name: "a ü.txt", text: "stored text" });
  });

  test(
    "delete several files, after a question",
    { "a.txt": "", "b.txt": "", "c/d.txt": "", "e.txt": "" },
    async (scene) => {
      await scene.open("/source/media");
      for (const name of ["a.txt", "b.txt", "c"]) await scene.click(`aria/Select ${name}[role="checkbox"]`);
      await scene.follow(button("Delete"));
      assertEquals(await scene.texts("h1"), ["Delete 2 files and 1 folder?"]);
      assertEquals((await scene.stored()).length, 4);
      await scene.follow(button("Delete"));
      assertEquals(await scene.names(), ["e.txt"]);
      assertEquals(await scene.stored(), ["e.txt"]);
    },
  );

  test("create a folder, and see what is wrong with its name", {}, async (scene) => {
    await scene.open("/source/media");
    await scene.follow(link("New folder"));
    await scene.fill(field("Name"), "..");
    await scene.follow(button("Create"));
    assertEquals((await scene.texts("[role=alert]")).length, 1);
    await scene.fill(field("Name"), "Fotos & mehr");
    await scene.follow(button("Create"));
    assertEquals(await scene.names(), ["Fotos & mehr"]);
  });

  test("rename a file", { "a/old.txt": "text" }, async (scene) => {
    await scene.open("/source/media?folder=a%2F");
    await scene.follow(link("old.txt"));
    await scene.follow(link("Rename"));
    await scene.fill(field("Name"), "new.txt");
    await scene.follow(button("Rename"));
    assertEquals(await scene.stored(), ["a/new.txt"]);
    assertEquals(await textOf(scene, "a/new.txt"), "text");
  });

  test("move files, opening folder after folder", { "a.txt": "a", "b.txt": "b", "c/d/e.txt": "e" }, async (scene) => {
    await scene.open("/source/media");
    for (const name of ["a.txt", "b.txt"]) await scene.click(`aria/Select ${name}[role="checkbox"]`);
    await scene.follow(button("Move"));
    await scene.follow(button("c"));
    await scene.follow(button("d"));
    assertEquals(await scene.texts("h2"), ["Folders in “d”"]);
    await scene.follow(button("Up"));
    await scene.follow(button("Move"));
    assertEquals(await scene.stored(), ["c/a.txt", "c/b.txt", "c/d/e.txt"]);
    assertEquals(await scene.names(), ["d", "a.txt", "b.txt"]);
  });

  test(
    "edit a text, and lose neither version in a conflict",
    { "note.md": "# One\n" },
    async (scene) => {
      await scene.open("/source/media");
      await scene.follow(link("note.md"));
      await scene.follow(link("Edit"));
      await scene.fill(field("Text"), "# Mine");
      await scene.source.upload("note.md", "# Theirs");
      await scene.follow(button("Save"));
      assertEquals(await textOf(scene, "note.md"), "# Theirs");
      const texts = await scene.page.$$eval("textarea", (all) => all.map((one) => one.value));
      assertEquals(texts.map((text) => text.trim()), ["# Mine", "# Theirs"]);
      await scene.follow(button("Save my version"));
      assertEquals((await textOf(scene, "note.md")).trim(), "# Mine");
    },
  );

  test("get a link, and see when it expires", { "a.txt": "linked" }, async (scene) => {
    await scene.open("/source/media");
    await scene.follow(link("a.txt"));
    await scene.follow(link("Share"));
    await scene.page.select('[name="expires_in_seconds"]', "3600");
    await scene.follow(button("Make a link"));
    const url = await scene.page.$eval(".sheet input.mono", (input) => input.getAttribute("value") ?? "");
    assertEquals(await (await fetch(url)).text(), "linked");
    const [sentence = ""] = await scene.texts(".sheet p");
    assertStringIncludes(sentence, "until");
    const until = /\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)?/.exec(sentence)?.[0] ?? "";
    const minutes = (Date.parse(`${until.replace(" ", "T")}Z`) - Date.now()) / 60_000;
    assert(minutes > 55 && minutes < 61, `"${sentence}" is ${minutes} minutes from now`);
  });
}

async function textOf({ source }: Scene, path: string): Promise<string> {
  return new TextDecoder().decode(await source.read(path));
}
