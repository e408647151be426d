import { assertEquals } from "@std/assert";
import { CredentialsError } from "../../src/errors.ts";
import { createWorld, idOf } from "../support/app_world.ts";
import { appOf, stubSource } from "../support/app_stub.ts";

const pathsOf = (files: { path: string }[]) => files.map(({ path }) => path);

Deno.test("GET source/{s}.json lists a folder, and what is allowed in it", async () => {
  const { request } = createWorld({ files: { "a/b.txt": "hello", "a/c/d": "", "a/c/e": "", x: "" } });
  const { files, ...listing } = await (await request("/source/media.json?folder=a")).json();
  assertEquals(listing, {
    source: "media",
    folder: "a/",
    folders: [{ path: "a/c/", name: "c" }],
    cursor: null,
    skipped: 0,
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

Deno.test("GET source/{s}/-/status.json says whether there are credentials", async () => {
  const good = await (await createWorld().request("/source/media/-/status.json")).json();
  assertEquals(good, { ok: true, can: { upload: true, edit: true, delete: true }, broker: "ok" });
  const failing = stubSource({}, { connect: () => Promise.reject(new CredentialsError("down")) });
  const bad = await (await appOf(failing)("/-/files/source/media/-/status.json")).json();
  assertEquals([bad.ok, bad.broker, bad.retry_in_seconds], [false, "failing", 5]);
});

Deno.test("GET source/{s}/-/status.json says that waiting does not help if the broker refuses the app", async () => {
  const refusal = new CredentialsError("is credentialsUrlSecret correct?", { code: "BrokerRefused", status: 403 });
  const request = appOf(stubSource({}, { connect: () => Promise.reject(refusal) }));
  const status = await (await request("/-/files/source/media/-/status.json")).json();
  assertEquals(status, { ok: false, can: { upload: true, edit: true, delete: true }, broker: "refused" });
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
      kind,
    });
  });
}

Deno.test("GET source/{s}.json leaves out probes", async () => {
  const { request } = createWorld({ files: { a: "", ".s3-source-probe-1": "", "x/.s3-source-probe-2": "" } });
  for (const query of ["", "?sort=size"]) {
    assertEquals(pathsOf((await (await request(`/source/media.json${query}`)).json()).files), ["a"]);
  }
});

Deno.test("GET sources.json lists the sources as the host does", async () => {
  const response = await appOf(stubSource())("/-/files/sources.json");
  assertEquals(await response.json(), {
    sources: [{
      slug: "media",
      storage_type: "s3",
      capabilities: {
        can_upload: true,
        can_delete: true,
        can_list: true,
        can_generate_signed_urls: true,
        requires_proxy_download: false,
      },
    }],
  });
});
