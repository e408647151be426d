import { ask, prepare } from "../support/app_uploads.ts";
import { createBackgroundFacts } from "../../src/app/permissions/background_facts.ts";
import { assert, assertEquals } from "@std/assert";
import { createGrantFacts } from "../../src/app/permissions/known_grants.ts";
import type { MemoryS3 } from "../../src/testing/mod.ts";
import { appOf, MIB, stubSource } from "../support/app_stub.ts";
import { createWorld, idOf, type World } from "../support/app_world.ts";
import type { Diagnosis, DiagnosisCheck } from "../../src/types/diagnosis.ts";
import { AccessDeniedError } from "../../src/errors.ts";
import { failingWith } from "../support/deletions.ts";

/** A store that answers with 403 and a code where a rule says so: by method and key, below the bucket. */
function refusing(rule: (method: string, key: string) => string | undefined) {
  return (s3: MemoryS3): typeof fetch => async (input, init) => {
    const request = new Request(input, init);
    const key = decodeURIComponent(new URL(request.url).pathname).replace(/^\/bucket\/?/, "");
    const code = rule(request.method, key);
    if (code === undefined) return await s3.fetch(request);
    await request.body?.cancel();
    const xml = `<?xml version="1.0"?><Error><Code>${code}</Code><Message>no</Message></Error>`;
    return new Response(request.method === "HEAD" ? null : xml, { status: 403 });
  };
}

/** What is offered in a folder, once all that is tried in the background is done: at the top, then in the folder. */
async function canIn({ request }: World, folder: string) {
  const ask = async () => (await (await request(`/source/media.json?folder=${encodeURIComponent(folder)}`)).json()).can;
  await ask();
  await ask();
  return await ask();
}

const putAt = async ({ request }: World, path: string) =>
  (await request(`/source/media/-/content?path=${encodeURIComponent(path)}`, {
    method: "PUT",
    headers: { "if-none-match": "*" },
    body: "x",
  })).status;

const ALL = { upload: true, edit: true, delete: true };

const NO_WRITE = { upload: false, edit: false, delete: true };

for (
  const code of ["QuotaExceeded", "RequestTimeTooSkewed", "InvalidObjectState", "SlowDownPlease", "AccountProblem"]
) {
  Deno.test(`a 403 ${code} does not change what is offered`, async () => {
    let isFailing = false;
    const fetch = refusing((method) => method === "PUT" && isFailing ? code : undefined);
    const world = createWorld({ fetch, sourceOptions: { retry: { maxAttempts: 1 } } });
    assertEquals(await canIn(world, ""), ALL);
    isFailing = true;
    assert(await putAt(world, "a") >= 400);
    assertEquals([await canIn(world, ""), await canIn(world, "b/")], [ALL, ALL]);
  });

  Deno.test(`a 403 ${code} while probing does not change what is offered`, async () => {
    const fetch = refusing((method) => method === "PUT" ? code : undefined);
    assertEquals(await canIn(createWorld({ fetch, sourceOptions: { retry: { maxAttempts: 1 } } }), ""), ALL);
  });
}

Deno.test("AccessDenied counts for one folder, until something succeeds there", async () => {
  let isDenied = false;
  const fetch = refusing((method, key) =>
    method === "PUT" && isDenied && key.startsWith("team/locked/") ? "AccessDenied" : undefined
  );
  const world = createWorld({ fetch });
  const all = async () => [await canIn(world, ""), await canIn(world, "locked/"), await canIn(world, "other/")];
  assertEquals(await all(), [ALL, ALL, ALL]);
  isDenied = true;
  assertEquals(await putAt(world, "locked/a"), 403);
  assertEquals(await all(), [ALL, NO_WRITE, ALL]);
  isDenied = false;
  assertEquals(await putAt(world, "locked/a"), 201);
  assertEquals(await all(), [ALL, ALL, ALL]);
});

Deno.test("AccessDenied for deleting does not affect uploads, and counts until something succeeds", async () => {
  let isDenied = false;
  const fetch = refusing((method) => method === "DELETE" && isDenied ? "AccessDenied" : undefined);
  const world = createWorld({ fetch, files: { "a/x": "1", "a/y": "2", "b/x": "3" } });
  assertEquals(await canIn(world, "a/"), ALL);
  isDenied = true;
  const list = await (await world.request("/source/media.json?folder=a")).json();
  assertEquals((await world.post(`/${list.files[0].id}/-/delete`, {})).status, 403);
  assertEquals([await canIn(world, "a/"), await canIn(world, "b/")], [{ ...ALL, delete: false }, ALL]);
  isDenied = false;
  assertEquals((await world.post(`/${list.files[0].id}/-/delete`, {})).status, 200);
  assertEquals(await canIn(world, "a/"), ALL);
});

Deno.test("credentials that may write only below alice/ offer Upload there and deeper, but not at the top", async () => {
  const fetch = refusing((method, key) =>
    ["PUT", "POST", "DELETE"].includes(method) && !key.startsWith("team/alice/") ? "AccessDenied" : undefined
  );
  const world = createWorld({ fetch, files: { "alice/a": "1", "bob/b": "2" } });
  const none = { upload: false, edit: false, delete: false };
  assertEquals(await canIn(world, ""), none);
  assertEquals([await canIn(world, "alice/"), await canIn(world, "alice/deep/er/")], [ALL, ALL]);
  assertEquals([await canIn(world, "bob/"), await canIn(world, "")], [none, none]);
  const page = async (folder: string) =>
    (await (await world.request(`/source/media?folder=${folder}`, { headers: { accept: "text/html" } })).text())
      .includes('data-action="upload"');
  assertEquals([await page("alice/"), await page("bob/"), await page("")], [true, false, false]);
  assertEquals(await putAt(world, "alice/new"), 201);
});

Deno.test("createGrantFacts() forgets after 15 minutes what was denied", () => {
  let nowMs = 0;
  const facts = createGrantFacts(() => nowMs);
  facts.note("media", { path: "a/x", what: "write", isAllowed: false });
  assertEquals(facts.known("media", "a/"), { write: false, delete: true });
  nowMs += 15 * 60_000;
  assertEquals(facts.known("media", "a/"), { write: true, delete: true });
});

Deno.test("createGrantFacts() remembers a bounded number of folders", async () => {
  const facts = createGrantFacts(() => 0);
  let count = 0;
  const diagnose = () => Promise.reject(new Error("none"));
  const folder = () => ({ ...stubSource({}, { diagnose }) });
  for (let index = 0; index < 3_000; index++) {
    facts.note("media", { path: `${index}/x`, what: "write", isAllowed: false });
    await facts.learn({ name: "media", source: stubSource({}, { diagnose, folder }) }, `${index}/`);
  }
  for (let index = 0; index < 3_000; index++) if (!facts.known("media", `${index}/`).write) count++;
  assertEquals(count, 1_000);
});

/** What `diagnose()` finds out: each of these, with this outcome. */
function diagnosisOf(outcomes: Partial<Record<DiagnosisCheck["name"], DiagnosisCheck["outcome"]>>): Diagnosis {
  const names = Object.keys(outcomes) as DiagnosisCheck["name"][];
  return {
    connection: { bucket: "bucket", prefix: "", region: "us-east-1", endpoint: "http://store.test", expiresAt: null },
    checks: names.map((name) => ({ name, outcome: outcomes[name] ?? "allowed", ok: true, message: "" })),
    leaks: false,
    leftBehind: [],
  };
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

Deno.test("an action that was denied is offered again after 15 minutes, even if nothing can be deleted", async () => {
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

Deno.test("GET source/{s}.json offers nothing if the store denies everything", async () => {
  const { source } = createWorld();
  const diagnosis = diagnosisOf({ connect: "denied", write: "skipped", delete: "skipped" });
  const world = createWorld({ sources: { media: { ...source, diagnose: () => Promise.resolve(diagnosis) } } });
  assertEquals(await canIn(world, ""), { upload: false, edit: false, delete: false });
});

Deno.test("credentials are probed again after 15 minutes, but only once if nothing can be deleted", async () => {
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

Deno.test("only AccessDenied counts as denied, for uploads and for deleting", async () => {
  const { source } = createWorld();
  const upload = () => Promise.reject(new AccessDeniedError("Cannot upload", { code: "AllAccessDisabled" }));
  const deleteMany = failingWith("InternalError");
  const world = createWorld({ sources: { media: { ...source, upload, deleteMany } } });
  assertEquals(await canIn(world, ""), ALL);
  assertEquals(await putAt(world, "a"), 403);
  await world.post("/source/media/-/delete", { paths: ["a"] });
  assertEquals(await canIn(world, ""), ALL);
});

/** A world whose store denies a method in a folder for as long as `deny` says. */
function deniableWorld(method: string, folder: string) {
  let isDenied = false;
  const fetch = refusing((asked, key) =>
    asked === method && isDenied && key.startsWith(`team/${folder}`) ? "AccessDenied" : undefined
  );
  const world = createWorld({ fetch, files: { "a/x": "1", "a/y": "2" } });
  return { world, deny: (value: boolean) => isDenied = value };
}

Deno.test("a copy into a folder shows that it can be written", async () => {
  const { world, deny } = deniableWorld("PUT", "b/");
  assertEquals(await canIn(world, "b/"), ALL);
  deny(true);
  assertEquals([await putAt(world, "b/1"), await canIn(world, "b/")], [403, NO_WRITE]);
  deny(false);
  await world.post("/source/media/-/copy", { from: "a/x", to: "b/2" });
  assertEquals(await canIn(world, "b/"), ALL);
});

Deno.test("a part that is stored shows that its folder can be written", async () => {
  const { world, deny } = deniableWorld("PUT", "b/");
  const wish = { filename: "large", folder: "b", size: 17 * MIB, direct: false };
  const { upload_token } = await prepare(world, wish);
  const { urls } = await (await world.post("/upload/media/-/part-urls", { upload_token, numbers: [2] })).json();
  assertEquals(await canIn(world, "b/"), ALL);
  deny(true);
  assertEquals([await putAt(world, "b/1"), await canIn(world, "b/")], [403, NO_WRITE]);
  deny(false);
  assertEquals((await ask(world, urls[0].url, { method: "PUT", body: new Uint8Array(MIB) })).status, 200);
  assertEquals(await canIn(world, "b/"), ALL);
});

for (
  const [action, body] of [["move", { from: "a/y", to: "b/y" }], ["delete", { paths: ["a/y"] }]] as const
) {
  Deno.test(`a ${action} out of a folder shows that its files can be deleted`, async () => {
    const { world, deny } = deniableWorld("DELETE", "a/");
    assertEquals(await canIn(world, "a/"), ALL);
    deny(true);
    assertEquals((await world.post(`/${idOf("a/x")}/-/delete`, {})).status, 403);
    assertEquals(await canIn(world, "a/"), { ...ALL, delete: false });
    deny(false);
    assertEquals((await (await world.post(`/source/media/-/${action}`, body)).json()).ok, true);
    assertEquals(await canIn(world, "a/"), ALL);
  });
}

Deno.test("credentials are probed for those who may only edit, too", async () => {
  const { source } = createWorld();
  const limited = { ...source, diagnose: () => Promise.resolve(diagnosisOf({ write: "denied" })) };
  const permissions = { "files-browse": true, "files-edit": true };
  const world = createWorld({ sources: { media: limited }, permissions });
  assertEquals(await canIn(world, ""), { upload: false, edit: false, delete: false });
});

Deno.test("createGrantFacts() forgets the folder first that was denied the longest ago", () => {
  const facts = createGrantFacts(() => 0);
  const deny = (folder: string) => facts.note("media", { path: `${folder}/x`, what: "write", isAllowed: false });
  for (let index = 0; index < 1_000; index++) deny(`${index}`);
  deny("0");
  deny("another");
  assertEquals(["0/", "1/", "another/"].map((folder) => facts.known("media", folder).write), [false, true, false]);
});

Deno.test("createBackgroundFacts() forgets the oldest of 1,000 facts, and finds out again what has expired", async () => {
  let nowMs = 0;
  const facts = createBackgroundFacts({ find: () => Promise.resolve(nowMs), validMs: () => 10, now: () => nowMs });
  const learn = (name: string) => facts.learn({ name, source: stubSource() });
  for (let index = 0; index < 1_000; index++) await learn(`${index}`);
  nowMs = 10;
  await learn("0");
  await learn("another");
  assertEquals(["0", "1", "another"].map((name) => facts.known(name)), [10, undefined, 10]);
});

Deno.test("createGrantFacts() takes what a folder denies as unknown of those in it, and what it allows as allowed", () => {
  const facts = createGrantFacts(() => 0);
  facts.note("media", { path: "a/x", what: "write", isAllowed: false });
  facts.note("media", { path: "a/b/x", what: "delete", isAllowed: false });
  assertEquals(["", "a/", "a/b/", "a/b/c/"].map((folder) => facts.known("media", folder)), [
    { write: true, delete: true },
    { write: false, delete: true },
    { write: true, delete: false },
    { write: true, delete: true },
  ]);
});
