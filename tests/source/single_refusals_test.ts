// One odd answer, as of a gateway in front of a store that is like AWS, teaches a source nothing.
import { assertEquals, assertRejects } from "@std/assert";
import { PreconditionFailedError } from "../../mod.ts";
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
