import { assertEquals } from "@std/assert";
import { createS3Source } from "../../mod.ts";
import { pngImage } from "./sample_media.ts";
import type { Scene, Stage } from "./stage.ts";
import { choose } from "./transfers.ts";
import { untilListed } from "./upload_helpers.ts";
import { button, link } from "./visitor.ts";

/** Registers the tests of dragging rows, and of cut, copy and paste. */
export function testRowMoves(stage: Stage): void {
  const files = { "a.txt": "a", "b.txt": "b", "c/d/e.txt": "e", "to/b.txt": "old" };

  stage.test("selected rows are dragged onto a folder together", { files }, async (scene) => {
    await scene.open("/source/media");
    await choose(scene, ["a.txt", "b.txt"]);
    const over = await drag(scene, rowOf("a.txt"), rowOf("c/"));
    assertEquals(over, { marked: ["c"], toast: "Move 2 files to “c”" });
    await scene.sees("2 items moved to “c”");
    assertEquals(await scene.stored(), ["c/a.txt", "c/b.txt", "c/d/e.txt", "to/b.txt"]);
    assertEquals(await scene.names(), ["c", "to"]);
  });

  stage.test("a row is dragged onto a breadcrumb, and with Ctrl copied there", { files }, async (scene) => {
    await scene.open("/source/media?folder=c%2Fd%2F");
    const copied = await drag(scene, rowOf("c/d/e.txt"), ".crumbs ol li:nth-child(1) a", "Control");
    assertEquals(copied, { marked: ["media"], toast: "Copy “e.txt” to “media”" });
    await scene.sees("1 item copied to “media”");
    await drag(scene, rowOf("c/d/e.txt"), ".crumbs ol li:nth-child(2) a");
    await scene.sees("1 item moved to “c”");
    assertEquals(await scene.stored(), ["a.txt", "b.txt", "c/e.txt", "e.txt", "to/b.txt"]);
  });

  stage.test("a picture is dragged as its row or nothing, and uploads nothing", {
    files: { "a.png": pngImage({ width: 40, height: 30, colorAt: () => [1, 2, 3] }), "c/d.txt": "d" },
  }, async (scene) => {
    await scene.open("/source/media");
    await scene.until("document.querySelector('.thumb').naturalWidth === 40");
    const thumbnail = `${rowOf("a.png")} .thumb`;
    assertEquals(await drag(scene, thumbnail, "header"), { marked: [], toast: "" });
    const over = await drag(scene, thumbnail, rowOf("c/"));
    assertEquals(over, { marked: ["c"], toast: "Move “a.png” to “c”" });
    await scene.sees("1 item moved to “c”");
    assertEquals(await scene.stored(), ["c/a.png", "c/d.txt"]);
    await scene.follow(link("c"));
    await scene.follow(link("a.png"));
    await scene.until("document.querySelector('.preview img').naturalWidth === 40");
    assertEquals(await dragAway(scene, ".preview img"), "");
    assertEquals(await scene.texts(".tray-row"), []);
  });

  stage.test("a folder is not dropped onto itself, nor a row onto a file", { files }, async (scene) => {
    await scene.open("/source/media");
    for (const target of ["c/", "a.txt"]) {
      assertEquals(await drag(scene, rowOf("c/"), rowOf(target)), { marked: [], toast: "" });
    }
    assertEquals(await scene.stored(), Object.keys(files));
  });

  stage.test("rows are cut, shown as such, and pasted into another folder", { files }, async (scene) => {
    await scene.open("/source/media");
    await choose(scene, ["a.txt", "b.txt"]);
    await withCtrl(scene, "x");
    await scene.sees("2 files cut");
    assertEquals(await scene.texts("tr.cut .name"), ["a.txt", "b.txt"]);
    await scene.follow(link("to"));
    await scene.sees("Move 2 files here");
    await paste(scene);
    await scene.sees("“b.txt” already exists");
    await scene.click(button("Keep both"));
    await untilListed(scene, ["a.txt", "b (2).txt", "b.txt"]);
    assertEquals(await scene.stored(), ["c/d/e.txt", "to/a.txt", "to/b (2).txt", "to/b.txt"]);
    assertEquals(await scene.texts(".clipboard"), []);
  });

  stage.test("the focused row is copied, and pasted as often as wanted, by key or button", { files }, async (scene) => {
    await scene.open("/source/media");
    await scene.keys("End");
    await scene.evaluate("document.querySelector('#files tbody tr:nth-child(3) td.name a').focus()");
    await withCtrl(scene, "c");
    await scene.click(button("Copy 1 file here"));
    await untilListed(scene, ["c", "to", "a (2).txt", "a.txt", "b.txt"]);
    await paste(scene);
    await untilListed(scene, ["c", "to", "a (2).txt", "a (3).txt", "a.txt", "b.txt"]);
    await scene.keys("Escape");
    await scene.until("!document.querySelector('.clipboard')");
  });

  stage.test("what was cut in another source is not pasted, which is said", {
    files,
    others: { other: createS3Source({ ...stage.seaweedFs.config, prefix: "row-moves-other" }) },
  }, async (scene) => {
    await scene.open("/source/media");
    await choose(scene, ["a.txt"]);
    await withCtrl(scene, "x");
    await scene.sees("1 file cut");
    await scene.open("/source/other");
    await paste(scene);
    await scene.sees("What was cut or copied is in another source");
    assertEquals(await scene.stored(), Object.keys(files));
    await scene.open("/source/media?folder=c%2F");
    await scene.sees("Move 1 file here");
  });

  stage.test("cut and paste leave text alone", { files }, async (scene) => {
    await scene.open("/source/media");
    await scene.click('aria/Select a.txt[role="checkbox"]');
    await scene.click("#filter");
    await withCtrl(scene, "x");
    await withCtrl(scene, "c");
    await scene.evaluate("getSelection().selectAllChildren(document.querySelector('.toolbar p'))");
    await scene.evaluate("document.activeElement.blur()");
    await withCtrl(scene, "c");
    assertEquals(await scene.evaluate("sessionStorage.getItem('clipboard')"), null);
  });

  stage.test("nothing is cut or dragged with credentials that can only read", {
    files,
    open: (prefix) => stage.tenants.open(prefix, { allow: ["read"] }),
  }, async (scene) => {
    await scene.open("/source/media");
    await scene.page.reload();
    await scene.page.focus("td.name a");
    await withCtrl(scene, "x");
    await withCtrl(scene, "c");
    assertEquals(await scene.evaluate("sessionStorage.getItem('clipboard')"), null);
  });
}

const rowOf = (path: string) => `#files tr[data-path="${path}"] td.name`;

async function withCtrl({ page }: Scene, key: "x" | "c"): Promise<void> {
  await page.keyboard.down("Control");
  await page.keyboard.press(key);
  await page.keyboard.up("Control");
}

/** Pastes without what is in the system's clipboard. */
async function paste(scene: Scene): Promise<void> {
  await scene.evaluate(
    `void document.body.dispatchEvent(new ClipboardEvent("paste", { bubbles: true, cancelable: true }))`,
  );
}

/** Drags from one element to another, and drops there; what was shown before. */
async function drag({ page, until, evaluate }: Scene, from: string, to: string, key?: "Control") {
  const start = await centreOf(page, from);
  const end = await centreOf(page, to);
  await page.mouse.move(start.x, start.y);
  // Dragging is loaded when the pointer first is above the table.
  await until(`(row => {
    row.dispatchEvent(new Event("pointerdown", { bubbles: true }));
    return row.draggable;
  })(document.querySelector("#files tbody tr"))`);
  await evaluate(
    `void addEventListener("dragover", ({ clientX, clientY }) => window.over = [clientX, clientY].join())`,
  );
  await page.mouse.down();
  if (key) await page.keyboard.down(key);
  await page.mouse.move(start.x + 60, start.y, { steps: 3 });
  // Chromium leaves out moves that follow too fast.
  for (let tries = 0; tries < 100; tries++) {
    await page.mouse.move(end.x - tries % 2, end.y);
    if (await evaluate("window.over") === `${end.x},${end.y}`) break;
  }
  const shown = await evaluate(`({
    marked: [...document.querySelectorAll(".drop")].map((one) => one.querySelector("bdi").textContent),
    toast: document.querySelector(".toast")?.textContent ?? "",
  })`);
  await page.mouse.up();
  if (key) await page.keyboard.up(key);
  return shown;
}

/** Drags an element of a page without a table, and drops it there; what was shown before. */
async function dragAway({ page, evaluate, until }: Scene, from: string): Promise<unknown> {
  const start = await centreOf(page, from);
  await evaluate(`void addEventListener("dragover", () => window.isOver = true)`);
  await page.mouse.move(start.x, start.y);
  await page.mouse.down();
  await page.mouse.move(start.x + 30, start.y + 30, { steps: 3 });
  await page.mouse.move(start.x + 100, start.y + 50, { steps: 20 });
  await until("window.isOver");
  const toast = await evaluate("document.querySelector('.toast')?.textContent ?? ''");
  await page.mouse.up();
  return toast;
}

async function centreOf(page: Scene["page"], selector: string): Promise<{ x: number; y: number }> {
  const box = await (await page.waitForSelector(selector))?.boundingBox();
  const { x = 0, y = 0, width = 0, height = 0 } = box ?? {};
  return { x: Math.round(x + Math.min(40, width / 2)), y: Math.round(y + height / 2) };
}
