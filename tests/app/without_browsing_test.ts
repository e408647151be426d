import { assertEquals } from "@std/assert";
import { EVERYTHING, HTML, SAME_ORIGIN } from "../support/app_stub.ts";
import { createWorld, idOf, type WorldOptions } from "../support/app_world.ts";
import { notDeleted } from "../support/deletions.ts";

const BLIND = { ...EVERYTHING, "files-browse": false } as const;

/** Hidden without permission to browse: names in folders, digests, times, people, texts. */
const SECRETS = /topsecret|sha256|5d41402abc4b2a76b9719d911017c592|20\d\d-|alice|cats/;

/** An app in which everything but browsing is permitted. */
function createBlindWorld(options: WorldOptions = {}) {
  return createWorld({
    permissions: BLIND,
    files: { a: "hello", "d/topsecret": "1", "d/e/topsecret2": "2" },
    ...options,
  });
}

const actions: [name: string, ask: (world: ReturnType<typeof createWorld>) => Promise<Response>, status: number][] = [
  ["update", ({ post }) => post(`/${idOf("a")}/-/update`, { update: { search_text: "dogs" } }), 200],
  ["move of a folder", ({ post }) => post("/source/media/-/move", { from: "d/", to: "f/" }), 200],
  ["move of a file", ({ post }) => post("/source/media/-/move", { from: "a", to: "b" }), 200],
  ["delete of a folder", ({ post }) => post("/source/media/-/delete", { paths: ["d/"] }), 200],
  ["delete of a file", ({ post }) => post(`/${idOf("a")}/-/delete`, {}), 200],
  ["PUT content", ({ request }) => request("/source/media/-/content?path=a", { method: "PUT", body: "mine" }), 201],
  ["a conflict", ({ request }) => {
    const init = { method: "PUT", body: "mine", headers: { "if-match": '"other"' } };
    return request("/source/media/-/content?path=a", init);
  }, 412],
  [
    "prepare that asks",
    ({ post }) => post("/upload/media/-/prepare", { filename: "a", size: 1, on_collision: "ask" }),
    409,
  ],
  ["copy", ({ post }) => post("/source/media/-/copy", { from: "d/", to: "g/" }), 403],
  ["the folder", ({ request }) => request("/source/media.json"), 403],
  ["the file", ({ request }) => request(`/${idOf("a")}.json`), 403],
  ["the bytes", ({ request }) => request(`/${idOf("a")}/content`), 403],
  ["a thumbnail", ({ request }) => request(`/${idOf("a")}/thumbnail`), 403],
  ["a link", ({ request }) => request(`/${idOf("a")}/link`), 403],
  ["batch", ({ request }) => request(`/batch.json?id=${idOf("a")}`), 200],
  ["search", ({ request }) => request("/search.json?q=topsecret&source=media"), 403],
  ["sources", ({ request }) => request("/sources.json"), 200],
];

for (const [name, ask, status] of actions) {
  Deno.test(`without files-browse, ${name} reveals nothing about stored files`, async () => {
    const world = createBlindWorld();
    await world.source.copy("a", "a", { metadata: { "search-text": "cats", "uploaded-by": "alice" } });
    const response = await ask(world);
    const text = await response.text();
    assertEquals([response.status, SECRETS.exec(text.replace('"q":"topsecret"', ""))?.[0]], [status, undefined]);
    assertEquals(response.headers.get("etag"), null);
  });
}

for (const action of ["move", "delete"] as const) {
  Deno.test(`without files-browse, a ${action} that fails in part says how many files failed, without names`, async () => {
    const { source } = createBlindWorld();
    const media = { ...source, deleteMany: () => Promise.resolve(notDeleted(["d/e/topsecret2"])) };
    const { post, request } = createWorld({ sources: { media }, permissions: BLIND });
    const body = action === "move" ? { from: "d/", to: "f/" } : { paths: ["d/"] };
    const answer = await (await post(`/source/media/-/${action}`, body)).json();
    assertEquals([answer.ok, answer.errors.length, answer.errors[0].path], [false, 1, "d/"]);
    assertEquals(SECRETS.exec(JSON.stringify(answer)), null);
    const form = new URLSearchParams({ path: "d/", to: "h/", confirmed: "1" });
    const headers = { ...HTML, ...SAME_ORIGIN };
    const page = await request(`/source/media/-/form/${action}`, { method: "POST", headers, body: form });
    assertEquals([page.status, SECRETS.exec(await page.text())], [409, null]);
  });
}

Deno.test("without files-browse, complete describes only the upload", async () => {
  const world = createBlindWorld({ files: {} });
  const prepared = await (await world.post("/upload/media/-/prepare", { filename: "n", size: 1, folder: "" })).json();
  await world.request(prepared.upload_url.replace("/-/files", ""), { method: "PUT", body: "n" });
  const { file } = await (await world.post("/upload/media/-/complete", prepared)).json();
  assertEquals([file.path, file.size], ["n", 1]);
  assertEquals([file.content_hash, file.etag, file.last_modified, file.uploaded_by], [null, null, null, null]);
});

Deno.test("nobody without permission learns whether a source exists", async () => {
  for (const actor of [null, { id: "bob" }]) {
    const { request } = createWorld({ permissions: { "files-browse": { id: "alice" } }, authenticate: () => actor });
    const answers = await Promise.all(["media", "none"].map(async (name) => {
      const response = await request(`/source/${name}.json`);
      response.headers.delete("x-request-id");
      return [response.status, [...response.headers].join(), await response.text()];
    }));
    assertEquals(answers[0], answers[1]);
    assertEquals(answers[0]?.[0], 403);
  }
});
