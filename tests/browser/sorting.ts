import { assertEquals } from "@std/assert";
import type { Scene, Stage } from "./stage.ts";
import { drop, localFiles, untilListed } from "./upload_helpers.ts";
import { link } from "./visitor.ts";

const FILES = { "file10.txt": "1", "file2.txt": "333", "File1.txt": "22", "ä.txt": "4444", "z.txt": "" };
const NATURAL = ["ä.txt", "File1.txt", "file2.txt", "file10.txt", "z.txt"];

/** Registers the tests of the order of files, and of their own dates. */
export function testSorting(stage: Stage): void {
  for (const script of [true, false]) {
    const how = script ? "" : " without scripts";

    stage.test(
      `files are in natural order, and sorted from a menu on a phone${how}`,
      { script, files: FILES },
      async (scene) => {
        await scene.page.setViewport({ width: 390, height: 800 });
        await scene.open("/source/media");
        assertEquals(await scene.names(), NATURAL);
        assertEquals(await choose(scene, "Largest first", script), [
          "ä.txt",
          "file2.txt",
          "File1.txt",
          "file10.txt",
          "z.txt",
        ]);
        assertEquals(await choose(scene, "Name, Z to A", script), NATURAL.toReversed());
        assertEquals(await choose(scene, "Smallest first", script), [
          "z.txt",
          "file10.txt",
          "File1.txt",
          "file2.txt",
          "ä.txt",
        ]);
        assertEquals((await choose(scene, "Newest first", script)).length, 5);
        assertEquals(await choose(scene, "Name, A to Z", script), NATURAL);
        const current = await scene.page.$$eval(
          '.sort-menu [aria-current="true"]',
          (all) => all.map((one) => one.textContent),
        );
        assertEquals(current, ["Name, A to Z"]);
      },
    );
  }

  stage.test("an uploaded file takes its place in natural order", { files: FILES }, async (scene) => {
    await localFiles({ "file3.txt": "new" }, async (folder) => {
      await scene.open("/source/media");
      await drop(scene, [`${folder}/file3.txt`]);
      await untilListed(scene, ["ä.txt", "File1.txt", "file2.txt", "file3.txt", "file10.txt", "z.txt"]);
    });
  });

  for (const uploads of ["direct", "proxied"] as const) {
    stage.test(`the file's own date is kept and shown, ${uploads}`, { uploads: { media: uploads } }, async (scene) => {
      const changed = new Date("2019-07-08T09:10:11.000Z");
      await localFiles({ "a.txt": "text", "large.bin": new Uint8Array(17 * 1024 ** 2) }, async (folder) => {
        for (const name of ["a.txt", "large.bin"]) await Deno.utime(`${folder}/${name}`, changed, changed);
        await scene.open("/source/media");
        await drop(scene, [`${folder}/a.txt`, `${folder}/large.bin`]);
        await untilListed(scene, ["a.txt", "large.bin"]);
      });
      for (const path of ["a.txt", "large.bin"]) {
        assertEquals((await scene.source.stat(path))?.metadata["mtime"], "1562577011");
      }
      await scene.follow(link("a.txt"));
      assertEquals((await scene.texts(".facts dt")).filter((name) => /ed$/.test(name)), ["Modified", "Uploaded"]);
      assertEquals((await scene.texts(".facts time"))[0], "Jul 8, 2019");
    });
  }
}

/** The names after a choice in the menu. */
async function choose(scene: Scene, label: string, script: boolean): Promise<string[]> {
  await scene.click(".sort-menu summary");
  if (script) await scene.click(link(label));
  else await scene.follow(link(label));
  return await scene.names();
}
