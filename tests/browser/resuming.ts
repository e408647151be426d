import { assert, assertEquals } from "@std/assert";
import type { HTTPRequest } from "puppeteer-core";
import { someBytes } from "./sample_media.ts";
import type { Scene, Stage } from "./stage.ts";
import {
  assertNothingLeft,
  assertStored,
  FILE_FIELD,
  limitSpeed,
  localFiles,
  untilBarAt,
  untilUploaded,
} from "./upload_helpers.ts";
import { button } from "./visitor.ts";

/** Registers the tests of uploads that a closed tab has left. */
export function testResuming(stage: Stage): void {
  const bytes = someBytes(60_000_000);

  /** Leaves the page in the middle of an upload, and chooses the file again in a new one. */
  async function interrupt(scene: Scene, folder: string): Promise<string[]> {
    const requests: string[] = [];
    scene.page.on("request", (request: HTTPRequest) => {
      const { pathname, searchParams } = new URL(request.url());
      if (request.method() === "PUT") requests.push(`part ${searchParams.get("partNumber")}`);
      else if (request.method() === "POST") requests.push(pathname.replace(/.*\//, ""));
    });
    await scene.open("/source/media");
    // The last of four parts does not arrive.
    scene.forgive(/net::ERR_BLOCKED_BY_CLIENT/);
    await scene.session.send("Network.enable");
    await scene.session.send("Network.setBlockedURLs", { urls: ["*partNumber=4*"] });
    await scene.choose(FILE_FIELD, [`${folder}/large.bin`]);
    await untilBarAt(scene, 83);
    await scene.follow(".home");
    await scene.session.send("Network.setBlockedURLs", { urls: [] });
    assertEquals((await stage.seaweedFs.listUploads(scene.prefix)).length, 1);
    requests.length = 0;
    await scene.open("/source/media");
    await scene.choose(FILE_FIELD, [`${folder}/large.bin`]);
    await scene.sees("Resume the upload of “large.bin”?");
    return requests;
  }

  stage.test("an upload that a closed tab has left is resumed with the parts that are stored", {}, async (scene) => {
    await localFiles({ "large.bin": bytes }, async (folder) => {
      const requests = await interrupt(scene, folder);
      await scene.click(button("Resume"));
      await untilUploaded(scene, 1);
      assertEquals(requests.filter((request) => request === "prepare"), []);
      assert(requests.filter((request) => request.startsWith("part ")).length < 4, requests.join());
      assertEquals(await scene.evaluate("localStorage.getItem('files-unfinished')"), null);
    });
    await assertStored(scene, "large.bin", bytes);
    assertEquals(await stage.seaweedFs.listUploads(scene.prefix), []);
  });

  stage.test("an upload that a closed tab has left can start over, and leaves nothing", {}, async (scene) => {
    await localFiles({ "large.bin": bytes }, async (folder) => {
      const requests = await interrupt(scene, folder);
      await limitSpeed(scene, 5_000_000);
      await scene.click(button("Start over"));
      await scene.until("document.querySelector('.tray-row')?.dataset.state === 'running'");
      await scene.click(button("Cancel large.bin"));
      await scene.until("document.querySelectorAll('.tray-row').length === 0");
      assertEquals(requests.slice(0, 2), ["abort", "prepare"]);
    });
    await assertNothingLeft(stage, scene);
    assertEquals(await scene.evaluate("localStorage.getItem('files-unfinished')"), null);
  });
}
