import { assert, assertEquals } from "@std/assert";
import { largeFolder } from "./large_folder.ts";
import type { Stage } from "./stage.ts";
import { link } from "./visitor.ts";
import { pngImage } from "./sample_media.ts";

/** Registers the tests of navigating, sorting and searching. */
export function testBrowsing(stage: Stage): void {
  for (const script of [true, false]) {
    const how = script ? "" : " without scripts";

    stage.test(`pages lead from the sources into folders, and back by the breadcrumbs${how}`, {
      script,
      files: { "a/b/deep.txt": "deep", "a/top.txt": "top", "z.txt": "z" },
    }, async (scene) => {
      await scene.open("");
      await scene.follow(".cards a");
      assertEquals(await scene.names(), ["a", "z.txt"]);
      await scene.follow(link("a"));
      assertEquals(await scene.names(), ["b", "top.txt"]);
      await scene.follow(link("b"));
      assertEquals(await scene.names(), ["deep.txt"]);
      assertEquals(await scene.page.title(), "b – Files");
      await scene.follow(link("a"));
      assertEquals(await scene.names(), ["b", "top.txt"]);
    });

    stage.test(`column headers sort by name, size and time${how}, and show the order`, {
      script,
      files: { "a.txt": "12", "b.txt": "1", "c.txt": "123" },
    }, async (scene) => {
      await scene.open("/source/media");
      const press = async (name: string) => {
        if (script) await scene.click(link(name));
        else await scene.follow(link(name));
        const sorts = await scene.page.$$eval(
          "th[data-sort]",
          (all) => all.map((one) => one.getAttribute("aria-sort")),
        );
        return { names: (await scene.names()).join(), sorts: sorts.join() };
      };
      assertEquals(await press("Size"), { names: "c.txt,a.txt,b.txt", sorts: "none,descending,none" });
      assertEquals(await press("Size"), { names: "b.txt,a.txt,c.txt", sorts: "none,ascending,none" });
      assertEquals((await press("Modified")).sorts, "none,none,descending");
      assertEquals(await press("Name"), { names: "a.txt,b.txt,c.txt", sorts: "ascending,none,none" });
      assertEquals(await press("Name"), { names: "c.txt,b.txt,a.txt", sorts: "descending,none,none" });
    });

    stage.test(`search finds names in all folders${how}`, {
      script,
      files: { "a/report 1.txt": "", "b/c/Report 2.txt": "", "d.txt": "" },
    }, async (scene) => {
      await scene.open("/source/media?folder=a%2F");
      await scene.fill("#search", "report");
      await Promise.all([scene.page.waitForNavigation(), scene.keys("Enter")]);
      assertEquals((await scene.names()).toSorted(), ["Report 2.txt", "media/a/", "media/b/c/", "report 1.txt"]);
      await scene.follow('aria/report 1.txt media/a/[role="link"]');
      assertEquals(await scene.texts("h1"), ["report 1.txt"]);
    });
  }

  stage.test("the filter shows files whose names contain the typed text", {
    files: { "Apple.txt": "", "pineapple.txt": "", "pear.txt": "" },
  }, async (scene) => {
    await scene.open("/source/media");
    await scene.fill("#filter", "APPLE");
    assertEquals(await scene.names(), ["Apple.txt", "pineapple.txt"]);
    assertEquals(await scene.texts(".toolbar p"), ["2 files"]);
    await scene.keys("Escape");
    assertEquals((await scene.names()).length, 3);
    for (const name of ["Apple.txt", "pear.txt"]) await scene.click(`aria/Select ${name}[role="checkbox"]`);
    await scene.fill("#filter", "pear");
    assertEquals(await scene.texts(".selection-count"), ["1 file selected"]);
  });

  stage.test(
    "a folder of 3,000 files loads page by page while scrolling",
    { open: () => largeFolder(3_000), downloads: { media: "direct" } },
    async (scene) => {
      const rowCount = "document.querySelectorAll('#files tbody tr').length";
      await scene.open("/source/media");
      assert(Number(await scene.evaluate(rowCount)) < 1_000);
      for (let count = 0; count < 3_000;) {
        await scene.until(`${rowCount} > ${count}`);
        count = Number(await scene.evaluate(rowCount));
        await scene.evaluate("scrollTo(0, document.body.scrollHeight)");
      }
      await scene.until("!document.querySelector('a[rel=next]')");
      assertEquals((await scene.names()).at(-1), "file-002999.txt");
    },
  );

  stage.test("a folder of 3,000 files has pages without scripts", {
    script: false,
    open: () => largeFolder(3_000),
  }, async (scene) => {
    await scene.open("/source/media");
    const seen = new Set(await scene.names());
    while (await scene.page.$("a[rel=next]")) {
      await scene.follow("a[rel=next]");
      for (const name of await scene.names()) seen.add(name);
    }
    assertEquals(seen.size, 3_000);
  });

  stage.test("thumbnails are loaded when they come into view", { files: imageFiles(60) }, async (scene) => {
    let asked = 0;
    scene.page.on("request", (request) => asked += Number(request.url().endsWith("/thumbnail")));
    await scene.page.setViewport({ width: 800, height: 300 });
    await scene.open("/source/media");
    const loaded = "[...document.images].filter((image) => image.complete && image.naturalWidth > 0).length";
    await scene.until(`${loaded} > 4`);
    assert(asked < 60, `${asked} were asked for at once`);
    await scene.page.$eval("#files tbody tr:last-child", (row) => row.scrollIntoView());
    await scene.until("document.images[59].naturalWidth > 0");
  });
}

function imageFiles(count: number): Record<string, Uint8Array<ArrayBuffer>> {
  const image = pngImage({ width: 8, height: 8, colorAt: () => [200, 60, 60] });
  return Object.fromEntries(Array.from({ length: count }, (_, number) => [`image-${number}.png`, image]));
}
