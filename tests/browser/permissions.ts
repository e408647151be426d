import { assertEquals } from "@std/assert";
import type { Permissions } from "../../src/app/mod.ts";
import { idOf } from "../support/app_world.ts";
import type { Scene, SceneOptions, Stage } from "./stage.ts";

/** Registers the tests of which actions are offered. */
export function testPermissions(stage: Stage): void {
  const test = (name: string, options: SceneOptions, expected: Offer) =>
    stage.test(`${name} is not offered`, { files: { "a.txt": "text" }, ...options }, async (scene) => {
      assertEquals(await offerOf(scene), expected);
      await scene.open("/source/media");
      await scene.keys("ArrowDown", "F2", "Delete");
      if (expected.file.includes("Delete")) {
        await scene.page.waitForSelector("dialog[open] .danger, dialog[open] input");
      } else {
        // Dialogs open in turn: none came before this one.
        await scene.keys("?");
        await scene.page.waitForSelector("dialog[open] .keys");
      }
    });

  const browse: Permissions = { "files-browse": true };
  const everything = ["Copy", "Delete", "Download", "Edit", "Move", "Rename", "Share"];
  test("an action without permission", { permissions: browse }, {
    folder: ["Download"],
    file: ["Download", "Share"],
  });
  test("deleting without permission", {
    permissions: { ...browse, "files-upload": true, "files-edit": true },
  }, { folder: ["Copy", "Download", "New folder", "Upload"], file: ["Copy", "Download", "Edit", "Share"] });
  test(
    "uploading without permission",
    { permissions: { ...browse, "files-edit": true, "files-delete": true } },
    {
      folder: ["Delete", "Download", "Move", "Rename"],
      file: everything.filter((name) => name !== "Copy"),
    },
  );
  test("writing with read-only credentials", {
    open: (prefix) => stage.tenants.open(prefix, { allow: ["read"] }),
  }, { folder: ["Download"], file: ["Download", "Share"] });
  test("deleting with credentials that can only read and write", {
    open: (prefix) => stage.tenants.open(prefix, { allow: ["read", "write"] }),
  }, { folder: ["Copy", "Download", "New folder", "Upload"], file: ["Copy", "Download", "Edit", "Share"] });

  stage.test("an empty folder says when the credentials are read-only", {
    open: (prefix) => stage.tenants.open(prefix, { allow: ["read"] }),
  }, async (scene) => {
    await scene.open("/source/media");
    await scene.page.reload();
    assertEquals(await scene.texts("#empty p"), ["These credentials can read here but not write."]);
  });

  stage.test("a source without files-browse is neither listed nor opened", { permissions: {} }, async (scene) => {
    await scene.open("");
    assertEquals(await scene.texts(".cards a"), []);
    assertEquals((await scene.page.goto(`${scene.origin}/-/files/source/media`))?.status(), 403);
  });
}

interface Offer {
  /** Actions on the folder page. */
  readonly folder: string[];
  /** Actions on the file page. */
  readonly file: string[];
}

async function offerOf(scene: Scene): Promise<Offer> {
  await scene.open("/source/media");
  // The app learns at the first visit what the credentials allow.
  await scene.page.reload();
  const folder = await scene.texts(
    ".selection-bar [data-action]:not([data-action=clear]), .bar [data-action], " +
      ".toolbar [data-action]:not([data-action=size], [data-action=archive])",
  );
  await scene.open(`/${idOf("a.txt")}`);
  return { folder: folder.toSorted(), file: (await scene.texts("#file header a")).toSorted() };
}
