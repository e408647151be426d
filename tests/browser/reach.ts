import { assertEquals, assertMatch } from "@std/assert";
import type { Transfer } from "../../src/options/app_options.ts";
import { idOf } from "../support/app_world.ts";
import type { Scene, Stage } from "./stage.ts";
import { FILE_FIELD, localFiles, untilUploaded } from "./upload_helpers.ts";

const FILES = { "a.txt": "Hello", "b.txt": "Hi" };

/** Registers the tests of browsers that do not reach the store. */
export function testReach(stage: Stage): void {
  const store = stage.seaweedFs.config.endpointUrl;

  for (const transfer of ["auto", "proxied"] as const) {
    stage.test(
      `${transfer}: everything works in a browser that cannot reach the store`,
      open(transfer),
      async (scene) => {
        scene.forgive(/net::ERR_BLOCKED_BY_CLIENT/);
        await scene.session.send("Network.enable");
        await scene.session.send("Network.setBlockedURLs", { urls: [`${store}/*`] });
        const asked = watchStore(scene, store);
        await work(scene);
        assertMatch(await linkOf(scene), /^http:\/\/127\.0\.0\.1:\d+\/-\/files\/shared\//);
        // The page tries once.
        assertEquals(asked, transfer === "auto" ? [`GET ${store}/`] : []);
      },
    );
  }

  for (const transfer of ["auto", "direct"] as const) {
    stage.test(`${transfer}: files travel between browser and store`, open(transfer), async (scene) => {
      const asked = watchStore(scene, store);
      await work(scene);
      assertEquals((await linkOf(scene)).startsWith(`${store}/`), true);
      assertEquals(asked[0] === `GET ${store}/`, transfer === "auto");
      assertEquals(asked.filter((request) => request.startsWith("PUT")).length, 1);
    });
  }
}

function open(transfer: Transfer) {
  return { files: FILES, downloads: { media: transfer } };
}

/** The requests that are for the store. */
function watchStore({ page }: Scene, store: string): string[] {
  const asked: string[] = [];
  page.on("request", (request) => {
    const url = request.url();
    if (url.startsWith(store) && request.method() !== "OPTIONS") asked.push(`${request.method()} ${url.split("?")[0]}`);
  });
  return asked;
}

/** Downloads at once, before the page can know whether it reaches the store, uploads, and shows a file. */
async function work(scene: Scene): Promise<void> {
  await scene.open("/source/media");
  assertEquals(await scene.download('.quick a[href$="/download"]'), { name: "a.txt", text: "Hello" });
  await localFiles({ "new.txt": "New" }, async (folder) => {
    await scene.choose(FILE_FIELD, [`${folder}/new.txt`]);
    await untilUploaded(scene, 1);
  });
  assertEquals(await scene.stored(), ["a.txt", "b.txt", "new.txt"]);
  await scene.follow("#files tbody tr:nth-child(2) .name a");
  await scene.sees("Hi");
  assertEquals(await scene.download("main a.primary"), { name: "b.txt", text: "Hi" });
}

/** The link that a script gets, which goes the way of downloads. */
async function linkOf(scene: Scene): Promise<string> {
  const api = `/-/files/${idOf("b.txt")}/link`;
  return String(await scene.evaluate(`fetch("${api}").then((response) => response.json()).then(({ url }) => url)`));
}
