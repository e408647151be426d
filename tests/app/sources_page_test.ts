import { assertEquals, assertFalse, assertMatch, assertStringIncludes } from "@std/assert";
import { pagesApp } from "../support/app_pages.ts";
import { EVERYTHING } from "../support/app_stub.ts";

const KNOWN = { authenticate: () => ({ id: "ines" }) };

Deno.test("sourcesPage() says what one may do in each source", async () => {
  assertMatch((await pagesApp().get("/-/files")).text, /<bdi>media<\/bdi>\s*<small>Read, upload, change, delete</);
  const { text } = await pagesApp({}, { permissions: { "files-browse": true } }).get("/-/files");
  assertMatch(text, /<bdi>media<\/bdi>\s*<small>Read only</);
});

Deno.test("sourcesPage() asks those to log in who are not known", async () => {
  const { status, text } = await pagesApp({}, { permissions: { "files-browse": { id: "ines" } } }).get("/-/files");
  assertEquals(status, 200);
  assertStringIncludes(text, "You are not logged in");
  assertFalse(text.includes("media"));
});

Deno.test("sourcesPage() tells those who are known that there is nothing for them", async () => {
  const { text } = await pagesApp({}, { ...KNOWN, permissions: {} }).get("/-/files");
  assertStringIncludes(text, "There is no source here for you.");
});

Deno.test("failurePage() asks those to log in who are not known, and others not", async () => {
  const permissions = { "files-browse": { id: "alice" } };
  const unknown = await pagesApp({}, { permissions }).get("/-/files/source/media");
  assertEquals(unknown.status, 403);
  assertStringIncludes(unknown.text, "<h1>You are not logged in</h1>");
  const known = await pagesApp({}, { ...KNOWN, permissions }).get("/-/files/source/media");
  assertEquals(known.status, 403);
  assertStringIncludes(known.text, "<h1>Not allowed</h1>");
  assertStringIncludes(known.text, "You may not browse this source.");
});

Deno.test("page() lists in its menu only the sources one may browse", async () => {
  const { text } = await pagesApp({}, { permissions: EVERYTHING }).get("/-/files/source/media");
  assertMatch(text, /href="\/-\/files\/source\/media"\s+aria-current="true"/);
  const hidden = await pagesApp({}, { permissions: { ...EVERYTHING, "files-browse": false } }).get(
    "/-/files/upload/media",
  );
  assertFalse(hidden.text.includes('href="/-/files/source/media"'));
});

Deno.test("page() has landmarks, a way past them, one heading, and nothing from elsewhere", async () => {
  const app = pagesApp({ "a.txt": "" });
  const form = "/-/files/source/media/-/form";
  for (
    const url of [
      "/-/files",
      "/-/files/source/media",
      "/-/files/source/media?folder=none",
      "/-/files/upload/media",
      "/-/files/search?q=a",
      "/-/files/none",
      ...["delete", "move", "copy", "edit", "link"].map((name) => `${form}/${name}?path=a.txt`),
      `${form}/folder`,
    ]
  ) {
    const { text } = await app.get(url);
    assertMatch(text, /<body[^>]*>\s*<a class="skip" href="#main">/, url);
    assertMatch(text, /<main id="main" tabindex="-1">/, url);
    assertEquals(text.match(/<h1/g)?.length, 1, url);
    assertFalse(/\s(?:src|href|action)="(?!\/|#)|style="|\son[a-z]+="/.test(text), url);
  }
});

Deno.test("failurePage() leads to no other site, whatever path was asked for", async () => {
  const authenticate = () => {
    throw new Error("out of order");
  };
  const { get } = pagesApp({}, { authenticate });
  for (const path of ["//evil.example/x", "/\\evil.example/x"]) {
    const { status, text } = await get(path);
    assertEquals(status, 500);
    assertMatch(text, /href="\/-\/files"[^>]*>\s*Try again now/);
    assertFalse(text.includes("evil.example"));
  }
});
