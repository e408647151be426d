import { assertEquals } from "@std/assert";
import { KEYS, s3Object, stubFetch, stubSource } from "../support/stub_fetch.ts";

Deno.test("createS3Source() does no I/O", () => {
  const store = stubFetch();
  stubSource(store);
  assertEquals(store.requests.length, 0);
});

Deno.test("capabilities are those of S3", () => {
  assertEquals(stubSource(stubFetch()).capabilities, {
    canUpload: true,
    canDelete: true,
    canList: true,
    canGenerateSignedUrls: true,
    requiresProxyDownload: false,
    maxFileSizeBytes: 10_000 * 5 * 1024 ** 3,
  });
});

Deno.test("folder() narrows every path, and may be nested", async () => {
  const store = stubFetch(s3Object("x"));
  const folder = stubSource(store).folder("docs").folder("2030/");
  await folder.read("a.txt");
  assertEquals(store.requests[0]?.url, "http://store.test:8333/media/team/docs/2030/a.txt");
  assertEquals((await folder.connect()).prefix, "team/docs/2030/");
});

Deno.test("credentials() returns the configured keys", async () => {
  assertEquals(await stubSource(stubFetch(), { sessionToken: "t" }).credentials(), { ...KEYS, sessionToken: "t" });
});
