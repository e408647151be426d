// One odd answer, as of a gateway in front of a store that is like AWS, teaches a source nothing.
import { assertEquals, assertRejects } from "@std/assert";
import { createS3Source, PreconditionFailedError } from "../../mod.ts";
import { createMemoryS3 } from "../../src/testing/mod.ts";
import { oddStore, sentWith } from "../support/odd_store.ts";
import { s3Error, s3Object } from "../support/stub_fetch.ts";

const stored = () => new Response(null, { headers: { etag: '"e"' } });

for (const status of [400, 405, 501]) {
  Deno.test(`a single ${status} of a gateway costs no check of downloads`, async () => {
    let count = 0;
    const { source, requests, warnings } = oddStore(() =>
      count++ === 0 ? new Response("<html><title>Oops</title></html>", { status }) : s3Object("hello")
    );
    for (let i = 0; i < 2; i++) assertEquals(await source.readText("a"), "hello");
    assertEquals(sentWith(requests, "x-amz-checksum-mode"), ["GET ENABLED", "GET ENABLED", "GET ENABLED"]);
    assertEquals(warnings, []);
  });

  Deno.test(`a single ${status} of a gateway costs no checksum of uploads`, async () => {
    let count = 0;
    const { source, requests, warnings } = oddStore(() => count++ === 0 ? new Response("", { status }) : stored());
    for (let i = 0; i < 2; i++) await source.upload("a", "hello");
    assertEquals(requests.filter(({ headers }) => headers.has("x-amz-checksum-sha256")).length, 3);
    assertEquals(warnings, []);
  });
}

Deno.test("a 412 in a race, after which HEAD shows the same tag again, keeps the quotes", async () => {
  let count = 0;
  const { source, requests, warnings } = oddStore(({ method }) => {
    if (method === "HEAD") return s3Object("hello", { etag: '"e1"' });
    return count++ === 0 ? s3Error(412, "PreconditionFailed") : stored();
  });
  for (let i = 0; i < 2; i++) await source.upload("a", "x", { ifMatch: '"e1"' });
  assertEquals(sentWith(requests, "if-match"), ['PUT "e1"', "HEAD -", 'PUT "e1"', 'PUT "e1"']);
  assertEquals(warnings, []);
});

Deno.test("refusals that alternate end, and teach nothing", async () => {
  let count = 0;
  const { source, requests, warnings } = oddStore(({ method }) => {
    if (method === "HEAD") return s3Object("hello", { etag: '"e1"' });
    return count++ % 2 === 0 ? new Response("", { status: 400 }) : s3Error(412, "PreconditionFailed");
  });
  await assertRejects(() => source.upload("a", "x", { ifMatch: '"e1"' }), PreconditionFailedError);
  assertEquals([requests.length, warnings], [5, []]);
});

Deno.test("keys that expire while quotes are found out are replaced, and the upload succeeds", async () => {
  const s3 = createMemoryS3({
    quirks: ["unquotedEtags"],
    credentials: { old: { secretAccessKey: "old-secret" }, new: { secretAccessKey: "new-secret" } },
  });
  const source = createS3Source({
    bucket: "bucket",
    endpointUrl: s3.config.endpointUrl,
    region: s3.config.region,
  }, {
    credentials: () => {
      const accessKeyId = s3.credentials.has("old") ? "old" : "new";
      return Promise.resolve({
        accessKeyId,
        secretAccessKey: `${accessKeyId}-secret`,
        expiration: new Date(Date.now() + 3_600_000),
      });
    },
    fetch(input, init) {
      if (init?.method === "HEAD") s3.credentials.delete("old");
      return s3.fetch(input, init);
    },
  });
  const { etag } = await source.upload("a", "1");
  await source.upload("a", "2", { ifMatch: etag ?? "" });
  assertEquals(await source.readText("a"), "2");
});
