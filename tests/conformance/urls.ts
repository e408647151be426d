import { assert, assertEquals, assertMatch } from "@std/assert";
import { REFUSED } from "./plain_requests.ts";
import type { ConformanceTest } from "./suite.ts";

/** Signed URLs, fetched as a browser does. */
export function testUrls(test: ConformanceTest): void {
  test("downloadUrl() works with plain fetch", async ({ source, store }) => {
    await source.upload("notes/hello.txt", "Hello", { contentType: "text/x-test" });
    const { url, expiresAt } = await source.downloadUrl("notes/hello.txt");
    assert(Math.abs(expiresAt.getTime() - Date.now() - 300_000) < 10_000);
    const response = await store.fetch(url);
    assertEquals(await response.text(), "Hello");
    assertEquals(response.headers.get("content-type"), "text/x-test");
    assertMatch(response.headers.get("content-disposition") ?? "", /^attachment; filename="?hello\.txt"?/);
  });

  test("downloadUrl() names the file as it is told", async ({ source, store }) => {
    await source.upload("a", "A");
    const { url } = await source.downloadUrl("a", { filename: 'Grüße "heute"\r\n; x.txt' });
    const response = await store.fetch(url);
    await response.text();
    const disposition = response.headers.get("content-disposition") ?? "";
    assertMatch(
      disposition,
      /^attachment; filename="[\x20-\x21\x23-\x5b\x5d-\x7e]*"; filename\*=UTF-8''Gr%C3%BC%C3%9Fe/,
    );
  });

  test("downloadUrl() with inline lets a browser show the file", async ({ source, store }) => {
    await source.upload("a.txt", "A");
    const { url } = await source.downloadUrl("a.txt", { inline: true });
    const response = await store.fetch(url);
    await response.text();
    assertMatch(response.headers.get("content-disposition") ?? "", /^inline/);
  });

  test("downloadUrl() serves ranges", async ({ source, store }) => {
    await source.upload("a.txt", "0123456789");
    const { url } = await source.downloadUrl("a.txt");
    const response = await store.fetch(url, { headers: { range: "bytes=2-4" } });
    assertEquals([response.status, await response.text()], [206, "234"]);
  });

  test("downloadUrl() is refused when altered", async ({ source, store }) => {
    await source.upload("a.txt", "A");
    await source.upload("b.txt", "B");
    const { url } = await source.downloadUrl("a.txt");
    for (const altered of [url.replace("a.txt", "b.txt"), url.replace("attachment", "inline"), url.slice(0, -1)]) {
      const response = await store.fetch(altered);
      await response.body?.cancel();
      assertMatch(`${response.status}`, REFUSED);
    }
  });

  test("downloadUrl() is refused after expiresAt", async ({ prefix, open, store }) => {
    const before = open(prefix, { now: () => Date.now() - 120_000 });
    await before.upload("a.txt", "A");
    const { url, expiresAt } = await before.downloadUrl("a.txt", { expiresInSeconds: 60 });
    assert(expiresAt.getTime() < Date.now());
    const response = await store.fetch(url);
    await response.body?.cancel();
    assertMatch(`${response.status}`, REFUSED);
  });
}
