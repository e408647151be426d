import { assertEquals, assertFalse, assertMatch, assertStringIncludes } from "@std/assert";
import { createFilesApp, createMemoryState } from "../../src/app/mod.ts";
import { toFileId } from "../../src/app/file_id.ts";
import { createS3Source } from "../../mod.ts";
import { createMemoryS3, type MemoryS3 } from "../../src/testing/mod.ts";
import { pagesApp } from "../support/app_pages.ts";
import { EVERYTHING, HTML, SIGNING_SECRET } from "../support/app_stub.ts";

const FORM = "/-/files/source/media/-/form";
const WEEK = "604800";

/** The link that a page shows. */
function linkIn(text: string): string {
  const [, url = ""] = /class="mono" value="([^"]*)"/.exec(text) ?? [];
  return url.replaceAll("&amp;", "&");
}

Deno.test("the page to share makes no link before it is asked for one", async () => {
  const { status, text } = await pagesApp({ "a.txt": "" }).get(`${FORM}/link?path=a.txt`);
  assertEquals([status, linkIn(text)], [200, ""]);
  assertMatch(text, /<h1>Share “<bdi>a\.txt<\/bdi>”<\/h1>/);
});

Deno.test("the page to share shows a link through the app, how long it works, and that it can be revoked", async () => {
  const app = pagesApp({ "a.txt": "text" }, { now: () => Date.now() });
  const { text, headers } = await app.post(`${FORM}/link`, [["path", "a.txt"], ["expires_in_seconds", WEEK]]);
  const url = linkIn(text);
  assertMatch(url, /^http:\/\/127\.0\.0\.1:8001\/-\/files\/shared\/[\w-]+$/);
  const [, until = ""] =
    /can download the file until <time datetime="([^"]+)".*?<\/time>, or until this app/.exec(text) ??
      [];
  const days = (Date.parse(until) - Date.now()) / 86_400_000;
  assertEquals(days > 6.99 && days <= 7, true, `${days} days`);
  assertStringIncludes(text, "It leads through this app and can be revoked.");
  assertMatch(text, /value="604800"\s+selected/);
  assertEquals(headers.get("cache-control"), "no-store");
  assertEquals((await app.get(new URL(url).pathname)).text, "text");
});

Deno.test("the page to share shows a link straight to the store if that is chosen", async () => {
  const app = pagesApp({ "a.txt": "text" }, { now: () => Date.now() });
  const { text } = await app.post(`${FORM}/link`, [
    ["path", "a.txt"],
    ["expires_in_seconds", "86400"],
    ["through", "store"],
  ]);
  assertMatch(linkIn(text), /^https:\/\/memory\.s3\.test\/bucket\/media\/a\.txt\?.*X-Amz-Expires=86400/);
  assertStringIncludes(text, "It leads straight to the store and cannot be revoked.");
  assertFalse(text.includes("until this app restarts"));
});

Deno.test("the page to share offers no link to the store where files go through the app, or to a folder", async () => {
  const proxied = pagesApp({ a: "" }, { downloads: { media: "proxied" } });
  assertFalse((await proxied.get(`${FORM}/link?path=a`)).text.includes('name="through"'));
  const chosen = await proxied.post(`${FORM}/link`, [["path", "a"], ["through", "store"]]);
  assertStringIncludes(linkIn(chosen.text), "/-/files/shared/");
  const folder = await pagesApp({ "f/a": "" }).get(`${FORM}/link?path=f%2F`);
  assertFalse(folder.text.includes('name="through"'));
  assertStringIncludes(folder.text, "can see and download what is in the folder");
});

for (const [query, status] of [["path=none", 404], ["path=..%2Fa", 400], ["path=%2Fa", 400], ["", 400]] as const) {
  Deno.test(`the page to share refuses "${query}"`, async () => {
    assertEquals((await pagesApp({ a: "" }).get(`${FORM}/link?${query}`)).status, status);
  });
}

for (
  const [fields, status] of [
    [{ path: "none" }, 404],
    [{ path: "../a" }, 400],
    [{ path: "" }, 400],
    [{ path: "a", expires_in_seconds: "5" }, 400],
    [{ path: "a", expires_in_seconds: "1e9" }, 400],
  ] as const
) {
  Deno.test(`no link is made for ${JSON.stringify(fields)}`, async () => {
    const page = await pagesApp({ a: "" }).post(`${FORM}/link`, Object.entries(fields));
    assertEquals([page.status, linkIn(page.text)], [status, ""]);
  });
}

for (const [minutes, isShorter] of [[60, false], [59.5, false], [50, true]] as const) {
  Deno.test(`the page ${isShorter ? "says why" : "does not mention that"} a link to the store ends after ${minutes} minutes`, async () => {
    const now = Date.UTC(2030, 0, 1);
    const expiresAt = new Date(now + minutes * 60_000);
    const downloadUrl = () => Promise.resolve({ url: "https://store.test/a", expiresAt });
    const app = pagesApp({ a: "" }, { now: () => now }, { downloadUrl });
    const { text } = await app.post(`${FORM}/link`, [
      ["path", "a"],
      ["expires_in_seconds", "3600"],
      ["through", "store"],
    ]);
    assertEquals(text.includes("It cannot last longer"), isShorter);
    assertStringIncludes(text, `it works until <time datetime="${expiresAt.toISOString()}"`);
  });
}

Deno.test("a link in JSON leads through the app if the keys of the source expire before it", async () => {
  const now = Date.UTC(2030, 0, 1);
  const downloadUrl = () => Promise.resolve({ url: "https://store.test/a", expiresAt: new Date(now + 15 * 60_000) });
  const app = pagesApp({ a: "" }, { now: () => now }, { downloadUrl });
  const link = async (seconds: number) =>
    JSON.parse(
      (await app.get(`/-/files/${toFileId({ source: "media", path: "a" })}/link?expires_in_seconds=${seconds}`)).text,
    );
  assertEquals((await link(900)).url, "https://store.test/a");
  const { url, expires_at } = await link(604_800);
  assertStringIncludes(url, "/-/files/shared/");
  assertEquals(expires_at, "2030-01-08T00:00:00.000Z");
});

Deno.test("those who may change files revoke all links of a file at once; a new one works", async () => {
  let nowMs = Date.now();
  const app = pagesApp({ a: "1", b: "2" }, { now: () => nowMs });
  const share = async (path: string) =>
    new URL(linkIn((await app.post(`${FORM}/link`, [["path", path]])).text)).pathname;
  const [first, second, other] = [await share("a"), await share("a"), await share("b")];
  nowMs += 1_000;
  const page = await app.post(`${FORM}/revoke`, [["path", "a"]]);
  assertStringIncludes(page.text, "All links that anyone made to this file no longer work.");
  nowMs += 1_000;
  const statusOf = async (path: string) => (await app.get(path)).status;
  assertEquals(await Promise.all([first, second, other].map(statusOf)), [404, 404, 200]);
  assertEquals(await statusOf(await share("a")), 200);
});

Deno.test("people who may only browse revoke their own links", async () => {
  let nowMs = Date.now();
  let id: string | null = "alice";
  const app = pagesApp({ a: "1" }, {
    permissions: { "files-browse": true },
    authenticate: () => id === null ? null : { id },
    now: () => nowMs,
  });
  const share = async () => new URL(linkIn((await app.post(`${FORM}/link`, [["path", "a"]])).text)).pathname;
  const ofAlice = await share();
  id = "bob";
  const ofBob = await share();
  nowMs += 1_000;
  assertStringIncludes((await app.get(`${FORM}/link?path=a`)).text, "Revoke my links");
  assertEquals((await app.post(`${FORM}/revoke`, [["path", "a"]])).status, 200);
  assertEquals([(await app.get(ofAlice)).status, (await app.get(ofBob)).status], [200, 404]);
  id = null;
  assertFalse((await app.get(`${FORM}/link?path=a`)).text.includes("Revoke"));
  assertEquals((await app.post(`${FORM}/revoke`, [["path", "a"]])).status, 403);
});

Deno.test("links are neither made nor revoked without files-browse, or from another site", async () => {
  const app = pagesApp({ a: "1" }, { permissions: { ...EVERYTHING, "files-browse": false } });
  const open = pagesApp({ a: "1" });
  for (const form of ["link", "revoke"]) {
    const page = await app.post(`${FORM}/${form}`, [["path", "a"]]);
    assertEquals([page.status, linkIn(page.text)], [403, ""]);
    const foreign = await open.post(`${FORM}/${form}`, [["path", "a"]], { "sec-fetch-site": "cross-site" });
    assertEquals(foreign.status, 403);
  }
});

Deno.test("the page to share says nothing of restarts with a state that outlasts them", async () => {
  const app = pagesApp({ a: "" }, { state: createMemoryState(), secret: SIGNING_SECRET });
  const { text } = await app.post(`${FORM}/link`, [["path", "a"]]);
  assertFalse(text.includes("restarts"));
});

Deno.test("a source without keys has links through the app", async () => {
  const s3 = createMemoryS3();
  s3.putObject({ bucket: "bucket", key: "a.txt", body: "A" });
  const { endpointUrl, bucket } = s3.config;
  const source = createS3Source({ endpointUrl, bucket, anonymous: true }, anonymousStore(s3));
  const app = createFilesApp({ sources: { media: source }, permissions: { "files-browse": true } });
  const get = (path: string) => app(new Request(`http://127.0.0.1:8001${path}`, { headers: HTML }));
  const id = toFileId({ source: "media", path: "a.txt" });
  const page = await get(`/-/files/${id}`);
  assertEquals(page.status, 200);
  assertMatch(page.headers.get("content-security-policy") ?? "", /connect-src 'self';/);
  await page.body?.cancel();
  const download = await get(`/-/files/${id}/download`);
  assertEquals([download.status, await download.text()], [200, "A"]);
  const { url } = await (await get(`/-/files/${id}/link`)).json();
  assertEquals(await (await get(new URL(url).pathname)).text(), "A");
});

/** Answers unsigned requests as if they were signed, as a public bucket does. */
function anonymousStore(s3: MemoryS3): { fetch: typeof fetch } {
  const signed = createS3Source(s3.config, { fetch: s3.fetch });
  return {
    async fetch(input, init) {
      assertEquals(new Headers(init?.headers).has("authorization"), false);
      const path = decodeURIComponent(new URL(String(input)).pathname).replace("/bucket/", "");
      const { info, body } = await signed.stream(path);
      const headers = { etag: info.etag ?? "", "content-length": String(info.size), "content-type": info.contentType };
      if (init?.method !== "HEAD") return new Response(body, { headers });
      await body.cancel();
      return new Response(null, { headers });
    },
  };
}
