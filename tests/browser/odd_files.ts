import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { idOf } from "../support/app_world.ts";
import { exifOf } from "../support/images.ts";
import type { Scene, Stage } from "./stage.ts";
import { button, link } from "./visitor.ts";

/** Registers the tests of files that are broken, empty, turned, or stored in another way than most. */
export function testOddFiles(stage: Stage): void {
  stage.test("the thumbnail of a large photograph stands as the photograph does", {}, async (scene) => {
    await scene.page.goto("about:blank");
    const [photo, thumbnail] = await Promise.all([jpegOf(scene, 800, 600), jpegOf(scene, 160, 120)]);
    const exif = exifOf({ orientation: 6, thumbnail: [...thumbnail] });
    const start = new Uint8Array([0xff, 0xd8, ...exif, ...photo.subarray(2)]);
    const file = new Uint8Array(1_200_000);
    file.set(start);
    await scene.source.upload("photo.jpg", file);
    await scene.open("/source/media");
    await scene.until("document.querySelector('.thumb').naturalHeight === 160");
    assertEquals(await scene.evaluate("document.querySelector('.thumb').naturalWidth"), 120);
    await scene.open(`/${idOf("photo.jpg")}`);
    await scene.until("document.querySelector('.preview img').naturalHeight === 800");
  });

  stage.test("broken pictures, videos and sounds say so, beside the download", {
    files: { "a.png": "broken", "a.mp4": "broken", "a.mp3": "broken", "a.mkv": "broken", "a.svg": "<svg" },
  }, async (scene) => {
    for (
      const [path, text] of [
        ["a.png", "This picture cannot be shown here."],
        ["a.svg", "This picture cannot be shown here."],
        ["a.mp4", "This video cannot be played here."],
        ["a.mkv", "This video cannot be played here."],
        ["a.mp3", "This audio cannot be played here."],
      ] as const
    ) {
      await scene.open(`/${idOf(path)}`);
      await scene.sees(text);
      assertEquals(await scene.texts(".preview :is(img, video, audio)"), []);
      assertEquals((await scene.download(".preview .button")).name, path);
    }
  });

  stage.test("an empty file says so, and a text can be written into it", { files: { "a.txt": "" } }, async (scene) => {
    await scene.open(`/${idOf("a.txt")}`);
    await scene.sees("This file is empty.");
    await scene.follow(link("Edit"));
    await scene.page.type("#editor textarea", "text");
    await scene.follow(button("Save")).catch(() => {});
    await scene.until(
      "document.querySelector('#saved')?.textContent === 'Saved' || !document.querySelector('#editor')",
    );
    assertEquals(new TextDecoder().decode(await scene.source.read("a.txt")), "text");
  });

  stage.test("text and CSV in UTF-16 and Windows-1252 are shown, and keep their encoding", {
    files: {
      "a.csv": new Uint8Array([0xff, 0xfe, ...[..."ü;€\r\n1;2"].flatMap((char) => utf16(char))]),
      "a.txt": new Uint8Array([0xfc, 0x20, 0x80]),
    },
  }, async (scene) => {
    await scene.open(`/${idOf("a.csv")}`);
    assertEquals(await scene.texts(".preview th"), ["ü", "€"]);
    assert((await scene.texts(".facts dd")).includes("UTF-16, little-endian"));
    await scene.open(`/${idOf("a.txt")}`);
    assertEquals(await scene.texts(".preview pre"), ["ü €"]);
    await scene.follow(link("Edit"));
    await scene.page.type("#editor textarea", "Ω");
    await save(scene);
    await scene.sees("This file is in Windows-1252, an encoding without “Ω”.");
    await scene.click(button("Close"));
    assertEquals([...await scene.source.read("a.txt")], [0xfc, 0x20, 0x80]);
    // Typing goes on at once.
    await scene.until("document.activeElement.tagName === 'TEXTAREA'");
    await scene.fill("#editor textarea", "ß“");
    await save(scene);
    await scene.until(
      "document.querySelector('#saved')?.textContent === 'Saved' || !document.querySelector('#editor')",
    );
    assertEquals([...await scene.source.read("a.txt")], [0xdf, 0x93]);
  });

  stage.test("times are those where the reader is", { files: { "a.txt": "x" } }, async (scene) => {
    await scene.page.emulateTimezone("Pacific/Kiritimati");
    const local = (time: string) =>
      `new Intl.DateTimeFormat([], { dateStyle: "medium", timeStyle: "medium" }).format(new Date(${time}.dateTime))`;
    await scene.open("/source/media");
    await scene.page.hover("#files time");
    const row = "document.querySelector('#files tbody time')";
    assertEquals(await scene.evaluate(`${row}.title`), await scene.evaluate(local(row)));
    await scene.open(`/${idOf("a.txt")}`);
    const fact = "document.querySelector('.facts small time')";
    await scene.until(`${fact}.textContent === ${local(fact)}`);
    await scene.open("/source/media/-/form/link?path=a.txt");
    await scene.follow(button("Make a link"));
    await scene.until(
      `document.querySelector('.sheet time').textContent === ${local("document.querySelector('.sheet time')")}`,
    );
  });

  stage.test("times are in UTC without scripts, which they say", {
    files: { "a.txt": "x" },
    script: false,
  }, async (scene) => {
    await scene.open(`/${idOf("a.txt")}`);
    assertStringIncludes((await scene.texts(".facts small")).join(), " UTC");
  });
}

const utf16 = (char: string) => [char.charCodeAt(0) & 255, char.charCodeAt(0) >> 8];

/** A JPEG that the browser makes. */
async function jpegOf({ evaluate }: Scene, width: number, height: number): Promise<Uint8Array<ArrayBuffer>> {
  const base64 = await evaluate(`(async () => {
    const canvas = Object.assign(document.createElement("canvas"), { width: ${width}, height: ${height} });
    const paint = canvas.getContext("2d");
    paint.fillStyle = "#48c";
    paint.fillRect(0, 0, ${width}, ${height / 2});
    const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg"));
    return new Uint8Array(await blob.arrayBuffer()).toBase64();
  })()`);
  return Uint8Array.fromBase64(String(base64));
}

async function save({ page }: Scene): Promise<void> {
  await page.keyboard.down("Control");
  await page.keyboard.press("s");
  await page.keyboard.up("Control");
}
