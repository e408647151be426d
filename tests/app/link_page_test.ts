import { assertEquals, assertMatch } from "@std/assert";
import { pagesApp } from "../support/app_pages.ts";

const FORM = "/-/files/source/media/-/form";

Deno.test("the link page shows a link and when it expires", async () => {
  const app = pagesApp({ "a.txt": "" }, { now: () => Date.now() });
  const { text, headers } = await app.get(`${FORM}/link?path=a.txt&expires_in_seconds=86400`);
  assertMatch(text, /value="http:\/\/memory\.s3\.test\/bucket\/media\/a\.txt\?[^"]*X-Amz-Expires=86400/);
  assertMatch(text, /can download the file until \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC\./);
  assertMatch(text, /value="86400"\s+selected/);
  assertEquals(headers.get("cache-control"), "no-store");
});

for (const [query, status] of [["path=none", 404], ["path=a&expires_in_seconds=5", 400], ["", 400]] as const) {
  Deno.test(`the link page refuses "${query}"`, async () => {
    assertEquals((await pagesApp({ a: "" }).get(`${FORM}/link?${query}`)).status, status);
  });
}
