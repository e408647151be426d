import { assertEquals, assertMatch } from "@std/assert";
import { createFilesApp } from "../../src/app/mod.ts";
import { toFileId } from "../../src/app/file_id.ts";
import { createS3Source } from "../../mod.ts";
import { createMemoryS3, type MemoryS3 } from "../../src/testing/mod.ts";
import { pagesApp } from "../support/app_pages.ts";
import { HTML } from "../support/app_stub.ts";

const FORM = "/-/files/source/media/-/form";

Deno.test("the link page shows a link and when it expires", async () => {
  const app = pagesApp({ "a.txt": "" }, { now: () => Date.now() });
  const { text, headers } = await app.get(`${FORM}/link?path=a.txt&expires_in_seconds=86400`);
  assertMatch(text, /value="https:\/\/memory\.s3\.test\/bucket\/media\/a\.txt\?[^"]*X-Amz-Expires=86400/);
  assertMatch(text, /can download the file until <time [^>]*data-exact>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC<\/time>\./);
  assertMatch(text, /value="86400"\s+selected/);
  assertEquals(headers.get("cache-control"), "no-store");
});

for (const [query, status] of [["path=none", 404], ["path=a&expires_in_seconds=5", 400], ["", 400]] as const) {
  Deno.test(`the link page refuses "${query}"`, async () => {
    assertEquals((await pagesApp({ a: "" }).get(`${FORM}/link?${query}`)).status, status);
  });
}

for (const [minutes, isShorter] of [[60, false], [59.5, false], [50, true]] as const) {
  Deno.test(`the link page ${isShorter ? "says why" : "does not mention that"} a link ends after ${minutes} minutes`, async () => {
    const now = Date.UTC(2030, 0, 1);
    const expiresAt = new Date(now + minutes * 60_000);
    const downloadUrl = () => Promise.resolve({ url: "https://store.test/a", expiresAt });
    const { text } = await pagesApp({ a: "" }, { now: () => now }, { downloadUrl }).get(`${FORM}/link?path=a`);
    assertEquals(text.includes("It cannot last longer"), isShorter);
  });
}

Deno.test("a source without keys offers no links, refuses them before any request, and serves files itself", async () => {
  const sent: string[] = [];
  const s3 = createMemoryS3();
  s3.putObject({ bucket: "bucket", key: "a.txt", body: "A" });
  const { fetch } = anonymousStore(s3, sent);
  const { endpointUrl, bucket } = s3.config;
  const source = createS3Source({ endpointUrl, bucket, anonymous: true }, { fetch });
  const app = createFilesApp({ sources: { media: source }, permissions: { "files-browse": true } });
  const get = (path: string) => app(new Request(`http://127.0.0.1:8001${path}`, { headers: HTML }));
  const id = toFileId({ source: "media", path: "a.txt" });
  const page = await get(`/-/files/${id}`);
  assertEquals([page.status, (await page.text()).includes("Copy link")], [200, false]);
  assertMatch(page.headers.get("content-security-policy") ?? "", /connect-src 'self';/);
  const download = await get(`/-/files/${id}/download`);
  assertEquals([download.status, await download.text()], [200, "A"]);
  const before = sent.length;
  for (const path of [`${FORM}/link?path=a.txt`, `/-/files/${id}/link`]) {
    const refused = await get(path);
    assertEquals(refused.status, 403);
    assertMatch(await refused.text(), /This source has no keys that could sign a link\. Download the file instead\./);
  }
  assertEquals(sent.length, before);
});

/** Answers unsigned requests as if they were signed, as a public bucket does. */
function anonymousStore(s3: MemoryS3, sent: string[]): { fetch: typeof fetch } {
  const signed = createS3Source(s3.config, { fetch: s3.fetch });
  return {
    async fetch(input, init) {
      assertEquals(new Headers(init?.headers).has("authorization"), false);
      sent.push(String(input));
      const path = decodeURIComponent(new URL(String(input)).pathname).replace("/bucket/", "");
      const { info, body } = await signed.stream(path);
      const headers = { etag: info.etag ?? "", "content-length": String(info.size), "content-type": info.contentType };
      if (init?.method !== "HEAD") return new Response(body, { headers });
      await body.cancel();
      return new Response(null, { headers });
    },
  };
}
