import { assertEquals, assertFalse, assertMatch } from "@std/assert";
import { pagesApp } from "../support/app_pages.ts";
import { EVERYTHING } from "../support/app_stub.ts";

Deno.test("a page's menu lists only the sources the visitor may browse", async () => {
  const { text } = await pagesApp({}, { permissions: EVERYTHING }).get("/-/files/source/media");
  assertMatch(text, /href="\/-\/files\/source\/media"\s+aria-current="true"/);
  const hidden = await pagesApp({}, { permissions: { ...EVERYTHING, "files-browse": false } }).get(
    "/-/files/upload/media",
  );
  assertFalse(hidden.text.includes('href="/-/files/source/media"'));
});

Deno.test("a page has landmarks, a link past them, one heading, and nothing from other sites", async () => {
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
      ...["delete", "rename", "move", "copy", "edit", "link"].map((name) => `${form}/${name}?path=a.txt`),
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

Deno.test("a page far down has a menu of the folders between, and links each of them once", async () => {
  const { text } = await pagesApp().get("/-/files/source/media?folder=a%2Fb%2Fc%2Fd%2Fe%2Ff%2F");
  const crumbs = text.slice(text.indexOf("<ol>"), text.indexOf("</ol>"));
  const names = [...crumbs.matchAll(/<bdi>([^<]*)/g)].map(([, name]) => name);
  assertEquals(names, ["media", "a", "b", "c", "d", "e", "f"]);
  const [menu = ""] = /<details.*<\/details>/s.exec(crumbs) ?? [];
  assertEquals([...menu.matchAll(/<bdi>([^<]*)/g)].map(([, name]) => name), ["a", "b", "c"]);
  assertFalse((await pagesApp().get("/-/files/source/media?folder=a%2Fb%2Fc%2Fd%2F")).text.includes("in between"));
});

Deno.test("every script of a page has its nonce", async () => {
  const { text, headers } = await pagesApp({ a: "text" }).get("/-/files/source/media/-/form/edit?path=a");
  const nonces = [...text.matchAll(/<script type="module" nonce="([^"]+)" src="[^"]+\/(\w+\.js)">/g)];
  assertEquals(nonces.map(([, , name]) => name), ["app.js", "editor.js"]);
  for (const [, nonce] of nonces) {
    assertMatch(headers.get("content-security-policy") ?? "", new RegExp(`nonce-${nonce}`));
  }
});
