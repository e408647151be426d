import { assertEquals, assertThrows } from "@std/assert";
import { InvalidPathError } from "../../src/errors.ts";
import { RequestRefusal } from "../../src/app/failure.ts";
import { assertNewFile, assertNewFolder } from "../../src/app/files/new_path.ts";
import { formOf, SAME_ORIGIN } from "../support/app_stub.ts";
import { createWorld } from "../support/app_world.ts";

const BAD_NAMES = ["", "/", "a/", "a//", ".", "..", "\\", "a\\", ".\\a", "..\\a", "a\\..", "a\\..\\b", "x/."] as const;

for (const path of BAD_NAMES) {
  Deno.test(`assertNewFile() refuses ${JSON.stringify(path)}`, () => {
    const error = assertThrows(() => assertNewFile(path));
    assertEquals(error instanceof RequestRefusal || error instanceof InvalidPathError, true);
  });
}

for (const path of ["a", "..backup", "a..b", "a\\b", "x/a", "a b", "…"]) {
  Deno.test(`assertNewFile() and assertNewFolder() take ${JSON.stringify(path)}`, () => {
    assertNewFile(path);
    assertNewFolder(path);
    assertNewFolder(`${path}/`);
  });
}

/** Every way in which a file gets a name, as the status that it is answered with. */
const WAYS: Record<string, (world: ReturnType<typeof createWorld>, name: string) => Promise<Response>> = {
  "a form": ({ request }, name) => {
    const body = [
      "--b",
      `Content-Disposition: form-data; name="file"; filename="${name}"`,
      "Content-Type: text/plain",
      "",
      "hidden",
      "--b--",
      "",
    ].join("\r\n");
    const headers = { "content-type": "multipart/form-data; boundary=b", ...SAME_ORIGIN };
    return request("/source/media/-/form/upload?folder=album", { method: "POST", headers, body });
  },
  "prepare with a filename": ({ post }, filename) =>
    post("/upload/media/-/prepare", { filename, folder: "album", size: 1 }),
  "prepare with a path": ({ post }, name) =>
    post("/upload/media/-/prepare", { filename: "a", path: `album/${name}`, size: 1 }),
  "PUT content": ({ request }, name) =>
    request(`/source/media/-/content?path=${encodeURIComponent(`album/${name}`)}`, { method: "PUT", body: "hidden" }),
  "move": ({ post }, name) => post("/source/media/-/move", { from: "file", to: `album/${name}` }),
  "copy": ({ post }, name) => post("/source/media/-/copy", { from: "file", to: `album/${name}` }),
  "an edit": ({ request }, name) => {
    const body = new URLSearchParams({ path: `album/${name}`, text: "hidden", etag: "" });
    return request("/source/media/-/form/edit", { method: "POST", headers: SAME_ORIGIN, body });
  },
};

for (const [way, send] of Object.entries(WAYS)) {
  Deno.test(`${way} stores nothing under a name that is none`, async () => {
    const names = BAD_NAMES.filter((name) => !(way === "a form" && name === "x/."));
    for (const name of names) {
      const world = createWorld({ files: { file: "kept", "album/": "" } });
      const { status } = await send(world, name);
      assertEquals([name, status, world.paths(), world.textOf("album/")], [name, 400, ["album/", "file"], ""]);
    }
  });
}

for (const name of ["", "/", "a//", ".", "..", "\\", "a\\..", "..\\a/"]) {
  Deno.test(`a new folder is not called ${JSON.stringify(name)}`, async () => {
    const world = createWorld({ files: { "album/x": "" } });
    const body = new URLSearchParams({ name });
    const init = { method: "POST", headers: SAME_ORIGIN, body };
    assertEquals((await world.request("/source/media/-/form/folder?folder=album", init)).status, 400);
    assertEquals((await world.post("/source/media/-/move", { from: "album/", to: `b/${name}/` })).status, 400);
    assertEquals(world.paths(), ["album/x"]);
  });
}

Deno.test("a form in which no file was chosen stores nothing, and those with a folder's paths keep the names", async () => {
  const world = createWorld();
  const send = (body: FormData) =>
    world.request("/source/media/-/form/upload?folder=album", { method: "POST", headers: SAME_ORIGIN, body });
  const none = new FormData();
  none.append("file", new Blob([]), "");
  assertEquals((await send(none)).status, 400);
  assertEquals((await send(formOf({ "holiday/a.txt": "A" }))).status, 303);
  assertEquals(world.paths(), ["album/a.txt"]);
});
