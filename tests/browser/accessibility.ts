import { assertEquals } from "@std/assert";
import AXE from "axe-core";
import { idOf } from "../support/app_world.ts";
import { largeFolder } from "./large_folder.ts";
import { pngImage } from "./sample_media.ts";
import type { Scene, SceneOptions, Stage } from "./stage.ts";
import { FILE_FIELD, limitSpeed, localFiles, untilBarAt } from "./upload_helpers.ts";
import { button, field, link } from "./visitor.ts";

const PROVIDER = { issuer: "https://id.example.com", clientId: "files" };

/** Registers the tests of accessibility. https://github.com/dequelabs/axe-core */
export function testAccessibility(stage: Stage): void {
  const files = {
    "a/in.txt": "text",
    "data.json": '{"a":1}',
    "image.png": pngImage({ width: 8, height: 8, colorAt: () => [9, 9, 9] }),
    "note.md": "# Note\n\nSee [data](data.json) and `code`.\n\n> quote\n\n| a | b |\n|---|---|\n| 1 | 2 |",
    "table.csv": "a,b\n1,2",
    "program.bin": "text",
    "empty.txt": "",
    "broken.png": "broken",
    "\u00DC.txt": "",
    "U\u0308.txt": "",
  };
  const test = (name: string, act: (scene: Scene) => Promise<void>, options: SceneOptions = {}) =>
    stage.test(`axe finds nothing on ${name}, light and dark, wide and narrow`, { files, ...options }, act);

  for (
    const [name, path] of [
      ["the sources", ""],
      ["a folder", "/source/media"],
      ["a folder as a grid", "/source/media?view=grid"],
      ["an upload page", "/upload/media"],
      ["the size of a folder", "/source/media/-/size?folder=a%2F"],
      ["a search", "/search?q=a"],
      ["a search without hits", "/search?q=zzz"],
      ["a search to be narrowed", "/search?kind=picture&min_size=1+B"],
      ["a page that does not exist", "/source/none"],
    ] as const
  ) {
    test(name, async (scene) => {
      await scene.open(path);
      await assertAccessible(scene);
    });
  }

  test("the page to share, a shared folder, a file in it, and a link that has ended", async (scene) => {
    await scene.open("/source/media/-/form/link?path=a%2F");
    await assertAccessible(scene);
    await scene.follow(button("Make a link"));
    await assertAccessible(scene);
    const url = await scene.page.$eval(".sheet input.mono", (input) => input.getAttribute("value") ?? "");
    for (const shared of [url, `${url}/file?path=in.txt`, `${url}x`]) {
      await scene.page.goto(shared);
      await assertAccessible(scene);
    }
  });

  test("an empty folder", async (scene) => {
    await scene.open("/source/media?folder=none%2F");
    await scene.sees("This folder is empty.");
    await assertAccessible(scene);
  });

  test("the pages of files", async (scene) => {
    for (const path of Object.keys(files)) {
      await scene.open(`/${idOf(path)}`);
      await assertAccessible(scene);
    }
  });

  test("the pages of forms", async (scene) => {
    for (
      const path of [
        ...["delete", "rename", "move", "copy", "link"].map((form) => `${form}?path=note.md`),
        "folder",
      ]
    ) {
      await scene.open(`/source/media/-/form/${path}`);
      await assertAccessible(scene);
    }
  });

  test("the pages of a login", async (scene) => {
    for (const path of ["", "/-/login", "/-/logout"]) {
      await scene.open(path);
      await assertAccessible(scene);
    }
  }, { login: { oidc: { one: PROVIDER, other: { ...PROVIDER, actorPrefix: "other:" } } }, permissions: {} });

  test("the page of a person, and on a new access token", async (scene) => {
    await scene.open("/-/account");
    await scene.fill(field("Name"), "nightly");
    for (const name of ["media", "browse", "change"]) await scene.click(`aria/${name}[role="checkbox"]`);
    await scene.follow(button("Make an access token"));
    await assertAccessible(scene);
    await scene.follow(link("Back"));
    await assertAccessible(scene);
    await scene.follow(button("Revoke nightly"));
    await scene.until("!document.body.textContent.includes('nightly')");
  }, {
    authenticate: () => ({ id: "alice", name: "Alice", email: "alice@example.com", groups: ["staff", "all"] }),
    login: { tokens: {} },
  });

  test("a selected row, and on the dialogs to delete, move and rename it", async (scene) => {
    await scene.open("/source/media");
    await scene.click('aria/Select note.md[role="checkbox"]');
    await assertAccessible(scene);
    for (const name of ["Delete", "Rename", "Move"]) {
      await scene.click(button(name));
      await scene.page.waitForSelector("dialog[open]");
      await assertAccessible(scene);
      await scene.keys("Escape");
      await scene.until("!document.querySelector('dialog[open]')");
    }
    await scene.click(button("Clear"));
    await scene.keys("F2");
    await scene.page.waitForSelector("dialog[open]");
    await assertAccessible(scene);
  });

  test("open menus, the list of keys and a folder far down", async (scene) => {
    await scene.open("/source/media?folder=one%2Ftwo%2Fthree%2Ffour%2Ffive%2Fsix%2F");
    for (const menu of [".upload-menu", ".sources", ".crumbs ol .menu"]) {
      await scene.click(`${menu} summary`);
      await assertAccessible(scene);
    }
    await scene.keys("Escape", "?");
    await scene.page.waitForSelector("dialog[open]");
    await assertAccessible(scene);
  });

  test("a page of which all rows are selected", async (scene) => {
    await scene.open("/source/media");
    await scene.click("#select-all");
    await scene.page.waitForSelector(".select-rest");
    await assertAccessible(scene);
  }, { open: () => largeFolder(250), downloads: { media: "direct" } });

  test("rows that were cut, a new folder inside the dialog to move, and what was moved", async (scene) => {
    await scene.open("/source/media");
    await scene.click('aria/Select note.md[role="checkbox"]');
    await scene.page.keyboard.down("Control");
    await scene.keys("x");
    await scene.page.keyboard.up("Control");
    await scene.sees("1 file cut");
    await assertAccessible(scene);
    // On a phone, the button is in a menu.
    await scene.page.setViewport({ width: 1280, height: 800 });
    await scene.click(button("Move"));
    await scene.click("dialog .new-folder > button");
    await scene.keys("Escape");
    await scene.click('aria/a[role="option"]');
    await assertAccessible(scene);
    await scene.click(button("Move here"));
    await scene.sees("1 item moved to “a”");
    await assertAccessible(scene);
  });

  test("the editor, and on its conflict", async (scene) => {
    await scene.open("/source/media/-/form/edit?path=note.md");
    await assertAccessible(scene);
    await scene.fill(field("Text"), "# Mine");
    await scene.source.upload("note.md", "# Theirs");
    await scene.click(button("Save"));
    await scene.page.waitForSelector("dialog[open]");
    await assertAccessible(scene);
  });

  test("running uploads, and on a taken name", async (scene) => {
    await localFiles({ "large.bin": new Uint8Array(2_000_000), "note.md": "new" }, async (folder) => {
      await scene.open("/source/media");
      await limitSpeed(scene, 100_000);
      await scene.choose(FILE_FIELD, [`${folder}/large.bin`]);
      await untilBarAt(scene, 1);
      await assertAccessible(scene);
      await scene.choose(FILE_FIELD, [`${folder}/note.md`]);
      await scene.page.waitForSelector("dialog[open]");
      await assertAccessible(scene);
    });
  });
}

async function assertAccessible({ page }: Scene): Promise<void> {
  await page.evaluate(AXE.source);
  for (const value of ["light", "dark"]) {
    await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value }]);
    for (const width of [1280, 390]) {
      await page.setViewport({ width, height: 800 });
      const problems = await page.evaluate(`axe.run().then(({ passes, violations }) => [
        ...passes.length < 10 ? ["only " + passes.length + " rules had something to look at"] : [],
        ...violations.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => [id, html, failureSummary].join(" "))),
      ])`);
      assertEquals(problems, [], `${page.url()}, ${value}, ${width} px`);
    }
  }
  await page.setViewport({ width: 1280, height: 800 });
}
