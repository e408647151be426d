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
