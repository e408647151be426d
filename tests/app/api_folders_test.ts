import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { deletePaths } from "../../src/app/files/delete.ts";
import type { Diagnosis, DiagnosisCheck } from "../../src/types/diagnosis.ts";
import { AccessDeniedError, BrokerError } from "../../src/errors.ts";
import { createWorld, idOf } from "../support/app_world.ts";
import { appOf, EVERYTHING, stubSource } from "../support/app_stub.ts";
import type { S3Source } from "../../mod.ts";

/** What `diagnose()` finds out: each of these, with this outcome. */
function diagnosisOf(outcomes: Partial<Record<DiagnosisCheck["name"], DiagnosisCheck["outcome"]>>): Diagnosis {
  const names = Object.keys(outcomes) as DiagnosisCheck["name"][];
  return {
    connection: { bucket: "bucket", prefix: "", region: "us-east-1", endpoint: "http://store.test", expiration: null },
    checks: names.map((name) => ({ name, outcome: outcomes[name] ?? "allowed", isGood: true, message: "" })),
    leaks: false,
  };
}

const pathsOf = (files: { path: string }[]) => files.map(({ path }) => path);

Deno.test("GET source/{s}.json lists a folder, and tells what can be done in it", async () => {
  const { request } = createWorld({ files: { "a/b.txt": "hello", "a/c/d": "", "a/c/e": "", x: "" } });
  const { files, ...listing } = await (await request("/source/media.json?folder=a")).json();
  assertEquals(listing, {
    source: "media",
    folder: "a/",
    folders: [{ path: "a/c/", name: "c" }],
    cursor: null,
    is_sorted: true,
    can: { upload: true, edit: true, delete: true },
  });
  assertEquals(pathsOf(files), ["a/b.txt"]);
  assertEquals([files[0].id, files[0].size, files[0].content_type], [idOf("a/b.txt"), 5, "text/plain"]);
});

for (
  const [query, expected] of [
    ["sort=size", ["b", "c", "a"]],
    ["sort=size&order=desc", ["a", "c", "b"]],
    ["sort=name&order=desc", ["c", "b", "a"]],
    ["", ["a", "b", "c"]],
  ] as const
) {
  Deno.test(`GET source/{s}.json sorts by "${query}", page after page`, async () => {
    const { request } = createWorld({ files: { a: "333", b: "1", c: "22" } });
    const paths = [];
    for (let cursor: string | null = ""; cursor !== null;) {
      const at: string = cursor === "" ? "" : `&cursor=${encodeURIComponent(cursor)}`;
      const page = await (await request(`/source/media.json?limit=2&${query}${at}`)).json();
      paths.push(...pathsOf(page.files));
      cursor = page.cursor;
    }
    assertEquals(paths, [...expected]);
  });
}

for (const query of ["sort=colour", "order=up", "limit=0", "limit=1001", "folder=..%2F", "folder=%ff"]) {
  Deno.test(`GET source/{s}.json refuses "${query}"`, async () => {
    assertEquals((await createWorld().request(`/source/media.json?${query}`)).status, 400);
  });
}

Deno.test("GET source/{s}.json offers what permissions and credentials both allow", async () => {
  const permissions = { "files-browse": true, "files-upload": true, "files-delete": { id: "alice" } };
  const { request } = createWorld({ permissions });
  const { can } = await (await request("/source/media.json")).json();
  assertEquals(can, { upload: true, edit: false, delete: false });
});

Deno.test("GET source/{s}.json offers nothing that the credentials were found not to allow", async () => {
  const { source } = createWorld();
  const diagnosis = diagnosisOf({ write: "denied", delete: "denied" });
  const limited = { ...source, diagnose: () => Promise.resolve(diagnosis) };
  const { request } = createWorld({ sources: { media: limited } });
  const { can } = await (await request("/source/media.json")).json();
  assertEquals(can, { upload: false, edit: false, delete: false });
});

Deno.test("GET source/{s}/-/status.json tells whether there are credentials", async () => {
  const good = await (await createWorld().request("/source/media/-/status.json")).json();
  assertEquals(good, { ok: true, can: { upload: true, edit: true, delete: true }, broker: "ok" });
  const failing = stubSource({}, { connect: () => Promise.reject(new BrokerError("down")) });
  const bad = await (await appOf(failing)("/-/files/source/media/-/status.json")).json();
  assertEquals([bad.ok, bad.broker, bad.retry_in_seconds], [false, "failing", 5]);
});

Deno.test("POST source/{s}/-/folder makes a folder that stays while it is empty", async () => {
  const { post, request, paths } = createWorld();
  const response = await post("/source/media/-/folder", { path: "a/b" });
  assertEquals([response.status, await response.json()], [201, { ok: true, folder: { path: "a/b/", name: "b" } }]);
  assertEquals(paths(), ["a/b/"]);
  const { folders, files } = await (await request("/source/media.json?folder=a")).json();
  assertEquals([pathsOf(folders), files], [["a/b/"], []]);
});

for (const [path, kind] of [["a/", "folder"], ["b", "file"], ["c", "folder"]] as const) {
  Deno.test(`POST source/{s}/-/folder keeps the ${kind} that is at "${path}"`, async () => {
    const { post } = createWorld({ files: { "a/x": "", b: "", "c/": "" } });
    const response = await post("/source/media/-/folder", { path });
    assertEquals(response.status, 409);
    assertEquals(await response.json(), {
      ok: false,
      errors: [`There is already a ${kind} of this name.`],
      code: "collision",
    });
  });
}

Deno.test("POST source/{s}/-/delete deletes files, and folders with all in them", async () => {
  const { post, paths } = createWorld({ files: { a: "", "b/": "", "b/c": "", "b/d/e": "", "b2/f": "", bc: "" } });
  const response = await post("/source/media/-/delete", { paths: ["a", "b/"] });
  assertEquals(await response.json(), { ok: true, deleted: ["a", "b/"], errors: [] });
  assertEquals(paths(), ["b2/f", "bc"]);
});

for (const [action, body] of [["delete", { paths: ["a/"] }], ["move", { from: "a/", to: "z/" }]] as const) {
  Deno.test(`POST source/{s}/-/${action} takes the marker of every folder that becomes empty, the innermost first`, async () => {
    const calls: string[][] = [];
    // The folder `a/b/` has no marker of its own: SeaweedFS lists it all the same.
    const { source } = createWorld({ files: { "a/": "", "a/b/c/d": "", "a/b/e": "", "a/f/": "", "a/g": "" } });
    const deleteMany: typeof source.deleteMany = (paths, options) => {
      const all = [...paths];
      calls.push(all);
      return source.deleteMany(all, options);
    };
    const { post } = createWorld({ sources: { media: { ...source, deleteMany } } });
    assertEquals((await (await post(`/source/media/-/${action}`, body)).json()).ok, true);
    assertEquals(calls, [["a/b/c/d", "a/b/e", "a/g"], ["a/b/c/", "a/b/", "a/f/"], ["a/"]]);
  });
}

Deno.test("POST source/{s}/-/delete keeps the markers of folders that are not empty", async () => {
  const calls: string[][] = [];
  const { source } = createWorld({ files: { "a/": "", "a/b/c": "", "a/d/e": "" } });
  const deleteMany = (paths: Iterable<string>) => {
    const all = [...paths];
    calls.push(all);
    const errors = all.filter((path) => path === "a/b/c").map((path) => ({ path, code: "AccessDenied", message: "" }));
    return Promise.resolve({ deleted: [], errors });
  };
  const { post } = createWorld({ sources: { media: { ...source, deleteMany } } });
  const { ok, deleted, errors } = await (await post("/source/media/-/delete", { paths: ["a/"] })).json();
  assertEquals([ok, deleted, errors.length], [false, [], 1]);
  assertEquals(calls, [["a/b/c", "a/d/e"], ["a/d/"]]);
});

Deno.test("POST source/{s}/-/delete goes through a folder of 5,000 files in steps", async () => {
  const files = Object.fromEntries(Array.from({ length: 5_000 }, (_, index) => [`a/${index % 7}/${index}`, ""]));
  const world = createWorld({ files });
  let most = 0;
  const deleteMany: S3Source["deleteMany"] = (paths, options) => {
    const all = [...paths];
    most = Math.max(most, all.length);
    return world.source.deleteMany(all, options);
  };
  const { post } = createWorld({ sources: { media: { ...world.source, deleteMany } } });
  assertEquals((await (await post("/source/media/-/delete", { paths: ["a/"] })).json()).ok, true);
  assertEquals([most <= 1_000, world.paths()], [true, []]);
});

Deno.test("POST source/{s}/-/delete stops with its request", async () => {
  const files = Object.fromEntries(Array.from({ length: 3_000 }, (_, index) => [`a/${index}`, ""]));
  const world = createWorld({ files });
  const gone = new AbortController();
  const deleteMany: S3Source["deleteMany"] = async (paths, options) => {
    const result = await world.source.deleteMany(paths, options);
    gone.abort();
    return result;
  };
  const deletion = deletePaths({ ...world.source, deleteMany }, ["a/"], gone.signal);
  await assertRejects(() => deletion, DOMException);
  assertEquals(world.paths().length, 2_000);
});

Deno.test("POST source/{s}/-/delete does not try a million files of which none can be deleted", async () => {
  let listed = 0;
  async function* walk() {
    for (; listed < 1_000_000; listed++) yield { path: `a/${listed}`, name: "", size: 0 };
  }
  const deleteMany = (paths: Iterable<string>) =>
    Promise.resolve({ deleted: [], errors: [...paths].map((path) => ({ path, code: "AccessDenied", message: "" })) });
  const { deleted, errors } = await deletePaths(stubSource({}, { walk, deleteMany }), ["a/"]);
  assertEquals([deleted, errors.length <= 2_001, listed <= 3_000], [[], true, true]);
});

Deno.test("POST source/{s}/-/move keeps what was changed after it was copied", async () => {
  const world = createWorld({ files: { "a/x": "old", "a/y/z": "same" } });
  const copy: S3Source["copy"] = async (from, to, options) => {
    const info = await world.source.copy(from, to, options);
    if (from === "a/x") await world.source.upload("a/x", "new");
    return info;
  };
  const { post } = createWorld({ sources: { media: { ...world.source, copy } } });
  const { ok, errors } = await (await post("/source/media/-/move", { from: "a/", to: "b/" })).json();
  assertEquals([ok, errors.map(({ path }: { path: string }) => path)], [false, ["a/x"]]);
  assertStringIncludes(errors[0].message, "changed while it was moved");
  assertEquals(world.paths(), ["a/x", "b/x", "b/y/z"]);
  assertEquals([world.textOf("a/x"), world.textOf("b/x")], ["new", "old"]);
});

Deno.test("POST source/{s}/-/move keeps what came into the folder meanwhile", async () => {
  const world = createWorld({ files: { "a/x": "1" } });
  const copy: S3Source["copy"] = async (from, to, options) => {
    await world.source.upload("a/late", "2");
    return await world.source.copy(from, to, options);
  };
  const { post } = createWorld({ sources: { media: { ...world.source, copy } } });
  await post("/source/media/-/move", { from: "a/", to: "b/" });
  assertEquals(world.paths(), ["a/late", "b/x"]);
});

Deno.test("POST source/{s}/-/delete tells what is still there, and why", async () => {
  const { source } = createWorld();
  const errors = [{ path: "b/c", code: "AccessDenied", message: "internal" }];
  const { post } = createWorld({
    sources: { media: { ...source, deleteMany: () => Promise.resolve({ deleted: ["a"], errors }) } },
  });
  assertEquals(await (await post("/source/media/-/delete", { paths: ["a", "b/"] })).json(), {
    ok: false,
    deleted: ["a"],
    errors: [{ path: "b/c", message: "The credentials of this source do not allow to delete this." }],
  });
});

for (const paths of [[], [""], ["../x"], ["/"], [1], "a", undefined]) {
  Deno.test(`POST source/{s}/-/delete refuses ${JSON.stringify(paths)}`, async () => {
    const world = createWorld({ files: { a: "" } });
    const response = await world.post("/source/media/-/delete", { paths });
    assertEquals([response.status, world.paths()], [400, ["a"]]);
  });
}

Deno.test("POST source/{s}/-/delete is soon done where none of 50,000 files can be deleted", async () => {
  const deleteMany = (paths: Iterable<string>) =>
    Promise.resolve({ deleted: [], errors: [...paths].map((path) => ({ path, code: "AccessDenied", message: "" })) });
  const paths = Array.from({ length: 50_000 }, (_, index) => `a/${index}`);
  const startedMs = performance.now();
  const { deleted, errors } = await deletePaths(stubSource({}, { deleteMany }), paths);
  assertEquals([deleted.length, errors.length], [0, 50_000]);
  // One file against every failure took a minute.
  assertEquals(performance.now() - startedMs < 10_000, true);
});

Deno.test("POST source/{s}/-/copy copies a file", async () => {
  const { post, paths } = createWorld({ files: { a: "hello" } });
  const response = await post("/source/media/-/copy", { from: "a", to: "x/b" });
  const { ok, file, moved, errors } = await response.json();
  assertEquals([response.status, ok, moved, errors], [200, true, [{ from: "a", to: "x/b" }], []]);
  assertEquals([file.path, file.size, paths()], ["x/b", 5, ["a", "x/b"]]);
});

Deno.test("POST source/{s}/-/copy replaces only for those who may change files", async () => {
  const permissions = { ...EVERYTHING, "files-edit": false };
  const { post, textOf } = createWorld({ files: { a: "1", b: "2" }, permissions });
  const response = await post("/source/media/-/copy", { from: "a", to: "b", overwrite: true });
  assertEquals([response.status, textOf("b")], [403, "2"]);
});

Deno.test("POST source/{s}/-/move moves a folder with all in it", async () => {
  const { post, paths, textOf } = createWorld({ files: { "a/": "", "a/x": "X", "a/y/z": "Z", "ab/c": "" } });
  const { ok, moved } = await (await post("/source/media/-/move", { from: "a/", to: "b/" })).json();
  assertEquals([ok, moved.length, paths()], [true, 3, ["ab/c", "b/", "b/x", "b/y/z"]]);
  assertEquals([textOf("b/x"), textOf("b/y/z")], ["X", "Z"]);
});

for (const action of ["move", "copy"]) {
  Deno.test(`POST source/{s}/-/${action} keeps what is there unless told`, async () => {
    const { post, textOf } = createWorld({ files: { a: "new", b: "old", "c/x": "new", "d/x": "old" } });
    for (const [from, to] of [["a", "b"], ["c/", "d/"]]) {
      const refused = await post(`/source/media/-/${action}`, { from, to });
      assertEquals([refused.status, (await refused.json()).code], [409, "collision"]);
      assertEquals((await post(`/source/media/-/${action}`, { from, to, overwrite: true })).status, 200);
    }
    assertEquals([textOf("b"), textOf("d/x")], ["new", "new"]);
  });
}

for (
  const [from, to, status] of [
    ["none", "b", 404],
    ["none/", "b/", 404],
    ["a", "b/", 400],
    ["c/", "b", 400],
    ["c/", "c/d/", 400],
    ["c/", "c/", 400],
    ["a", "a", 400],
    ["a", "../b", 400],
    ["", "b", 400],
  ] as const
) {
  Deno.test(`POST source/{s}/-/move from "${from}" to "${to}" is answered with ${status}`, async () => {
    const world = createWorld({ files: { a: "", "c/x": "" } });
    const response = await world.post("/source/media/-/move", { from, to });
    assertEquals([response.status, world.paths()], [status, ["a", "c/x"]]);
  });
}

Deno.test("POST source/{s}/-/move loses nothing when a folder is to replace the one it is in", async () => {
  const { post, paths, textOf } = createWorld({ files: { "a/b/b/x": "inner", "a/b/x": "outer" } });
  const { status } = await post("/source/media/-/move", { from: "a/b/", to: "a/", overwrite: true });
  assertEquals([status, paths()], [400, ["a/b/b/x", "a/b/x"]]);
  assertEquals([textOf("a/b/b/x"), textOf("a/b/x")], ["inner", "outer"]);
});

Deno.test("POST source/{s}/-/move tells which files could not be moved", async () => {
  const { post, paths } = createWorld({ files: { "a/x": "", [`a/${"y".repeat(1_000)}`]: "" } });
  const { ok, moved, errors } =
    await (await post("/source/media/-/move", { from: "a/", to: "a longer name, so long that/" }))
      .json();
  assertEquals([ok, moved.length, errors.length], [false, 1, 1]);
  assertStringIncludes(errors[0].message, "more than 1024 bytes");
  assertEquals(paths().length, 2);
});

Deno.test("PUT source/{s}/-/content gives both versions in a conflict", async () => {
  const { request, textOf } = createWorld({ files: { a: "theirs" } });
  const put = (headers: HeadersInit) =>
    request("/source/media/-/content?path=a", { method: "PUT", headers, body: "mine" });
  const refused = await put({ "if-match": '"other"' });
  const { code, current } = await refused.json();
  assertEquals([refused.status, code, current.size, textOf("a")], [412, "conflict", 6, "theirs"]);
  assertEquals((await put({ "if-match": current.etag })).status, 201);
  assertEquals(textOf("a"), "mine");
});

Deno.test("PUT source/{s}/-/content does not bring a deleted file back", async () => {
  const { request, paths } = createWorld();
  const init = { method: "PUT", headers: { "if-match": '"x"' }, body: "mine" };
  const response = await request("/source/media/-/content?path=a", init);
  assertEquals([response.status, (await response.json()).current, paths()], [412, null, []]);
});

Deno.test("PUT source/{s}/-/content creates nothing without files-upload, whatever the condition", async () => {
  const { request, paths } = createWorld({ permissions: { ...EVERYTHING, "files-upload": false } });
  for (const ifMatch of ["", "*", '"x"']) {
    const init = { method: "PUT", body: "new", headers: { "if-match": ifMatch } };
    const { status } = await request("/source/media/-/content?path=a", init);
    assertEquals(status, ifMatch === "" ? 403 : 412);
  }
  assertEquals(paths(), []);
});

Deno.test("PUT source/{s}/-/content puts nothing at the place of a folder's marker, where no one would see it", async () => {
  const { request, paths } = createWorld();
  const { status } = await request("/source/media/-/content?path=a%2F", { method: "PUT", body: "hidden" });
  assertEquals([status, paths()], [400, []]);
});

Deno.test("PUT source/{s}/-/content keeps the media type unless it is given another", async () => {
  const { request, source } = createWorld();
  await source.upload("a", "{}", { contentType: "application/json" });
  const put = (headers: HeadersInit) =>
    request("/source/media/-/content?path=a", { method: "PUT", headers, body: new Blob(["[]"]) });
  assertEquals((await (await put({})).json()).file.content_type, "application/json");
  assertEquals((await (await put({ "content-type": "text/csv" })).json()).file.content_type, "text/csv");
});

Deno.test("PUT source/{s}/-/content keeps the search text, and who stored it", async () => {
  const { request, post, source } = createWorld({ files: { a: "" }, authenticate: () => ({ id: "ålice" }) });
  await post(`/${idOf("a")}/-/update`, { update: { search_text: "cats" } });
  const response = await request("/source/media/-/content?path=a", { method: "PUT", body: "new" });
  const { file } = await response.json();
  assertEquals([file.search_text, file.uploaded_by], ["cats", "ålice"]);
  assertEquals((await source.stat("a"))?.metadata, { "search-text": "cats", "uploaded-by": "%C3%A5lice" });
});

for (
  const [headers, permissions, status] of [
    [{ "if-none-match": "*" }, { "files-upload": true }, 201],
    [{ "if-none-match": "*" }, { "files-edit": true }, 403],
    [{ "if-match": '"x"' }, { "files-edit": true }, 412],
    [{ "if-match": '"x"' }, { "files-upload": true }, 403],
    [{}, { "files-upload": true }, 403],
    [{}, { "files-upload": true, "files-edit": true }, 201],
  ] as const
) {
  Deno.test(`PUT source/{s}/-/content with ${JSON.stringify(headers)} answers ${Object.keys(permissions)} with ${status}`, async () => {
    const { request } = createWorld({ permissions });
    const response = await request("/source/media/-/content?path=a", { method: "PUT", headers, body: "x" });
    assertEquals(response.status, status);
  });
}

Deno.test("GET source/{s}.json leaves out what is written to try what may be done", async () => {
  const { request } = createWorld({ files: { a: "", ".s3-source-probe-1": "", "x/.s3-source-probe-2": "" } });
  for (const query of ["", "?sort=size"]) {
    assertEquals(pathsOf((await (await request(`/source/media.json${query}`)).json()).files), ["a"]);
  }
});

Deno.test("what the store refuses once is offered again after 15 minutes, where nothing can be deleted either", async () => {
  let nowMs = Date.UTC(2030, 0, 1);
  const diagnose = () => Promise.resolve(diagnosisOf({ delete: "denied" }));
  const upload = () => Promise.reject(new AccessDeniedError("Cannot upload", { code: "AccessDenied" }));
  const request = appOf(stubSource({}, { diagnose, upload }), { now: () => nowMs });
  const canUpload = async () => (await (await request("/-/files/source/media.json")).json()).can.upload;
  const offered = [await canUpload()];
  await request("/-/files/source/media/-/content?path=a", { method: "PUT", body: "1" });
  offered.push(await canUpload());
  nowMs += 15 * 60_000;
  offered.push(await canUpload());
  assertEquals(offered, [true, false, true]);
});

Deno.test("what may be done is tried again after 15 minutes, but only once where nothing can be deleted", async () => {
  for (const [outcome, expected] of [["allowed", 2], ["denied", 1]] as const) {
    let nowMs = Date.UTC(2030, 0, 1);
    let count = 0;
    const diagnose = () => {
      count++;
      return Promise.resolve(diagnosisOf({ delete: outcome }));
    };
    const request = appOf(stubSource({}, { diagnose }), { now: () => nowMs });
    for (const minutes of [0, 1, 15]) {
      nowMs += minutes * 60_000;
      await request("/-/files/source/media.json");
    }
    assertEquals(count, expected);
  }
});
