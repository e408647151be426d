import { assert, assertEquals, assertMatch } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { createFilesApp } from "../../src/app/mod.ts";
import { toFileId } from "../../src/app/file_id.ts";
import { createS3Source } from "../../mod.ts";
import { createMemoryS3 } from "../../src/testing/mod.ts";
import { EVERYTHING, HTML } from "../support/app_stub.ts";
import { hang } from "../support/stub_fetch.ts";

/** A store that takes requests and does not answer them. */
const silent: typeof fetch = (url, init = {}) =>
  hang({ method: "GET", url: String(url), headers: new Headers(), body: "", init });

const app = () => {
  const source = createS3Source(
    { bucket: "media", accessKeyId: "A", secretAccessKey: "secret", endpointUrl: "http://store.test" },
    { fetch: silent },
  );
  return createFilesApp({ sources: { media: source }, permissions: EVERYTHING });
};

/** How many seconds pass until there is an answer. */
async function secondsUntil<T>(time: FakeTime, answer: Promise<T>): Promise<readonly [seconds: number, answer: T]> {
  let isAnswered = false;
  answer.finally(() => isAnswered = true).catch(() => {});
  for (let seconds = 0; seconds < 1_000; seconds++) {
    for (let turn = 0; turn < 50 && !isAnswered; turn++) {
      // What the store in memory hashes takes no time of ours, but real time.
      await crypto.subtle.digest("SHA-256", new Uint8Array(1));
      await time.tickAsync(0);
    }
    if (isAnswered) return [seconds, await answer];
    await time.tickAsync(1_000);
  }
  throw new Error("there was no answer");
}

const post = (fields: Record<string, string>): RequestInit => ({ method: "POST", body: new URLSearchParams(fields) });
const id = toFileId({ source: "media", path: "a.txt" });

const pages: Record<string, RequestInit> = {
  "/source/media": {},
  "/source/media.json": {},
  "/source/media/-/form/edit?path=a.txt": {},
  "/source/media/-/form/link?path=a.txt": {},
  [`/${id}`]: {},
  [`/${id}.json`]: {},
  "/search?q=a": {},
  "/search.json?q=a": {},
  "/source/media/-/form/folder": post({ name: "new" }),
  "/source/media/-/form/delete": post({ path: "a.txt", confirmed: "1" }),
  "/source/media/-/form/delete?folder=": post({ path: "folder/", confirmed: "1" }),
  "/source/media/-/form/move": post({ path: "a.txt", to: "", name: "b.txt", confirmed: "1" }),
  "/source/media/-/form/copy": post({ path: "a.txt", to: "", name: "b.txt", confirmed: "1", overwrite: "1" }),
  "/source/media/-/form/move?folder=": post({ path: "a/", to: "b/", confirmed: "1" }),
  "/source/media/-/form/edit": post({ path: "a.txt", text: "new", etag: '"t"' }),
};

for (const [path, init] of Object.entries(pages)) {
  Deno.test(`${init.method ?? "GET"} ${path} responds within 20 s while the store does not`, async () => {
    using time = new FakeTime();
    const headers = path.includes(".json") ? {} : HTML;
    const request = new Request(`http://127.0.0.1:8001/-/files${path}`, { ...init, headers });
    const [seconds, response] = await secondsUntil(time, app()(request));
    assert(seconds < 20, `it took ${seconds} s`);
    const text = await response.text();
    // A search tells of a source that it could not look into.
    if (!path.startsWith("/search")) assertEquals(response.status, 504, text);
    assertMatch(text, /took too long/);
  });
}

Deno.test("a copy may take long while the store responds to other requests", async () => {
  using time = new FakeTime();
  const s3 = createMemoryS3();
  s3.putObject({ bucket: "bucket", key: "a.txt", body: "hello" });
  const slowCopies: typeof fetch = async (url, init = {}) => {
    if (new Headers(init.headers).has("x-amz-copy-source")) await new Promise((done) => setTimeout(done, 25_000));
    return await s3.fetch(url, init);
  };
  const source = createS3Source(s3.config, { fetch: slowCopies });
  const app = createFilesApp({ sources: { media: source }, permissions: EVERYTHING });
  const fields = { path: "a.txt", to: "", name: "b.txt", confirmed: "1" };
  const request = new Request("http://127.0.0.1:8001/-/files/source/media/-/form/copy", {
    ...post(fields),
    headers: HTML,
  });
  const [seconds, response] = await secondsUntil(time, app(request));
  assertEquals([seconds, response.status], [25, 303]);
  assertEquals(s3.listKeys("bucket").toSorted(), ["a.txt", "b.txt"]);
});
