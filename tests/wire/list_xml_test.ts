import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { InvalidArgumentError, ServiceError } from "../../mod.ts";
import { readObjectPage } from "../../src/s3/xml/list_xml.ts";
import { stubFetch, stubSource } from "../support/stub_fetch.ts";

const CONTENTS = "<Contents><Key>team/a</Key><Size>1</Size></Contents>";

/** A source on a store that responds to every request with this document. */
function respondingWith(xml: string) {
  const store = stubFetch(() => new Response(xml, { headers: { "content-type": "application/xml" } }));
  return { source: stubSource(store, {}, { retry: { maxAttempts: 1 } }), ...store };
}

Deno.test("list() refuses a token that cannot be sent back", async () => {
  const { source, requests } = respondingWith(
    `<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>&#xD800;</NextContinuationToken></ListBucketResult>`,
  );
  await assertRejects(() => source.list(), ServiceError, "an unknown entity");
  assertEquals(requests.length, 1);
});

Deno.test("list() refuses a forged cursor that cannot be sent", async () => {
  const { source } = respondingWith(
    `<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>t</NextContinuationToken>${CONTENTS}</ListBucketResult>`,
  );
  const { cursor } = await source.list({ limit: 1 });
  await assertRejects(() => source.list({ cursor: `${cursor}\ud800` }), InvalidArgumentError, "the cursor");
});

for (const filler of [" ", "<a></a>", "<a/>"]) {
  Deno.test(`list() reads a listing that begins with 7 MB of "${filler}"`, async () => {
    const head = filler.repeat(Math.floor(7_000_000 / filler.length));
    const { files } = await respondingWith(`<ListBucketResult>${head}${CONTENTS}</ListBucketResult>`).source.list();
    assertEquals(files.map(({ path }) => path), ["a"]);
  });
}

for (const token of ["", "<NextContinuationToken/>", "<NextContinuationToken></NextContinuationToken>"]) {
  Deno.test(`readObjectPage() refuses a truncated page with the token "${token}"`, () => {
    const xml = `<ListBucketResult><IsTruncated>true</IsTruncated>${token}</ListBucketResult>`;
    assertThrows(() => readObjectPage(xml), ServiceError, "truncated without a token");
  });
}

for (
  const [encodingType, key, expected] of [
    ["<EncodingType>url</EncodingType>", "a+b", "a b"],
    ["<EncodingType>url</EncodingType>", "a%2Bb%20c", "a+b c"],
    ["<EncodingType>url</EncodingType>", "a", "a"],
    ["", "a+b%20", "a+b%20"],
  ] as const
) {
  Deno.test(`readObjectPage() reads the key ${key} with "${encodingType}"`, () => {
    const contents = `<Contents><Key>${key}</Key><Size>1</Size></Contents>`;
    const prefixes = `<CommonPrefixes><Prefix>${key}/</Prefix></CommonPrefixes>`;
    const xml = `<ListBucketResult>${encodingType}${contents}${prefixes}</ListBucketResult>`;
    const objects = [{ key: expected, size: 1, etag: null, lastModified: null }];
    assertEquals(readObjectPage(xml), { objects, commonPrefixes: [`${expected}/`] });
  });
}

for (const space of ["", " "]) {
  Deno.test(`readObjectPage() uses the first of several elements of a name, with "${space}" between them`, () => {
    const one = "<Key>a</Key><Size>1</Size><ETag>1</ETag><LastModified>2026-01-01T00:00:00Z</LastModified>";
    const two = "<Key>b</Key><Size>2</Size><ETag>2</ETag><LastModified>2027-01-01T00:00:00Z</LastModified>";
    const page = readObjectPage(`<ListBucketResult><Contents>${space}${one}${two}</Contents></ListBucketResult>`);
    const lastModified = new Date("2026-01-01T00:00:00Z");
    assertEquals(page?.objects, [{ key: "a", size: 1, etag: '"1"', lastModified }]);
  });
}
