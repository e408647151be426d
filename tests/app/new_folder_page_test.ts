import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { pagesApp } from "../support/app_pages.ts";

const FORM = "/-/files/source/media/-/form";
const FOLDER = "/-/files/source/media";

Deno.test("the new folder page makes a folder that is shown while it is empty", async () => {
  const app = pagesApp({ "x/a": "" });
  assertStringIncludes((await app.get(`${FORM}/folder?folder=x%2F`)).text, 'name="name"');
  const { status, headers } = await app.post(`${FORM}/folder?folder=x%2F`, [["name", "<new> & old"]]);
  assertEquals([status, headers.get("location")], [303, `${FOLDER}?folder=x%2F`]);
  assertStringIncludes((await app.get(`${FOLDER}?folder=x%2F`)).text, 'data-path="x/&lt;new&gt; &amp; old/"');
});

for (const [name, status] of [["a", 409], ["b", 409], ["", 400], ["..", 400], ["/x", 400]] as const) {
  Deno.test(`the new folder page says why there can be no folder "${name}", and keeps the name`, async () => {
    const app = pagesApp({ "a/x": "", "b": "" });
    const page = await app.post(`${FORM}/folder`, [["name", name]]);
    assertEquals(page.status, status);
    assertMatch(page.text, /role="alert"/);
    assertMatch(page.text, new RegExp(`name="name"\\s+value="${name.replaceAll(".", "\\.")}"`));
  });
}
