import { assert, assertEquals, assertMatch } from "@std/assert";
import type { HTTPRequest } from "puppeteer-core";
import { someBytes } from "./sample_media.ts";
import type { Stage } from "./stage.ts";
import {
  assertNothingLeft,
  assertStored,
  drop,
  FILE_FIELD,
  limitSpeed,
  localFiles,
  untilBarAt,
  untilListed,
  untilUploaded,
} from "./upload_helpers.ts";
import { button } from "./visitor.ts";

/** Registers the tests of uploads. */
export function testUploads(stage: Stage): void {
  stage.test("a dropped folder of 500 files is stored with its subfolders", {}, async (scene) => {
    const paths = Array.from({ length: 500 }, (_, number) => `photos/${number % 7}/${number % 3}/${number}.txt`);
    await localFiles(Object.fromEntries(paths.map((path) => [path, path])), async (folder) => {
      await scene.open("/source/media");
      // On a busy machine, 1,500 requests take longer than other steps.
      scene.page.setDefaultTimeout(120_000);
      await drop(scene, [`${folder}/photos`]);
      await scene.sees("of 500");
      await untilUploaded(scene, 500);
      assertEquals(await scene.stored(), paths.toSorted());
      await untilListed(scene, ["photos"]);
      assertEquals(new TextDecoder().decode(await scene.source.read("photos/6/1/13.txt")), "photos/6/1/13.txt");
    });
  });

  stage.test("a change of the uploads does not lay out the table again", { files: { "a.txt": "" } }, async (scene) => {
    await scene.open("/source/media");
    // The best of many: other programs may keep the machine busy at times.
    const [few, many] = [1, 5_000].map((count) =>
      `(() => {
      const [body] = document.querySelector("#files").tBodies;
      while (body.rows.length < ${count}) body.append(body.rows[0].cloneNode(true));
      const tray = document.querySelector("#tray");
      tray.hidden = false;
      let bestMs = Infinity;
      for (let round = 0; round < 30; round++) {
        tray.append(document.createElement("p"));
        const begin = performance.now();
        tray.getBoundingClientRect();
        if (round > 0) bestMs = Math.min(bestMs, performance.now() - begin);
      }
      return bestMs;
    })()`
    );
    const [fewMs, manyMs] = [Number(await scene.evaluate(few ?? "")), Number(await scene.evaluate(many ?? ""))];
    assert(manyMs < fewMs + 5, `it took ${fewMs} ms with one row, ${manyMs} ms with thousands`);
  });

  stage.test(
    "a file of 200 MB goes straight to the store, with a bar, its speed and the time left",
    {},
    async (scene) => {
      const bytes = someBytes(200_000_000);
      const receivers = new Set<string>();
      scene.page.on("request", (request) => {
        if (request.method() === "PUT") receivers.add(new URL(request.url()).origin);
      });
      await localFiles({ "large.bin": bytes }, async (folder) => {
        await scene.open("/source/media");
        await scene.choose(FILE_FIELD, [`${folder}/large.bin`]);
        await untilBarAt(scene, 10);
        await scene.until("/MB of 200 MB, .*MB\\/s, .* left/.test(document.querySelector('.tray-row').textContent)");
        const width = await scene.evaluate("document.querySelector('[role=progressbar]').style.width");
        assertMatch(String(width), /^[1-9]\d%$/);
        await untilUploaded(scene, 1);
      });
      assertEquals([...receivers], [stage.seaweedFs.config.endpointUrl]);
      await assertStored(scene, "large.bin", bytes);
      await untilListed(scene, ["large.bin"]);
      assertEquals(await scene.texts("#files tbody .size"), ["200 MB"]);
    },
  );

  stage.test("a cancelled upload leaves nothing stored", {}, async (scene) => {
    await localFiles({ "large.bin": someBytes(60_000_000) }, async (folder) => {
      await scene.open("/source/media");
      await limitSpeed(scene, 20_000_000);
      await scene.choose(FILE_FIELD, [`${folder}/large.bin`]);
      await untilBarAt(scene, 20);
      assertEquals((await stage.seaweedFs.listUploads(scene.prefix)).length, 1);
      await scene.click(button("Cancel large.bin"));
      await scene.until("document.querySelectorAll('.tray-row').length === 0");
      await assertNothingLeft(stage, scene);
      assertEquals(await scene.names(), []);
    });
  });

  stage.test("all uploads can be cancelled at once", {}, async (scene) => {
    await localFiles({ "a.bin": someBytes(20_000_000), "b.bin": someBytes(20_000_000) }, async (folder) => {
      await scene.open("/source/media");
      await limitSpeed(scene, 1_000_000);
      await scene.choose(FILE_FIELD, [`${folder}/a.bin`, `${folder}/b.bin`]);
      await untilBarAt(scene, 1);
      await scene.click(button("Cancel all"));
      await scene.until("document.querySelector('#tray').hidden");
      await limitSpeed(scene);
      await assertNothingLeft(stage, scene);
    });
  });

  stage.test("a paused upload continues where it stopped", {}, async (scene) => {
    const bytes = someBytes(60_000_000);
    const [sent, stored]: [Set<string>, string[]] = [new Set(), []];
    const partOf = (request: HTTPRequest) => {
      const part = new URL(request.url()).searchParams.get("partNumber");
      return request.method() === "PUT" && part !== null ? [part] : [];
    };
    scene.page.on("request", (request) => partOf(request).forEach((part) => sent.add(part)));
    scene.page.on("response", (response) => {
      if (response.ok()) stored.push(...partOf(response.request()));
    });
    await localFiles({ "large.bin": bytes }, async (folder) => {
      await scene.open("/source/media");
      await limitSpeed(scene, 20_000_000);
      await scene.choose(FILE_FIELD, [`${folder}/large.bin`]);
      await untilBarAt(scene, 85);
      await scene.click(button("Pause large.bin"));
      await scene.sees("Paused at");
      assert(stored.length > 0, "no part was stored before the pause");
      await limitSpeed(scene);
      await scene.click(button("Resume large.bin"));
      await untilUploaded(scene, 1);
      // The page may see a response before the test does.
      await scene.page.waitForNetworkIdle({ idleTime: 100 });
    });
    assertEquals([...sent].toSorted(), ["1", "2", "3", "4"]);
    // The pause can cut off the response to a part that is stored; none that the page knows of is sent again.
    assertEquals(stored, [...new Set(stored)]);
    await assertStored(scene, "large.bin", bytes);
  });

  stage.test("a taken name asks: keep both, replace or skip", {
    files: { "a.txt": "old", "b.txt": "old", "c.txt": "old" },
  }, async (scene) => {
    await localFiles({ "a.txt": "new", "b.txt": "new", "c.txt": "new" }, async (folder) => {
      await scene.open("/source/media");
      for (const [name, answer] of [["a.txt", "Keep both"], ["b.txt", "Replace"], ["c.txt", "Skip"]]) {
        await scene.choose(FILE_FIELD, [`${folder}/${name}`]);
        await scene.until(`document.querySelector("dialog[open] h2")?.textContent === "“${name}” already exists"`);
        await scene.click(button(answer ?? ""));
        await scene.until(`!document.querySelector("dialog[open]") && !document.querySelector(".tray-row")`);
      }
    });
    const texts = await Promise.all((await scene.stored()).map(async (path) => {
      return [path, new TextDecoder().decode(await scene.source.read(path))];
    }));
    assertEquals(Object.fromEntries(texts), { "a (2).txt": "new", "a.txt": "old", "b.txt": "new", "c.txt": "old" });
    await untilListed(scene, ["a (2).txt", "a.txt", "b.txt", "c.txt"]);
  });

  stage.test("files dropped on a folder go into it", { files: { "sub/a.txt": "" } }, async (scene) => {
    await localFiles({ "b.txt": "text" }, async (folder) => {
      await scene.open("/source/media");
      const row = await (await scene.page.$("tr[data-kind=folder]"))?.boundingBox();
      await drop(scene, [`${folder}/b.txt`], { x: (row?.x ?? 0) + 200, y: (row?.y ?? 0) + 20 });
      await untilUploaded(scene, 1);
    });
    assertEquals(await scene.stored(), ["sub/a.txt", "sub/b.txt"]);
  });

  stage.test(
    "one answer can apply to all taken names",
    { files: { "a.txt": "old", "b.txt": "old" } },
    async (scene) => {
      await localFiles({ "a.txt": "new", "b.txt": "new", "c.txt": "new" }, async (folder) => {
        await scene.open("/source/media");
        await scene.choose(FILE_FIELD, ["a.txt", "b.txt", "c.txt"].map((name) => `${folder}/${name}`));
        await scene.click(`aria/Do this for all[role="checkbox"]`);
        await scene.click(button("Keep both"));
        await untilUploaded(scene, 3);
        await scene.choose(FILE_FIELD, [`${folder}/a.txt`]);
        await scene.sees("“a.txt” already exists");
        await scene.click(button("Skip"));
      });
      assertEquals(await scene.stored(), ["a (2).txt", "a.txt", "b (2).txt", "b.txt", "c.txt"]);
    },
  );

  stage.test("what is chosen while others are uploaded is not replaced unasked", {
    files: { "a.txt": "old", "b.txt": "old" },
  }, async (scene) => {
    const local = { "a.txt": "new", "b.txt": "new", "large.bin": someBytes(20_000_000) };
    await localFiles(local, async (folder) => {
      await scene.open("/source/media");
      await limitSpeed(scene, 1_000_000);
      await scene.choose(FILE_FIELD, [`${folder}/large.bin`, `${folder}/a.txt`]);
      await scene.click(`aria/Do this for all[role="checkbox"]`);
      await scene.click(button("Replace"));
      await untilBarAt(scene, 1);
      await scene.choose(FILE_FIELD, [`${folder}/b.txt`]);
      await scene.sees("“b.txt” already exists");
      await scene.click(button("Skip"));
      await limitSpeed(scene, -1);
      await scene.until(`document.querySelector(".tray-summary")?.textContent.startsWith("2 files uploaded")`);
    });
    const texts = ["a.txt", "b.txt"].map((path) => scene.source.readText(path));
    assertEquals(await Promise.all(texts), ["new", "old"]);
  });

  stage.test("leaving the page during an upload asks first", {}, async (scene) => {
    await localFiles({ "large.bin": someBytes(20_000_000) }, async (folder) => {
      await scene.open("/source/media");
      await limitSpeed(scene, 1_000_000);
      // Browsers let a page ask only after an interaction.
      await scene.click(".toolbar p");
      await scene.choose(FILE_FIELD, [`${folder}/large.bin`]);
      await untilBarAt(scene, 1);
      const asked: string[] = [];
      scene.page.on("dialog", (dialog) => asked.push(dialog.type()));
      await scene.follow(".home");
      assertEquals(asked, ["beforeunload"]);
    });
  });
}
