import { assertEquals, assertStringIncludes } from "@std/assert";
import { AccessDeniedError } from "../../src/errors.ts";
import { findNamesake, settlePath } from "../../src/app/files/namesakes.ts";
import { pagesApp } from "../support/app_pages.ts";
import { EVERYTHING, formOf } from "../support/app_stub.ts";
import { complete, PREPARE, prepare } from "../support/app_uploads.ts";
import { createWorld, type WorldOptions } from "../support/app_world.ts";

const [NFC, NFD] = ["\u00DCbung", "U\u0308bung"];

function sourceWith(...paths: string[]) {
  return createWorld({ files: Object.fromEntries(paths.map((path) => [path, "old"])) });
}

for (
  const [path, there, expected] of [
    [`${NFC}.txt`, [`${NFD}.txt`], `${NFD}.txt`],
    [`${NFD}.txt`, [`${NFC}.txt`], `${NFC}.txt`],
    [`x/${NFD}.txt`, [`x/${NFC}.txt`, `${NFC}.txt`], `x/${NFC}.txt`],
    ["\u00C5.txt", ["\u212B.txt"], "\u212B.txt"],
    ["\u212A\u00E9.txt", ["Ke\u0301.txt"], "Ke\u0301.txt"],
    ["\u00FC and \u00E9", ["u\u0308 and \u00E9"], "u\u0308 and \u00E9"],
    [`${NFC}/a.txt`, [`${NFD}/b.txt`], `${NFD}/`],
    [`${NFC}/`, [`${NFD}/b.txt`], `${NFD}/`],
    [`${NFC}/`, [NFD], NFD],
    [`${NFC}/x/\u00E9`, [`${NFC}/x/e\u0301`], `${NFC}/x/e\u0301`],
    // It is there itself.
    [`${NFC}.txt`, [`${NFC}.txt`, `${NFD}.txt`], undefined],
    [`${NFC}/a.txt`, [`${NFC}/b`, `${NFD}/a.txt`], undefined],
    // Others.
    [`${NFC}.txt`, ["Ubung.txt", "\u00FCbung.txt", `${NFD}.txt/x`], undefined],
    [NFC, [`${NFD}/a`], undefined],
    ["a.txt", ["b.txt"], undefined],
  ] as const
) {
  Deno.test(`findNamesake() finds ${shown(expected)} for ${shown(path)} beside ${there.map(shown)}`, async () => {
    assertEquals(await findNamesake(sourceWith(...there).source, path), expected);
  });
}

function shown(text: string | undefined): string {
  return JSON.stringify(text ?? null).replace(/[^ -~]/g, (char) => `\\u${char.charCodeAt(0).toString(16)}`);
}

Deno.test("findNamesake() asks nothing about names that have one spelling, and once about others", async () => {
  const { source, s3 } = sourceWith("in/a.txt");
  assertEquals(await findNamesake(source, "in/plain name.txt"), undefined);
  assertEquals(await findNamesake(source, "\u65E5\u672C.txt"), undefined);
  assertEquals(s3.requests, []);
  assertEquals(await findNamesake(source, `in/${NFC}.txt`), undefined);
  assertEquals(s3.requests.length, 1);
});

Deno.test("findNamesake() finds one in a folder too large to list at once", async () => {
  const many = Array.from({ length: 1_001 }, (_, number) => `Nr ${1_000 + number}`);
  const { source, s3 } = sourceWith(...many, "Nr 9 \u00E9");
  assertEquals(await findNamesake(source, "Nr 9 e\u0301"), "Nr 9 \u00E9");
  assertEquals(s3.requests.length, 1);
  const large = sourceWith(...many.map((name) => `\u00E0 ${name}`), "\u00E9", "\u00FC/a").source;
  assertEquals(await findNamesake(large, "e\u0301"), "\u00E9");
  assertEquals(await findNamesake(large, "u\u0308/"), "\u00FC/");
  assertEquals(await findNamesake(large, "\u00FC/e\u0301"), undefined);
});

Deno.test("findNamesake() asks little, however deep a path is", async () => {
  const { source, s3 } = sourceWith("a");
  assertEquals(await findNamesake(source, "\u00FC/".repeat(200) + "\u00FC"), undefined);
  assertEquals(s3.requests.length, 2);
  const deep = sourceWith("u\u0308/".repeat(30) + "a");
  await settlePath(deep.source, "\u00FC/".repeat(30) + "a");
  assertEquals(deep.s3.requests.length < 150, true, `${deep.s3.requests.length}`);
});

Deno.test("findNamesake() finds nothing with credentials that cannot list", async () => {
  const { source } = sourceWith(`${NFD}.txt`);
  const list = () => Promise.reject(new AccessDeniedError("Access Denied"));
  assertEquals(await findNamesake({ ...source, list }, `${NFC}.txt`), undefined);
});

Deno.test("settlePath() leads into the folders that are there", async () => {
  const { source } = sourceWith(`a/${NFD}/e\u0301/x`);
  assertEquals(await settlePath(source, `a/${NFC}/\u00E9/new/\u00E0`), {
    path: `a/${NFD}/e\u0301/new/\u00E0`,
    namesake: undefined,
  });
  assertEquals(await settlePath(source, `a/${NFC}/\u00E9/`), {
    path: `a/${NFD}/\u00E9/`,
    namesake: `a/${NFD}/e\u0301/`,
  });
});

function worldWith(options: WorldOptions = {}) {
  return createWorld({ files: { [`x/${NFD}.txt`]: "old" }, now: () => Date.UTC(2030, 0, 1), ...options });
}

const wish = (on_collision: string) => ({ filename: `${NFC}.txt`, folder: "x/", size: 3, on_collision });

for (const choice of ["ask", "replace"]) {
  Deno.test(`prepare asks about a name that looks the same with "${choice}"`, async () => {
    const response = await worldWith().post(PREPARE, wish(choice));
    const { errors, ...rest } = await response.json();
    assertEquals(response.status, 409);
    assertStringIncludes(errors[0], "looks like");
    assertEquals(rest, {
      ok: false,
      code: "collision",
      existing: { size: 3, last_modified: "2030-01-01T00:00:00.000Z" },
      namesake: `x/${NFD}.txt`,
      suggestion: `${NFC} (2).txt`,
    });
  });
}

Deno.test("prepare tells those who may not browse no more than that the name is taken", async () => {
  const response = await worldWith({ permissions: { "files-upload": true } }).post(PREPARE, wish("ask"));
  const { errors: _, ...rest } = await response.json();
  assertEquals(rest, { ok: false, code: "collision", suggestion: `${NFC} (2).txt` });
});

Deno.test("prepare keeps both or skips what looks the same, and replaces it by its own path", async () => {
  const world = worldWith();
  assertEquals((await prepare(world, wish("skip"))).skipped, true);
  const both = await prepare(world, wish("keep_both"));
  await world.request(both.upload_url.replace("/-/files", ""), { method: "PUT", body: "new" });
  const { file } = await (await complete(world, both.upload_token)).json();
  assertEquals(file.path, `x/${NFC} (2).txt`);
  const path = `x/${NFD}.txt`;
  const other = await prepare(world, { ...wish("replace"), folder: "", path });
  await world.request(other.upload_url.replace("/-/files", ""), { method: "PUT", body: "new" });
  assertEquals([(await complete(world, other.upload_token)).status, world.textOf(path)], [201, "new"]);
});

Deno.test("prepare puts files of a folder that looks the same into the one that is there", async () => {
  const world = createWorld({ files: { [`${NFD}/a.txt`]: "old" } });
  const upload = { filename: "b.txt", folder: "", path: `${NFC}/b.txt`, size: 1 };
  const { upload_url, upload_token } = await prepare(world, upload);
  await world.request(upload_url.replace("/-/files", ""), { method: "PUT", body: "b" });
  assertEquals((await (await complete(world, upload_token)).json()).file.path, `${NFD}/b.txt`);
  const taken = await world.post(PREPARE, { ...upload, filename: "a.txt", path: `${NFC}/a.txt` });
  assertEquals([taken.status, (await taken.json()).namesake], [409, `${NFD}/a.txt`]);
});

for (
  const [choice, expected] of [
    ["keep_both", { [NFD]: "old", [`${NFC} (2)`]: "new" }],
    ["skip", { [NFD]: "old", [`${NFC} (2)`]: undefined }],
    ["replace", { [NFD]: "new", [`${NFC} (2)`]: undefined }],
  ] as const
) {
  Deno.test(`the upload page does "${choice}" when a name looks the same`, async () => {
    const app = pagesApp({ [NFD]: "old" });
    await app.post("/-/files/source/media/-/form/upload", formOf({ [NFC]: "new" }, { on_collision: choice }));
    assertEquals({ [NFD]: app.textOf(NFD), [`${NFC} (2)`]: app.textOf(`${NFC} (2)`) }, expected);
    assertEquals(app.textOf(NFC), undefined);
  });
}

for (const action of ["move", "copy"]) {
  Deno.test(`POST source/{s}/-/${action} refuses a name that looks the same, also to overwrite`, async () => {
    const world = createWorld({ files: { a: "new", [NFD]: "old", "c/x": "", "e\u0301/x": "" } });
    for (const overwrite of [false, true]) {
      const file = await world.post(`/source/media/-/${action}`, { from: "a", to: NFC, overwrite });
      assertEquals([file.status, (await file.json()).namesake], [409, NFD]);
      const folder = await world.post(`/source/media/-/${action}`, { from: "c/", to: "\u00E9/", overwrite });
      assertEquals([folder.status, (await folder.json()).namesake], [409, "e\u0301/"]);
    }
    assertEquals((await world.post(`/source/media/-/${action}`, { from: "a", to: NFD, overwrite: true })).status, 200);
    assertEquals([world.textOf(NFD), world.textOf(NFC)], ["new", undefined]);
  });
}

Deno.test("POST source/{s}/-/move changes the spelling of a file and of a folder", async () => {
  const world = createWorld({ files: { [NFD]: "1", [`e\u0301/${NFD}`]: "2" } });
  for (const [from, to] of [[NFD, NFC], ["e\u0301/", "\u00E9/"]]) {
    assertEquals((await world.post("/source/media/-/move", { from, to })).status, 200);
  }
  assertEquals(world.paths(), [NFC, `\u00E9/${NFD}`].sort());
});

Deno.test("POST source/{s}/-/folder makes none that looks like another", async () => {
  const world = createWorld({ files: { [`${NFD}/a`]: "", "e\u0301": "" }, permissions: EVERYTHING });
  for (const [path, namesake] of [[NFC, `${NFD}/`], ["\u00E9", "e\u0301"]]) {
    const response = await world.post("/source/media/-/folder", { path });
    assertEquals([response.status, (await response.json()).namesake], [409, namesake]);
  }
  const { folder } = await (await world.post("/source/media/-/folder", { path: `${NFC}/new` })).json();
  assertEquals(folder.path, `${NFD}/new/`);
});

Deno.test("GET search.json finds both spellings from either", async () => {
  const { request } = createWorld({ files: { [`${NFC}.txt`]: "", [`${NFD}.txt`]: "", "other.txt": "" } });
  for (const query of [NFC, NFD, NFC.toLowerCase()]) {
    const { files } = await (await request(`/search.json?q=${encodeURIComponent(query)}`)).json();
    assertEquals(files.map(({ path }: { path: string }) => path).sort(), [`${NFD}.txt`, `${NFC}.txt`]);
  }
});
