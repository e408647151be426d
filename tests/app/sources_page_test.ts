import { assertEquals, assertFalse, assertMatch, assertStringIncludes, assertThrows } from "@std/assert";
import { createFilesApp, createRootSession } from "../../src/app/mod.ts";
import { ConfigError } from "../../src/errors.ts";
import { toFileId } from "../../src/app/file_id.ts";
import { pagesApp } from "../support/app_pages.ts";
import { appOf, HTML, SIGNING_SECRET, stubSource } from "../support/app_stub.ts";

const KNOWN = { authenticate: () => ({ id: "ines" }) };

Deno.test("the root redirects to the sources page", async () => {
  const response = await appOf(stubSource())("/");
  assertEquals([response.status, response.headers.get("location")], [302, "/-/files"]);
});

Deno.test("the sources page links to each source", async () => {
  const response = await appOf(stubSource())("/-/files", { headers: HTML });
  assertEquals(response.headers.get("content-type"), "text/html; charset=UTF-8");
  assertStringIncludes(await response.text(), 'href="/-/files/source/media"');
});

Deno.test("the sources page says what the visitor may do in each source", async () => {
  assertMatch((await pagesApp().get("/-/files")).text, /<bdi>media<\/bdi>\s*<small>Read, upload, change, delete</);
  const { text } = await pagesApp({}, { permissions: { "files-browse": true } }).get("/-/files");
  assertMatch(text, /<bdi>media<\/bdi>\s*<small>Read-only</);
});

Deno.test("the sources page says what a source is for, where somebody has written that", async () => {
  const { text } = await pagesApp({}, { descriptions: { media: "For <everyone>." } }).get("/-/files");
  assertMatch(text, /<bdi>media<\/bdi>\s*<small>For &lt;everyone&gt;\.<\/small>/);
});

Deno.test("the sources page says what this is and what to do next", async () => {
  const one = (await pagesApp().get("/-/files")).text;
  assertMatch(one, /<h1>Files<\/h1>\s*<p>Find, open, share and upload files here\.<\/p>/);
  assertMatch(one, /href="\/-\/files\/source\/media">Open <bdi>media</);
  assertMatch(one, /href="\/-\/files\/upload\/media">Upload files</);
  const readOnly = (await pagesApp({}, { permissions: { "files-browse": true } }).get("/-/files")).text;
  assertStringIncludes(readOnly, "<p>Find, open and share files here.</p>");
  assertFalse(readOnly.includes("Upload"));
  const app = createFilesApp({
    sources: { media: stubSource(), archive: stubSource() },
    permissions: { "files-browse": true },
  });
  const many = await (await app(new Request("http://localhost:8001/-/files", { headers: HTML }))).text();
  assertStringIncludes(many, "They are in 2 sources, each with folders of its own. Choose one to begin.");
});

Deno.test("the pages of files and sources say whose recent files these are", async () => {
  const app = pagesApp({ a: "" }, { authenticate: () => ({ id: "i", name: 'Ines "<"' }) });
  for (const url of ["/-/files", `/-/files/${toFileId({ source: "media", path: "a" })}`]) {
    assertStringIncludes((await app.get(url)).text, 'data-recent="Ines &quot;&lt;&quot;"');
  }
  assertStringIncludes((await pagesApp().get("/-/files")).text, 'data-recent=""');
});

Deno.test("createFilesApp() refuses to describe a source that is not there", () => {
  const message = 'Cannot use the option "descriptions": there is no source "toString"';
  const options = { sources: { media: stubSource() }, descriptions: { toString: "Nothing." } };
  assertThrows(() => createFilesApp(options), ConfigError, message);
});

Deno.test("the sources page asks anonymous visitors to log in", async () => {
  const { status, text } = await pagesApp({}, { permissions: { "files-browse": { id: "ines" } } }).get("/-/files");
  assertEquals(status, 200);
  assertStringIncludes(text, "You are not logged in");
  assertFalse(text.includes("media"));
});

Deno.test("the sources page says so when a visitor has no sources", async () => {
  const { text } = await pagesApp({}, { ...KNOWN, permissions: {} }).get("/-/files");
  assertStringIncludes(text, "You have no access to any source");
});

Deno.test("the sources page lets people log out who have logged in by link, and only those", async () => {
  const session = createRootSession({ secret: SIGNING_SECRET });
  const app = createFilesApp({ sources: { media: stubSource() }, session, secret: SIGNING_SECRET });
  const ask = (path: string, headers: Record<string, string> = {}) =>
    app(new Request(`http://localhost:8001${path}`, { headers: { ...HTML, ...headers } }));
  const login = await ask(await session.createLoginPath());
  const cookie = (login.headers.get("set-cookie") ?? "").split(";")[0] ?? "";
  assertStringIncludes(await (await ask("/-/files", { cookie })).text(), ">Log out</button>");
  assertFalse((await (await ask("/-/files")).text()).includes("Log out"));
  assertFalse((await pagesApp({}, KNOWN).get("/-/files")).text.includes("Log out"));
});

Deno.test("the sources page has one button to log in, with sources or without", async () => {
  const login = { oidc: { one: { issuer: "https://login.example.com", clientId: "files" } } };
  for (const permissions of [{}, { "files-browse": true }]) {
    const { text } = await pagesApp({}, { permissions, login }).get("/-/files");
    assertEquals([...text.matchAll(/<a [^>]*href="([^"]+)">Log in<\/a>/g)].map(([, url]) => url), [
      "/-/files/-/login?return_to=%2F-%2Ffiles",
    ]);
  }
});

Deno.test("the menu of a folder says who is logged in", async () => {
  const link = '<a href="/-/files/-/account">Logged in as <bdi>';
  const alice = pagesApp({}, { ...KNOWN, authenticate: () => ({ id: "alice", name: "Alice <1>" }) });
  assertStringIncludes((await alice.get("/-/files/source/media")).text, `${link}Alice &lt;1&gt;</bdi>`);
  const nobody = pagesApp({}, { permissions: { "files-browse": true } });
  assertFalse((await nobody.get("/-/files/source/media")).text.includes(link));
});
