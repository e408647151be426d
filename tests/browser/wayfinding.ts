import { assertEquals, assertStringIncludes } from "@std/assert";
import { idOf } from "../support/app_world.ts";
import type { Scene, Stage } from "./stage.ts";
import { button, field, link } from "./visitor.ts";

/** Registers the tests of finding one's way: the first page, breadcrumbs, the way back, pages of errors. */
export function testWayfinding(stage: Stage): void {
  stage.test("the first page says what this is, and lists the files that were opened last", {
    files: { "a.txt": "one", "sub/b.pdf": "%PDF-", "c.txt": "three" },
  }, async (scene) => {
    await scene.open("");
    assertEquals(await scene.texts(".recent-files a"), []);
    for (const path of ["a.txt", "sub/b.pdf", "a.txt"]) {
      await scene.open(`/${idOf(path)}`);
      await scene.until(`localStorage.getItem("recent:/-/files")?.includes(${JSON.stringify(idOf(path))})`);
    }
    await scene.open("");
    await scene.page.waitForSelector(".recent-files a");
    assertEquals(await scene.texts(".recent-files a"), ["a.txtmedia/", "b.pdfmedia/sub/"]);
    assertEquals(await scene.page.$$eval(".recent-files svg", (all) => all.map((one) => one.getAttribute("class"))), [
      "icon i-text",
      "icon i-pdf",
    ]);
    await scene.follow(".recent-files a");
    assertEquals(await scene.texts("h1"), ["a.txt"]);
    await scene.source.delete("a.txt");
    await scene.page.reload();
    await scene.until(`!localStorage.getItem("recent:/-/files").includes("a.txt")`);
    await scene.open("");
    await scene.page.waitForSelector(".recent-files a");
    assertEquals(await scene.texts(".recent-files a"), ["b.pdfmedia/sub/"]);
  });

  stage.test("at most ten files are remembered", {
    files: Object.fromEntries(Array.from({ length: 12 }, (_, number) => [`${number}.txt`, "text"])),
  }, async (scene) => {
    for (let number = 0; number < 12; number++) {
      await scene.open(`/${idOf(`${number}.txt`)}`);
      await scene.until(`localStorage.getItem("recent:/-/files")?.includes('"${number}.txt"')`);
    }
    await scene.open("");
    await scene.page.waitForSelector(".recent-files a");
    assertEquals((await scene.texts(".recent-files bdi")).filter((name) => name.endsWith(".txt")).length, 10);
  });

  const person = { name: "Alice" };
  stage.test("what one person opened is forgotten when another one is logged in", {
    files: { "a.txt": "one" },
    authenticate: () => ({ id: person.name, name: person.name }),
  }, async (scene) => {
    await scene.open(`/${idOf("a.txt")}`);
    await scene.until(`localStorage.getItem("recent:/-/files")?.includes("a.txt")`);
    person.name = "Bob";
    await scene.open("");
    await scene.until(`!localStorage.getItem("recent:/-/files").includes("a.txt")`);
    assertEquals(await scene.texts(".recent-files a"), []);
  });

  const deep = "one long folder name/another long folder name/third/fourth/fifth/sixth/";
  for (const width of [1280, 390]) {
    stage.test(`at ${width} px the breadcrumbs keep the source's name, and a menu has the folders between`, {
      files: { [`${deep}file with a long name.txt`]: "text" },
    }, async (scene) => {
      await scene.page.setViewport({ width, height: 780 });
      await scene.open(`/${idOf(`${deep}file with a long name.txt`)}`);
      assertEquals(await scene.evaluate("document.documentElement.scrollWidth <= innerWidth"), true);
      const isWhole =
        "(e => e.scrollWidth <= e.clientWidth)(document.querySelector('.crumbs ol > li:first-child bdi'))";
      assertEquals([await scene.evaluate(isWhole), (await scene.texts(".crumbs ol > li:first-child"))[0]], [
        true,
        "media",
      ]);
      await scene.click(".crumbs ol .menu summary");
      await scene.follow(link("third"));
      assertEquals(await scene.names(), ["fourth"]);
    });
  }

  stage.test("the button Save returns to the page before, Ctrl-S stays", {
    files: { "note.md": "# One" },
  }, async (scene) => {
    await scene.open("/source/media");
    await scene.follow(link("note.md"));
    await scene.follow(link("Edit"));
    await scene.fill(field("Text"), "# Two");
    await scene.page.keyboard.down("Control");
    await scene.page.keyboard.press("s");
    await scene.page.keyboard.up("Control");
    await scene.until("document.querySelector('#saved').textContent === 'Saved'");
    await scene.fill(field("Text"), "# Three");
    await scene.follow(button("Save"));
    // The browser may keep the page as it was; then it loads again.
    await scene.until("document.querySelector('.preview')?.textContent.includes('Three')");
    assertEquals(await scene.texts("h1"), ["note.md"]);
    // Nothing of the editor is left in the history.
    await Promise.all([scene.page.waitForNavigation(), scene.evaluate("history.back()")]);
    assertEquals(await scene.names(), ["note.md"]);
  });

  stage.test("the page of an error keeps the way back to folders above, and axe's landmarks", {
    files: { "sub/a.txt": "one" },
  }, async (scene) => {
    await scene.open(`/${idOf("sub/gone.txt")}`);
    assertEquals(await crumbs(scene), ["media", "sub", "gone.txt"]);
    await scene.follow(link("sub"));
    assertEquals(await scene.names(), ["a.txt"]);
    await scene.open("/source/media?folder=sub%2F&sort=colour");
    assertStringIncludes((await scene.texts("h1")).join(), "Invalid request");
    assertEquals(await crumbs(scene), ["media", "sub"]);
  });
}

/** The names in the breadcrumbs. */
function crumbs({ texts }: Scene): Promise<string[]> {
  return texts(".crumbs ol > li");
}
