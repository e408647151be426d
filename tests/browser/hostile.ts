import { assert, assertEquals } from "@std/assert";
import { createS3Source, type S3Source } from "../../mod.ts";
import { createMemoryS3 } from "../../src/testing/mod.ts";
import { idOf } from "../support/app_world.ts";
import type { Stage } from "./stage.ts";
import { drop, localFiles, untilListed, untilUploaded } from "./upload_helpers.ts";
import { button, link } from "./visitor.ts";

/** Registers the tests of hostile files and file names. */
export function testHostileFiles(stage: Stage): void {
  const run = "globalThis.ran = true; document.title = 'ran'; alert('ran'); fetch('/-/files/sources.json')";
  const files = {
    "page.html": `<!DOCTYPE html><script>${run}</script><img src=x onerror="${run}">`,
    "image.svg":
      `<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9" onload="${run}"><script>${run}</script></svg>`,
    "page.xhtml": `<html xmlns="http://www.w3.org/1999/xhtml"><script>${run}</script></html>`,
    "notes.md": `<script>${run}</script>[x](javascript:alert(1))`,
    "data.json": `{"a": "</pre><script>${run}</script>"}`,
    "table.csv": `name\n"<script>${run}</script>"`,
  };

  for (const path of Object.keys(files)) {
    stage.test(`scripts in ${path} do not run, neither on its page nor at its own URL`, { files }, async (scene) => {
      // The browser logs each script that it blocks.
      scene.forgive(/^Blocked script execution|violates the following Content Security Policy/);
      const asked: string[] = [];
      scene.page.on("request", (request) => asked.push(new URL(request.url()).pathname));
      await scene.open(`/${idOf(path)}`);
      assertEquals(await scene.texts("h1"), [path]);
      const content = await scene.page.goto(`${scene.origin}/-/files/${idOf(path)}/content`).catch(() => null);
      if (content) assert([200, 304].includes(content.status()), `${content.status()}`);
      assertEquals(await scene.evaluate("typeof ran + document.title.includes('ran')"), "undefinedfalse");
      assertEquals(asked.filter((path) => path === "/-/files/sources.json"), []);
    });
  }

  stage.test("an HTML file is downloaded, not opened, even from its signed URL", { files }, async (scene) => {
    await scene.open(`/${idOf("page.html")}`);
    assertEquals(await scene.download(link("Download")), { name: "page.html", text: files["page.html"] });
    assertEquals(scene.page.url(), `${scene.origin}/-/files/${idOf("page.html")}`);
  });

  const names = [
    "<img src=x onerror=alert(1)>.txt",
    `"><svg onload=alert(1)>'.txt`,
    "&lt;b&gt;&amp;.txt",
    "invoice\u202Egpj.exe",
    "  spaces  .txt",
    "javascript:alert(1)",
    "back\\slash%2Fpercent+plus#hash?query.txt",
    "日本語 🎉 עברית.txt",
    `${"long ".repeat(199)}.txt`,
    `${"x".repeat(990)}.txt`,
  ];

  stage.test("names are shown as text, can be opened, and do not widen the page", {
    open: () => memorySource(names),
    downloads: { media: "direct" },
  }, async (scene) => {
    await scene.open("/source/media");
    const visible = names.map((name) => name.replace("\u202E", "\uFFFD"));
    assertEquals((await scene.names()).toSorted(), visible.map((name) => name.trim()).toSorted());
    for (const width of [1280, 390]) {
      await scene.page.setViewport({ width, height: 800 });
      assertEquals(await scene.evaluate("document.documentElement.scrollWidth"), width);
    }
    for (const [index, name] of names.entries()) {
      await scene.open(`/${idOf(name)}`);
      assertEquals(await scene.texts("h1"), [visible[index]?.trim()]);
      assertEquals(await scene.evaluate("document.documentElement.scrollWidth"), 390);
      assertEquals(await scene.page.$("article script, h1 img, h1 b"), null);
    }
  });

  stage.test("names are shown as text in dialogs", {
    open: () => memorySource(names),
    downloads: { media: "direct" },
  }, async (scene) => {
    await scene.open("/source/media");
    await scene.click("#select-all");
    await scene.click(button("Delete"));
    await scene.sees("Delete 10 files?");
    assertEquals(await scene.page.$("dialog img, dialog script"), null);
    assertEquals(await scene.evaluate("document.documentElement.scrollWidth"), 1280);
    await scene.click(button("Delete"));
    await scene.sees("10 files deleted");
    assertEquals(await scene.names(), []);
  });

  stage.test("names are shown as text during uploads", {}, async (scene) => {
    const [name = ""] = names;
    await localFiles({ [name]: "text" }, async (folder) => {
      await scene.open("/source/media");
      await drop(scene, [`${folder}/${name}`]);
      await untilUploaded(scene, 1);
    });
    await untilListed(scene, [name]);
    assertEquals(await scene.stored(), [name]);
  });
}

/** In memory, because SeaweedFS limits names to 255 bytes. */
function memorySource(names: readonly string[]): S3Source {
  const s3 = createMemoryS3();
  for (const key of names) s3.putObject({ bucket: "bucket", key, body: "text" });
  return createS3Source(s3.config, { fetch: s3.fetch });
}
