import { assert, assertEquals } from "@std/assert";
import { createGrantFacts } from "../../src/app/permissions/known_grants.ts";
import type { MemoryS3 } from "../../src/testing/mod.ts";
import { stubSource } from "../support/app_stub.ts";
import { createWorld, type World } from "../support/app_world.ts";

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

const canIn = async ({ request }: World, folder: string) =>
  (await (await request(`/source/media.json?folder=${encodeURIComponent(folder)}`)).json()).can;
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
  Deno.test(`one 403 ${code} takes nothing away from anyone`, async () => {
    let isFailing = false;
    const fetch = refusing((method) => method === "PUT" && isFailing ? code : undefined);
    const world = createWorld({ fetch, sourceOptions: { retry: { maxAttempts: 1 } } });
    assertEquals(await canIn(world, ""), ALL);
    isFailing = true;
    assert(await putAt(world, "a") >= 400);
    assertEquals([await canIn(world, ""), await canIn(world, "b/")], [ALL, ALL]);
  });

  Deno.test(`a 403 ${code} when it is tried what may be done takes nothing away either`, async () => {
    const fetch = refusing((method) => method === "PUT" ? code : undefined);
    assertEquals(await canIn(createWorld({ fetch, sourceOptions: { retry: { maxAttempts: 1 } } }), ""), ALL);
  });
}

Deno.test("AccessDenied is about one folder, and ends with a success there", async () => {
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

Deno.test("AccessDenied for deleting leaves uploads alone, from pages too, and ends with a success", async () => {
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

Deno.test("credentials that may write below alice/ only offer Upload there and deeper, and not at the top", async () => {
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

Deno.test("createGrantFacts() offers again after 15 minutes what was refused", () => {
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
