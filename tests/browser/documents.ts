import { assertEquals } from "@std/assert";
import { idOf } from "../support/app_world.ts";
import { pngImage } from "./sample_media.ts";
import type { Stage } from "./stage.ts";
import { button, link } from "./visitor.ts";

const GUIDE = `# Guide

See [the other file](sub/other.md#second), [the web](https://example.com) and [below](#below).

![a field](field.png) ![far away](https://example.com/far.png)

<script>alert(1)</script> <img src="https://example.com/x.png" onerror="alert(1)">

| a | b |
|---|--:|
| 1 | 2 |

## Below
`;

/** Registers the tests of Markdown and of tables. */
export function testDocuments(stage: Stage): void {
  for (const script of [true, false]) {
    stage.test(`Markdown is shown formatted${script ? "" : " without scripts"}, and its source`, {
      script,
      files: {
        "guide.md": GUIDE,
        "sub/other.md": "# Other\n\n## Second",
        "field.png": pngImage({ width: 40, height: 30, colorAt: () => [10, 120, 20] }),
      },
    }, async (scene) => {
      await scene.open(`/${idOf("guide.md")}`);
      assertEquals(await scene.texts(".rendered h2, .rendered h3"), ["Guide", "Below"]);
      assertEquals((await scene.page.$$(".rendered img")).length, 1);
      assertEquals(await scene.texts('.rendered a[href^="https:"]'), ["the web", "far away"]);
      await scene.follow(link("Source"));
      assertEquals(await scene.page.$eval(".preview pre", (pre) => pre.textContent), GUIDE);
      await scene.follow(link("Formatted"));
      await scene.follow(link("the other file"));
      assertEquals(await scene.texts("h1"), ["other.md"]);
      assertEquals(new URL(scene.page.url()).hash, "#md-second");
    });
  }

  stage.test("hostile Markdown runs nothing, and asks no other place for anything", {
    files: {
      "a.md": [
        "[x](javascript:document.title='bad')",
        '<a href="javascript:document.title=1">y</a>',
        "![z](https://example.com/z.png)",
        "![data](data:image/svg+xml;base64,PHN2Zy8+)",
        "# dialog",
        "# main",
        '```" onmouseover="document.title=1',
        "code",
        "```",
      ].join("\n\n"),
    },
  }, async (scene) => {
    await scene.open(`/${idOf("a.md")}`);
    for (const element of await scene.page.$$(".rendered a:not([href^=http])")) await element.click();
    assertEquals(await scene.page.title(), "a.md – Files");
    assertEquals(await scene.evaluate("document.getElementById('main').tagName"), "MAIN");
    assertEquals((await scene.page.$$(".rendered img")).length, 0);
  });

  const rows = ["item,price", "b10,9", "b2,10", 'a,"1,000"', ",2"];
  stage.test("a table is sorted by a column and filtered, and says how much of the file it is", {
    files: { "t.csv": rows.join("\n"), "long.csv": "n\n" + "1\n".repeat(1_500) },
  }, async (scene) => {
    await scene.open(`/${idOf("t.csv")}`);
    const column = (number: number) => scene.texts(`.preview tbody tr:not([hidden]) td:nth-child(${number})`);
    await scene.click(button("price"));
    assertEquals(await column(2), ["2", "9", "10", "1,000"]);
    assertEquals(await scene.page.$eval(".preview th:nth-child(2)", (header) => header.ariaSort), "ascending");
    await scene.click(button("price"));
    assertEquals(await column(2), ["1,000", "10", "9", "2"]);
    await scene.click(button("price"));
    assertEquals(await column(1), ["b10", "b2", "a", ""]);
    await scene.click(button("item"));
    assertEquals(await column(1), ["a", "b2", "b10", ""]);
    const topOfFilter = () => scene.evaluate("document.querySelector('.row-filter').getBoundingClientRect().top");
    const top = await topOfFilter();
    await scene.fill(".row-filter input", "B");
    assertEquals(await column(1), ["b2", "b10"]);
    assertEquals(await topOfFilter(), top);
    assertEquals(await scene.texts(".row-filter output"), ["2 of the 4 rows shown"]);
    await scene.open(`/${idOf("long.csv")}`);
    await scene.sees("Showing the first 1,000 of 1,500 rows.");
    await scene.fill(".row-filter input", "2");
    assertEquals(await scene.texts(".row-filter output"), ["0 of the 1,000 rows shown"]);
  });
}
