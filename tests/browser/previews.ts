import { assert, assertEquals, assertMatch } from "@std/assert";
import { idOf } from "../support/app_world.ts";
import { pdfPage, pngImage, wavTone } from "./sample_media.ts";
import type { Stage } from "./stage.ts";

/** Registers the tests of the file page. */
export function testPreviews(stage: Stage): void {
  stage.test("images are shown and audio can be played", {
    files: {
      "image.png": pngImage({ width: 40, height: 30, colorAt: () => [10, 120, 200] }),
      "image.svg":
        '<svg xmlns="http://www.w3.org/2000/svg" width="70" height="50"><rect width="70" height="50"/></svg>',
      "tone.wav": wavTone(),
    },
  }, async (scene) => {
    for (const [path, width] of [["image.png", 40], ["image.svg", 70]] as const) {
      await scene.open(`/${idOf(path)}`);
      await scene.until(`document.querySelector('.preview img').naturalWidth === ${width}`);
    }
    await scene.open(`/${idOf("tone.wav")}`);
    await scene.until("document.querySelector('.preview audio').duration === 1");
  });

  stage.test("a video can be played", {}, async (scene) => {
    await scene.page.goto("about:blank");
    const film = Uint8Array.fromBase64(String(await scene.evaluate(RECORD)));
    await scene.source.upload("film.webm", film);
    await scene.open(`/${idOf("film.webm")}`);
    await scene.until("document.querySelector('.preview video').videoWidth === 64");
  });

  stage.test("a PDF is shown in a frame", { files: { "page.pdf": pdfPage("Report") } }, async (scene) => {
    const answered = scene.page.waitForResponse((response) => response.url().endsWith("/content"));
    await scene.open(`/${idOf("page.pdf")}`);
    assertEquals((await answered).headers()["content-type"], "application/pdf");
    await scene.page.waitForSelector(".preview iframe");
  });

  stage.test("text is shown as text, JSON formatted, CSV as a table", {
    files: {
      "note.txt": "one\n  two",
      "data.json": '{"a":[1,2],"b":null}',
      "table.csv": 'name,size\n"a, b",1\nc,2',
    },
  }, async (scene) => {
    const textOf = async (path: string) => {
      await scene.open(`/${idOf(path)}`);
      return await scene.page.$eval(".preview pre", (pre) => pre.textContent);
    };
    assertEquals(await textOf("note.txt"), "one\n  two");
    assertEquals(JSON.parse(await textOf("data.json") ?? ""), { a: [1, 2], b: null });
    assertMatch(await textOf("data.json") ?? "", /^\{\n {2}"a"/);
    await scene.open(`/${idOf("table.csv")}`);
    assertEquals(await scene.texts(".preview th"), ["name", "size"]);
    assertEquals(await scene.texts(".preview td"), ["a, b", "1", "c", "2"]);
  });

  stage.test(
    "the facts of a file are shown, and its path can be copied",
    { files: { "a/b.txt": "12345" } },
    async (scene) => {
      await scene.page.browserContext().overridePermissions(scene.origin, [
        "clipboard-read",
        "clipboard-sanitized-write",
      ]);
      await scene.open(`/${idOf("a/b.txt")}`);
      const facts = await scene.texts(".facts dd");
      assert(facts.includes("5 B"), facts.join("|"));
      await scene.click("aria/Copy the path");
      await scene.sees("Text copied");
      assertEquals(await scene.evaluate("navigator.clipboard.readText()"), "a/b.txt");
    },
  );
}

/** Records a canvas as WebM, in base64. */
const RECORD = `(async () => {
  const canvas = Object.assign(document.createElement("canvas"), { width: 64, height: 48 });
  const paint = canvas.getContext("2d");
  const recorder = new MediaRecorder(canvas.captureStream(30), { mimeType: "video/webm;codecs=vp8" });
  const chunks = [];
  recorder.ondataavailable = ({ data }) => chunks.push(data);
  const stopped = new Promise((resolve) => recorder.onstop = resolve);
  recorder.start();
  for (let frame = 0; frame < 10; frame++) {
    paint.fillStyle = "hsl(" + frame * 30 + " 80% 50%)";
    paint.fillRect(0, 0, 64, 48);
    await new Promise(requestAnimationFrame);
  }
  recorder.stop();
  await stopped;
  return new Uint8Array(await new Blob(chunks).arrayBuffer()).toBase64();
})()`;
