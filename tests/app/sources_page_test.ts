import { assertEquals, assertFalse, assertMatch, assertStringIncludes } from "@std/assert";
import { pagesApp } from "../support/app_pages.ts";
import { appOf, HTML, stubSource } from "../support/app_stub.ts";

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
