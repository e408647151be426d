import { assert, assertEquals } from "@std/assert";
import { idOf } from "../support/app_world.ts";
import { THUMBNAIL_FOLDER } from "../../src/app/files/hidden.ts";
import { pngImage } from "./sample_media.ts";
import type { Scene, Stage } from "./stage.ts";
import { drop, eventually, localFiles, untilListed, untilUploaded } from "./upload_helpers.ts";
import { button, link } from "./visitor.ts";

/** A picture whose colours differ from pixel to pixel, so that it cannot be compressed. */
function noise(width: number, height: number): Uint8Array<ArrayBuffer> {
  let seed = 1;
  const next = () => (seed = Math.imul(seed, 1_103_515_245) + 12_345 >>> 0) >>> 24;
  return pngImage({ width, height, colorAt: () => [next(), next(), next()] });
}

const tiny = (red: number) => pngImage({ width: 40, height: 30, colorAt: () => [red, 120, 200] });
const PICTURES = { "a.png": tiny(10), "b.png": tiny(90), "c.png": tiny(160), "d.png": tiny(240), "e.png": tiny(60) };

/** Registers the tests of the grid, of thumbnails, and of the steps between files. */
export function testPictures(stage: Stage): void {
  stage.test("a folder becomes a grid, and the next one is one too", {
    files: { ...PICTURES, "sub/f.png": tiny(1), "sub/g.txt": "text" },
  }, async (scene) => {
    await scene.open("/source/media");
    await scene.click(link("As a grid"));
    assertEquals(await scene.evaluate("document.querySelector('#files').className"), "tiles");
    await scene.until("[...document.querySelectorAll('.thumb')].every((image) => image.naturalWidth === 40)");
    const tops = await scene.page.$$eval(
      "#files tbody tr",
      (rows) => rows.map((row) => row.getBoundingClientRect().top),
    );
    assertEquals(new Set(tops).size, 1);
    const backings = await scene.evaluate(`[
      getComputedStyle(document.querySelector("#files .quick a")).backgroundColor,
      getComputedStyle(document.querySelector("#files td.pick input")).boxShadow.split(" 0px")[0],
    ]`);
    assertEquals(backings, ["rgb(255, 255, 255)", "rgb(255, 255, 255)"]);
    await scene.follow(link("sub"));
    assertEquals(await scene.evaluate("document.querySelector('#files').className"), "tiles");
    assertEquals(await scene.names(), ["f.png", "g.txt"]);
    await scene.click(link("As a list"));
    await scene.page.reload();
    assertEquals(await scene.evaluate("document.querySelector('#files').className"), "");
  });

  stage.test("without scripts, a link shows a folder as a grid, and it stays one", {
    script: false,
    files: { ...PICTURES, "sub/f.png": tiny(1) },
  }, async (scene) => {
    await scene.open("/source/media");
    await scene.follow(link("As a grid"));
    await scene.follow(link("sub"));
    assertEquals((await scene.page.$$("#files.tiles tbody tr")).length, 1);
  });

  stage.test("in a grid, arrow keys go in both directions, and Space and Shift select", {
    files: PICTURES,
  }, async (scene) => {
    await scene.page.setViewport({ width: 700, height: 800 });
    await scene.open("/source/media?view=grid");
    const columns = Number(
      await scene.evaluate(
        "getComputedStyle(document.querySelector('#files tbody')).gridTemplateColumns.split(' ').length",
      ),
    );
    assertEquals(columns, 4);
    await scene.keys("ArrowDown");
    assertEquals(await focused(scene), "a.png");
    await scene.keys("ArrowRight", "ArrowRight");
    assertEquals(await focused(scene), "c.png");
    await scene.keys("ArrowLeft", "ArrowLeft", "ArrowDown");
    assertEquals(await focused(scene), "e.png");
    await scene.keys("ArrowUp", "Space");
    await scene.page.keyboard.down("Shift");
    await scene.keys("ArrowRight");
    await scene.page.keyboard.up("Shift");
    assertEquals(await selected(scene), ["a.png", "b.png"]);
    await scene.click('aria/Select d.png[role="checkbox"]');
    assertEquals(await selected(scene), ["a.png", "b.png", "d.png"]);
    await scene.click(button("Delete"));
    await scene.sees("Delete 3 files?");
    await scene.keys("Tab", "Enter");
    await scene.until("document.querySelectorAll('#files tbody tr').length === 2");
    assertEquals(await scene.stored(), ["c.png", "e.png"]);
  });

  stage.test("the browser makes a thumbnail of a large picture that it uploads", {}, async (scene) => {
    await localFiles({ "large.png": noise(900, 600), "small.png": tiny(20) }, async (folder) => {
      await scene.open("/source/media?view=grid");
      await drop(scene, [`${folder}/large.png`, `${folder}/small.png`]);
      await untilUploaded(scene, 2);
      await untilListed(scene, ["large.png", "small.png"]);
      const beside = `${THUMBNAIL_FOLDER}large.png`;
      assertEquals(await scene.stored(), [beside, "large.png", "small.png"]);
      const { size = 0 } = await scene.source.stat(beside) ?? {};
      assert(size > 1_000 && size <= 65_536, `${size} bytes`);
      const width = "document.querySelector('.thumb[src*=thumbnail]').naturalWidth";
      await scene.until(`${width} > 100 && ${width} <= 512`);
      await scene.page.reload();
      assertEquals(await scene.names(), ["large.png", "small.png"]);
      await scene.until(`${width} <= 512 && ${width} > 100`);
      await scene.click('aria/Select large.png[role="checkbox"]');
      await scene.click(button("Delete"));
      await scene.page.waitForSelector("dialog[open]");
      await scene.keys("Tab", "Enter");
      await eventually(async () => (await scene.stored()).join() === "small.png");
    });
  });

  stage.test("a photograph that was held upright has an upright thumbnail", {}, async (scene) => {
    await scene.page.goto("about:blank");
    const photo = Uint8Array.fromBase64(String(await scene.evaluate(JPEG)));
    await localFiles({ "turned.jpg": turned(photo) }, async (folder) => {
      await scene.open("/source/media");
      await drop(scene, [`${folder}/turned.jpg`]);
      await untilListed(scene, ["turned.jpg"]);
      const image = "document.querySelector('.thumb')";
      await scene.until(`${image}.naturalHeight > ${image}.naturalWidth && ${image}.naturalHeight <= 512`);
      assertEquals((await scene.stored())[0], `${THUMBNAIL_FOLDER}turned.jpg`);
    });
  });

  stage.test("what only looks like a picture is uploaded without a thumbnail", {}, async (scene) => {
    await localFiles({ "broken.png": new Uint8Array(300_000).fill(7) }, async (folder) => {
      await scene.open("/source/media");
      await drop(scene, [`${folder}/broken.png`]);
      await untilListed(scene, ["broken.png"]);
      assertEquals(await scene.stored(), ["broken.png"]);
      // The server shows an icon.
      const isShown = "document.querySelector('#files td.name .thumb')?.naturalWidth > 0";
      await scene.until(isShown);
      await scene.page.reload();
      await scene.until(isShown);
    });
  });

  stage.test("arrow keys and links go through the files of a folder, and Back to the folder", {
    files: { ...PICTURES, "f.bin": "text" },
  }, async (scene) => {
    await scene.open("/source/media?sort=name&order=desc");
    await scene.follow(link("d.png"));
    await scene.sees("2 of 5");
    const press = async (key: "ArrowLeft" | "ArrowRight") => {
      await Promise.all([scene.page.waitForNavigation(), scene.keys(key)]);
      return (await scene.texts("h1")).join();
    };
    assertEquals([await press("ArrowRight"), await press("ArrowRight")], ["c.png", "b.png"]);
    assertEquals(await press("ArrowLeft"), "c.png");
    await scene.follow(link("Next: b.png"));
    await scene.follow(link("Next: a.png"));
    await scene.keys("ArrowRight");
    assertEquals(await scene.texts("h1"), ["a.png"]);
    await scene.page.goBack();
    assertEquals((await scene.names()).at(0), "f.bin");
  });

  stage.test("without scripts, links go through the files of a folder", {
    script: false,
    files: PICTURES,
  }, async (scene) => {
    await scene.open(`/${idOf("a.png")}`);
    await scene.follow(link("Next: b.png"));
    await scene.follow(link("Previous: a.png"));
    assertEquals(await scene.texts("h1"), ["a.png"]);
  });

  stage.test("arrow keys leave a table, a film and a field what is theirs", {
    files: { "a.csv": "a,b\n1,2\n3,4", "b.png": tiny(1) },
  }, async (scene) => {
    await scene.open(`/${idOf("a.csv")}`);
    await scene.page.focus("#search");
    await scene.keys("ArrowRight");
    await scene.page.focus(".preview [tabindex]");
    await scene.keys("ArrowRight");
    assertEquals(await scene.texts("h1"), ["a.csv"]);
  });
}

/** A JPEG that is wider than high, in base64. */
const JPEG = `(async () => {
  const canvas = new OffscreenCanvas(1200, 800);
  const paint = canvas.getContext("2d");
  for (let x = 0; x < 1200; x += 4) for (let y = 0; y < 800; y += 4) {
    paint.fillStyle = "rgb(" + [x * 7919 % 256, y * 104729 % 256, (x * y) % 256] + ")";
    paint.fillRect(x, y, 4, 4);
  }
  const blob = await canvas.convertToBlob({ type: "image/jpeg", quality: 1 });
  return new Uint8Array(await blob.arrayBuffer()).toBase64();
})()`;

/** The same with Exif data that say that the camera was turned. */
function turned(jpeg: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const text = (value: string) => [...new TextEncoder().encode(value)];
  // One entry: the orientation, 6.
  const tiff = [...text("MM"), 0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0];
  const exif = [...text("Exif"), 0, 0, ...tiff];
  const segment = [0xff, 0xe1, 0, exif.length + 2, ...exif];
  return new Uint8Array([...jpeg.subarray(0, 2), ...segment, ...jpeg.subarray(2)]);
}

/** The name of the focused row. */
async function focused({ evaluate }: Scene): Promise<string> {
  return String(await evaluate("document.activeElement.querySelector('bdi')?.textContent"));
}

/** The selected paths. */
function selected({ page }: Scene): Promise<string[]> {
  return page.$$eval("#files input[name=path]:checked", (boxes) => boxes.map((box) => box.getAttribute("value") ?? ""));
}
