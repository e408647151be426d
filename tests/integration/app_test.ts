import { assertEquals } from "@std/assert";
import { createFilesApp } from "../../src/app/mod.ts";
import { createS3Source } from "../../mod.ts";
import { EVERYTHING } from "../support/app_stub.ts";
import { assertAsDocumented } from "../support/openapi_check.ts";
import { useSeaweedFs } from "./seaweedfs.ts";

const MIB = 1024 ** 2;
const weed = await useSeaweedFs();

if (weed) {
  /** An app for a new folder. */
  const createWorld = () => {
    const source = createS3Source({ ...weed.config, prefix: crypto.randomUUID() });
    const app = createFilesApp({ sources: { media: source }, permissions: EVERYTHING });
    const ask = async (path: string, init?: RequestInit) => {
      const request = new Request(new URL(path, "http://127.0.0.1:8001/-/files/"), init);
      const response = await app(request);
      await assertAsDocumented(request, response);
      return response;
    };
    const post = async (path: string, body: unknown) => {
      const response = await ask(path, { method: "POST", body: JSON.stringify(body) });
      return { status: response.status, ...await response.json() };
    };
    const listOf = async (folder: string) => {
      const { folders, files } = await (await ask(`source/media.json?folder=${encodeURIComponent(folder)}`)).json();
      return [...folders, ...files].map(({ path }: { path: string }) => path);
    };
    return { source, ask, post, listOf };
  };

  Deno.test("the app makes, fills, moves and deletes folders on SeaweedFS", async () => {
    const { ask, post, listOf } = createWorld();
    assertEquals((await post("source/media/-/folder", { path: "new" })).status, 201);
    assertEquals((await post("source/media/-/folder", { path: "new" })).status, 409);
    assertEquals([await listOf(""), await listOf("new")], [["new/"], []]);
    await ask("source/media/-/content?path=new/a.txt", { method: "PUT", body: "A" });
    const moved = await post("source/media/-/move", { from: "new/", to: "moved/" });
    assertEquals([moved.ok, moved.errors], [true, []]);
    assertEquals([await listOf(""), await listOf("moved")], [["moved/"], ["moved/a.txt"]]);
    assertEquals((await post("source/media/-/delete", { paths: ["moved/"] })).ok, true);
    assertEquals(await listOf(""), []);
  });

  for (const hasMarkers of [true, false]) {
    Deno.test(`the app deletes, moves and renames folders in folders ${hasMarkers ? "with" : "without"} markers on SeaweedFS`, async () => {
      const { source, ask, post, listOf } = createWorld();
      const make = async (folder: string) => {
        if (hasMarkers) {
          for (const path of [folder, `${folder}/sub`, `${folder}/sub/empty`]) {
            assertEquals((await post("source/media/-/folder", { path })).status, 201);
          }
        }
        for (const path of ["a", "sub/b", "sub/deep/c"]) await source.upload(`${folder}/${path}`, path);
      };
      const filesOf = async (prefix: string) =>
        (await Array.fromAsync(source.walk({ prefix }))).map(({ path }) => path);
      await make("album");
      const moved = await post("source/media/-/move", { from: "album/", to: "renamed/" });
      assertEquals([moved.ok, moved.errors], [true, []]);
      assertEquals([await listOf(""), await listOf("album"), await listOf("album/sub")], [["renamed/"], [], []]);
      assertEquals((await filesOf("renamed/")).filter((path) => !path.endsWith("/")), [
        "renamed/a",
        "renamed/sub/b",
        "renamed/sub/deep/c",
      ]);
      const form = (action: string, fields: [string, string][]) =>
        ask(`source/media/-/${action}`, { method: "POST", body: new URLSearchParams(fields) });
      const paged = await form("form/move", [["path", "renamed/"], ["to", "again/"], ["confirmed", "1"]]);
      assertEquals([paged.status, await listOf("")], [303, ["again/"]]);
      const deleted = await form("form/delete", [["path", "again/"], ["confirmed", "1"]]);
      assertEquals([deleted.status, await listOf(""), await listOf("again/sub")], [303, [], []]);
      await make("album");
      assertEquals((await post("source/media/-/delete", { paths: ["album/"] })).ok, true);
      assertEquals([await listOf(""), await listOf("album/sub")], [[], []]);
    });
  }

  Deno.test("the app neither moves nor copies a folder to one that is there, with or without files, on SeaweedFS", async () => {
    const { source, post } = createWorld();
    for (const path of ["old", "new", "empty"]) await post("source/media/-/folder", { path });
    for (const path of ["old/a", "new/a", "bare/a"]) await source.upload(path, path);
    for (const action of ["move", "copy"]) {
      for (const to of ["new/", "empty/", "bare/"]) {
        const { status, code } = await post(`source/media/-/${action}`, { from: "old/", to });
        assertEquals([status, code], [409, "collision"], `${action} ${to}`);
      }
    }
    for (const path of ["old/a", "new/a", "bare/a"]) assertEquals(await source.readText(path), path);
  });

  Deno.test("the app deletes and moves folders in which files were deleted one by one on SeaweedFS", async () => {
    const { source, post, listOf } = createWorld();
    const make = async () => {
      for (const path of ["album/a", "album/sub/b", "album/sub/deep/c"]) await source.upload(path, "");
      await source.delete("album/sub/b");
      await source.delete("album/sub/deep/c");
    };
    await make();
    assertEquals((await post("source/media/-/delete", { paths: ["album/"] })).errors, []);
    assertEquals([await listOf(""), await listOf("album")], [[], []]);
    await make();
    assertEquals((await post("source/media/-/move", { from: "album/", to: "moved/" })).errors, []);
    assertEquals([await listOf(""), await listOf("moved")], [["moved/"], ["moved/a"]]);
  });

  Deno.test("the app deletes a folder of 2,500 files in folders on SeaweedFS", async () => {
    const { source, post, listOf } = createWorld();
    const paths = Array.from({ length: 2_500 }, (_, index) => `big/${index % 13}/${index % 7}/${index}`);
    for (let start = 0; start < paths.length; start += 20) {
      await Promise.all(paths.slice(start, start + 20).map((path) => source.upload(path, "")));
    }
    assertEquals((await post("source/media/-/delete", { paths: ["big/"] })).errors, []);
    assertEquals([await listOf(""), await listOf("big"), await listOf("big/3")], [[], [], []]);
  });

  Deno.test("the app keeps a search text and finds a conflict on SeaweedFS", async () => {
    const { ask, post } = createWorld();
    const put = async (headers: HeadersInit, body: string) => {
      const response = await ask("source/media/-/content?path=a.txt", { method: "PUT", headers, body });
      return { status: response.status, ...await response.json() };
    };
    const { file } = await put({ "if-none-match": "*" }, "one");
    assertEquals((await put({ "if-none-match": "*" }, "two")).status, 412);
    const updated = await post(`${file.id}/-/update`, { update: { search_text: "Käse" } });
    assertEquals(updated.file.search_text, "Käse");
    const saved = await put({ "if-match": updated.file.etag }, "two");
    assertEquals([saved.status, saved.file.search_text], [201, "Käse"]);
    const conflict = await put({ "if-match": updated.file.etag }, "three");
    assertEquals([conflict.status, conflict.current.etag], [412, saved.file.etag]);
  });

  Deno.test("the app's direct uploads go to SeaweedFS, whole and in parts, and replace nothing", async () => {
    const { source, post } = createWorld();
    const prepare = (filename: string, size: number) =>
      post("upload/media/-/prepare", { filename, size, direct: true, on_collision: "ask" });
    const whole = await prepare("a.txt", 5);
    const send = async (url: string, body: BodyInit, headers: HeadersInit = {}) => {
      const response = await fetch(url, { method: "PUT", headers, body });
      await response.body?.cancel();
      return response.status;
    };
    assertEquals(await send(whole.upload_url, "hello", whole.upload_headers), 200);
    assertEquals(await send(whole.upload_url, "again", whole.upload_headers), 412);
    assertEquals((await post("upload/media/-/complete", whole)).status, 201);
    assertEquals((await prepare("a.txt", 5)).code, "collision");

    const size = 17 * MIB;
    const parted = await prepare("b.bin", size);
    const { urls } = await post("upload/media/-/part-urls", { ...parted, numbers: [1, 2] });
    for (const part of urls) assertEquals(await send(part.url, new Uint8Array(part.size)), 200);
    const { status, file } = await post("upload/media/-/complete", parted);
    assertEquals([status, file.size, (await source.stat("b.bin"))?.size], [201, size, size]);

    const given = await prepare("c.bin", size);
    assertEquals((await post("upload/media/-/abort", given)).ok, true);
    assertEquals(await weed.listUploads(""), []);
  });
}
