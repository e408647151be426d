import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { createS3Source, type S3Source } from "../../mod.ts";
import { createMemoryS3 } from "../../src/testing/mod.ts";
import type { Scene, Stage } from "./stage.ts";
import { button, link } from "./visitor.ts";

/** Registers the tests of downloading folders and selections, and of how much a folder has. */
export function testArchives(stage: Stage): void {
  for (const script of [true, false]) {
    const how = script ? "" : " without scripts";

    stage.test(`a folder is downloaded as one zip from its page, and from its row${how}`, {
      script,
      files: { "a/b.txt": "text of b", "a/c/d.txt": "text of d", "e.txt": "text of e" },
    }, async (scene) => {
      await scene.open("/source/media");
      const row = await scene.download(link("Download a"));
      assertEquals(row.name, "a.zip");
      for (const part of ["a/b.txt", "text of b", "a/c/d.txt", "text of d"]) assertStringIncludes(row.text, part);
      assert(!row.text.includes("text of e"));
      if (script) await scene.sees("2 files downloaded as one zip");
      const whole = await downloadFolder(scene);
      assertEquals(whole.name, "media.zip");
      assertStringIncludes(whole.text, "text of e");
    });

    stage.test(`a selection of files and folders is downloaded as one zip${how}`, {
      script,
      files: { "a/b.txt": "text of b", "c.txt": "text of c", "d.txt": "text of d" },
      permissions: { "files-browse": true },
    }, async (scene) => {
      await scene.open("/source/media");
      for (const name of ["a", "c.txt"]) await scene.click(`aria/Select ${name}[role="checkbox"]`);
      const { name, text } = await scene.download(button("Download"));
      assertEquals(name, "media.zip");
      assertStringIncludes(text, "text of b");
      assertStringIncludes(text, "text of c");
      assert(!text.includes("text of d"));
    });
  }

  stage.test("a single selected file is downloaded as it is", { files: { "a.txt": "text" } }, async (scene) => {
    await scene.open("/source/media");
    await scene.click('aria/Select a.txt[role="checkbox"]');
    assertEquals(await scene.download(button("Download")), { name: "a.txt", text: "text" });
  });

  stage.test("the page says which files are missing in a zip", {
    files: { "a.txt": "a", "b.txt": "listed" },
    open: (prefix) => changing(stage, prefix),
  }, async (scene) => {
    await scene.open("/source/media");
    const { text } = await downloadFolder(scene);
    assertStringIncludes(text, "MISSING FILES.txt");
    await scene.sees("Some files are missing in the zip");
    assertEquals(await scene.texts("dialog .failures td"), ["b.txt", "It was changed while the archive was made."]);
    assertEquals(await scene.texts("dialog p"), ["1 file downloaded, 1 missing or not whole."]);
  });

  stage.test(
    "the page stays and says why a folder cannot be downloaded",
    {
      open: () => manyFiles(),
      downloads: { media: "direct" },
    },
    async (scene) => {
      await scene.open("/source/media");
      await openMenu(scene);
      await scene.click(link("Download folder"));
      await scene.sees("These are more than 10,000 files");
      // The frame of the download shows no page of the app.
      scene.forgive(/frame-ancestors/);
      assertEquals(new URL(scene.page.url()).pathname, "/-/files/source/media");
    },
  );

  stage.test("a module that does not arrive is no silent failure", { files: { "a/b": "" } }, async (scene) => {
    scene.forgive(/ERR_FAILED|dynamically imported module/);
    await scene.open("/source/media");
    await scene.page.setRequestInterception(true);
    scene.page.on("request", (request) => {
      void (request.url().includes("archive.js") ? request.abort() : request.continue());
    });
    await openMenu(scene);
    await scene.click(link("Download folder"));
    await scene.sees("This part of the page cannot be loaded");
  });

  stage.test("the size of a folder is counted in its row, and in a dialog", {
    files: { "a/b.txt": "12345", "a/c/d.txt": "123", "e.txt": "1" },
  }, async (scene) => {
    await scene.open("/source/media");
    await scene.click(link("Size of a"));
    await scene.until("document.querySelector('[data-path=\"a/\"] .size').textContent === '8 B'");
    assertEquals(
      await scene.page.$eval('[data-path="a/"] .size', (cell) => cell.getAttribute("title")),
      "8 B in 2 files.",
    );
    await openMenu(scene);
    await scene.click(link("Folder size"));
    await scene.sees("9 B in 3 files.");
    assertEquals(await scene.texts("dialog h2"), ["Size of “media”"]);
  });

  stage.test("the size of a large folder is counted to its end", {
    open: () => manyFiles(),
    downloads: { media: "direct" },
  }, async (scene) => {
    await scene.open("/source/media");
    await openMenu(scene);
    await scene.click(link("Folder size"));
    await scene.sees("in 25,000 files.");
  });

  stage.test("the size of a folder is on a page without scripts", {
    script: false,
    files: { "a/b.txt": "12345" },
  }, async (scene) => {
    await scene.open("/source/media");
    await scene.follow(link("Size of a"));
    assertStringIncludes((await scene.texts(".sheet p")).join(), "5 B in 1 file, with all folders in it");
    await scene.follow(link("Back to the folder"));
    assertEquals(await scene.names(), ["b.txt"]);
  });
}

const openMenu = (scene: Scene) => scene.click(`summary[aria-label="More for this folder"]`);

async function downloadFolder(scene: Scene) {
  await openMenu(scene);
  return await scene.download(link("Download folder"));
}

/** A source in which someone replaces `b.txt` between the listing and the reading. */
function changing({ seaweedFs: { config } }: Stage, prefix: string): S3Source {
  const source = createS3Source({ ...config, prefix });
  return {
    ...source,
    stream: async (path, options) => {
      if (path === "b.txt") await source.upload("b.txt", "others");
      return await source.stream(path, options);
    },
  };
}

function manyFiles(): S3Source {
  const s3 = createMemoryS3();
  for (let number = 0; number < 25_000; number++) s3.putObject({ bucket: "bucket", key: `in/${number}`, body: "1" });
  return createS3Source(s3.config, { fetch: s3.fetch });
}
