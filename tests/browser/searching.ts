import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { createS3Source } from "../../mod.ts";
import { createMemoryS3 } from "../../src/testing/mod.ts";
import type { SceneOptions, Stage } from "./stage.ts";
import { button, link } from "./visitor.ts";

/** Registers the tests of searching. */
export function testSearching(stage: Stage): void {
  for (const script of [true, false]) {
    const how = script ? "" : " without scripts";

    stage.test(`a search is narrowed by kind, size and date${how}, and finds folders`, {
      script,
      files: { "trip/Übung.txt": "1", "trip/U\u0308bung.txt": "2", "trip/photo.jpg": "12345", "Photos/x.bin": "1" },
    }, async (scene) => {
      await scene.open("/search");
      await scene.fill('.search-filters [name="q"]', "u\u0308bung");
      await scene.follow(".search-filters button");
      const paths = () =>
        scene.page.$$eval("#files tbody tr", (all) => all.map((row) => row.getAttribute("data-path")));
      assertEquals(new Set(await paths()), new Set(["trip/\u00dcbung.txt", "trip/U\u0308bung.txt"]));
      await scene.open("/search?q=photo");
      assertEquals((await paths()).toSorted(), ["Photos/", "trip/photo.jpg"]);
      await scene.follow(link("Photos media/"));
      assertEquals(await scene.names(), ["x.bin"]);
      await scene.click('summary[aria-label="More for this folder"]');
      await scene.follow(link("Search this folder"));
      await scene.fill('.search-filters [name="q"]', ".");
      await scene.follow(".search-filters button");
      assertEquals(await paths(), ["Photos/x.bin"]);
      await scene.open("/search");
      await scene.page.select('.search-filters [name="kind"]', "picture");
      await scene.fill('.search-filters [name="min_size"]', "5 B");
      await scene.follow(".search-filters button");
      assertEquals(await paths(), ["trip/photo.jpg"]);
      assertEquals(await scene.texts("#searched"), ["Searched all 4 files."]);
      await scene.fill('.search-filters [name="min_size"]', "many");
      await scene.follow(".search-filters button");
      assertEquals(await scene.texts("main [role=alert]"), [
        "“many” is not a size. Write it as 500 kB, 2 MB or 1.5 GB.",
      ]);
    });
  }

  stage.test("results come by themselves until everything is searched, and say how much was", {
    ...LARGE,
    open: () => largeSource(12_000),
  }, async (scene) => {
    await scene.open("/search?q=1500");
    await scene.until("document.querySelector('#searched').textContent === 'Searched all 12,000 files.'");
    assertEquals(await scene.names(), ["file-001500.txt", "media/", "file-011500.txt", "media/"]);
    assertEquals(await scene.texts("#found"), ["2 files."]);
    assertEquals((await scene.texts("#continue")).length, 0);
    await scene.keys("ArrowDown", "ArrowDown", "Enter");
    await scene.page.waitForSelector("#file");
    assertEquals(await scene.texts("h1"), ["file-011500.txt"]);
  });

  stage.test(
    "a search that finds nothing says so at its end",
    { ...LARGE, open: () => largeSource(6_000) },
    async (scene) => {
      await scene.open("/search?q=nowhere");
      await scene.sees("No name contains “nowhere”");
      assertEquals(await scene.texts("#searched"), ["Searched all 6,000 files."]);
    },
  );

  stage.test("a search stops after 200 results or by its button, and continues from there", {
    ...LARGE,
    open: () => largeSource(30_000, 150),
  }, async (scene) => {
    await scene.open("/search?q=file");
    await scene.page.waitForSelector(link("Continue"), { visible: true });
    const count = (await scene.page.$$("#files tbody tr")).length;
    assert(count >= 200 && count <= 400, `${count} rows`);
    await scene.click(link("Continue"));
    await scene.until(`document.querySelectorAll("#files tbody tr").length > ${count}`);
    await scene.open("/search?q=nowhere");
    await scene.click(button("Stop"));
    await scene.page.waitForSelector(link("Continue"), { visible: true });
    const [searched = ""] = await scene.texts("#searched");
    assertStringIncludes(searched, "there are more");
    await scene.click(link("Continue"));
    await scene.until("document.querySelector('#searched').textContent === 'Searched all 30,000 files.'");
  });

  stage.test("a search continues by its link without scripts", {
    script: false,
    open: () => largeSource(6_000),
  }, async (scene) => {
    await scene.open("/search?q=5900&source=media");
    assertEquals(await scene.texts("#found"), ["0 files so far."]);
    for (let pages = 0; pages < 20 && await scene.page.$("#continue"); pages++) await scene.follow("#continue");
    assertEquals(await scene.texts("#found"), ["1 file on this page."]);
    assertEquals(await scene.texts("#searched"), ["Searched all 6,000 files."]);
  });
}

/** Browsers cannot reach a store in memory. */
const LARGE: SceneOptions = { downloads: { media: "proxied" } };

/** A source with this many files at its top, whose store takes this long for each request. */
async function largeSource(count: number, delayMs = 0) {
  const s3 = createMemoryS3();
  for (let number = 0; number < count; number++) {
    s3.putObject({ bucket: "bucket", key: `file-${String(number).padStart(6, "0")}.txt`, body: "" });
  }
  return await Promise.resolve(createS3Source(s3.config, {
    fetch: async (...request) => {
      await new Promise((resolve) => setTimeout(resolve, delayMs));
      return await s3.fetch(...request);
    },
  }));
}
