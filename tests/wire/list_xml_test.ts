import { assertEquals, assertRejects } from "@std/assert";
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
  Deno.test(`readObjectPage() refuses a truncated page with the token "${token}"`, async () => {
    const xml = `<ListBucketResult><IsTruncated>true</IsTruncated>${token}</ListBucketResult>`;
    await assertRejects(() => readObjectPage(xml), ServiceError, "truncated without a token");
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
  Deno.test(`readObjectPage() reads the key ${key} with "${encodingType}"`, async () => {
    const contents = `<Contents><Key>${key}</Key><Size>1</Size></Contents>`;
    const prefixes = `<CommonPrefixes><Prefix>${key}/</Prefix></CommonPrefixes>`;
    const xml = `<ListBucketResult>${encodingType}${contents}${prefixes}</ListBucketResult>`;
    const objects = [{ key: expected, size: 1, etag: null, lastModified: null }];
    assertEquals(await readObjectPage(xml), {
      objects,
      commonPrefixes: [`${expected}/`],
      skipped: 0,
      problems: new Map(),
    });
  });
}

for (const space of ["", " "]) {
  Deno.test(`readObjectPage() uses the first of several elements of a name, with "${space}" between them`, async () => {
    const one = "<Key>a</Key><Size>1</Size><ETag>1</ETag><LastModified>2026-01-01T00:00:00Z</LastModified>";
    const two = "<Key>b</Key><Size>2</Size><ETag>2</ETag><LastModified>2027-01-01T00:00:00Z</LastModified>";
    const page = await readObjectPage(`<ListBucketResult><Contents>${space}${one}${two}</Contents></ListBucketResult>`);
    const lastModified = new Date("2026-01-01T00:00:00Z");
    assertEquals(page?.objects, [{ key: "a", size: 1, etag: '"1"', lastModified }]);
  });
}

const A = { key: "a", size: 1, etag: null, lastModified: null };
const WHOLE = "<Contents><Key>a</Key><Size>1</Size></Contents>";

for (
  const [name, odd, skipped, problems] of [
    ["an object without a size", "<Contents><Key>b</Key></Contents>", 1, [["an object has no size", "b"]]],
    ["a size that is none", "<Contents><Key>b</Key><Size>-1</Size></Contents>", 1, [["an object has no size", "b"]]],
    ["an object without a key", "<Contents><Size>1</Size></Contents>", 1, [["an object has no key", ""]]],
    ["an empty key", "<Contents><Key/><Size>1</Size></Contents>", 1, [["an object has no key", ""]]],
    ["an empty object", "<Contents/>", 0, [["an element is empty", ""]]],
    ["an empty group", "<CommonPrefixes/>", 0, [["an element is empty", ""]]],
    ["a group of nothing", "<CommonPrefixes><Prefix></Prefix></CommonPrefixes>", 0, [[
      "an element is empty",
      "",
    ]]],
    ["a group that is not UTF-8", "<CommonPrefixes><Prefix>%FF/</Prefix></CommonPrefixes>", 1, [[
      "a key is not UTF-8",
      "%FF/",
    ]]],
    ["a key that is not UTF-8", "<Contents><Key>%FF</Key><Size>1</Size></Contents>", 1, [[
      "a key is not UTF-8",
      "%FF",
    ]]],
    ["two of a kind", "<Contents><Key>b</Key></Contents><Contents><Key>c</Key></Contents>", 2, [[
      "an object has no size",
      "b",
    ]]],
  ] as const
) {
  Deno.test(`readObjectPage() leaves out ${name}, and says so`, async () => {
    const head = "<ListBucketResult><EncodingType>url</EncodingType>";
    for (const inner of [odd + WHOLE, WHOLE + odd]) {
      const page = await readObjectPage(`${head}${inner}</ListBucketResult>`);
      assertEquals(page, { objects: [A], commonPrefixes: [], skipped, problems: new Map(problems) });
    }
  });
}

Deno.test("readObjectPage() takes no key for encoded if one has a % that encodes nothing", async () => {
  const items = ["100%.txt", "a+b", "c%20d"].map((key) => `<Contents><Key>${key}</Key><Size>1</Size></Contents>`);
  const prefixes = "<CommonPrefixes><Prefix>e+f/</Prefix></CommonPrefixes>";
  const xml = `<ListBucketResult><EncodingType>url</EncodingType>${items.join("")}${prefixes}</ListBucketResult>`;
  const page = await readObjectPage(xml);
  assertEquals(page?.objects.map(({ key }) => key), ["100%.txt", "a+b", "c%20d"]);
  assertEquals(page?.commonPrefixes, ["e+f/"]);
  assertEquals(page?.problems, new Map([["its keys are not encoded, although it says so", "100%.txt"]]));
});

Deno.test("readObjectPage() takes a size between white space, and another spelling of url", async () => {
  const contents = "<Contents><Key>b+c</Key><Size>\n1 </Size></Contents>";
  const xml = `<ListBucketResult><EncodingType> URL</EncodingType>${contents}</ListBucketResult>`;
  assertEquals((await readObjectPage(xml))?.objects, [{ ...A, key: "b c" }]);
});

for (
  const [flag, isTruncated] of [
    ["<IsTruncated>True</IsTruncated>", true],
    ["<IsTruncated> TRUE\n</IsTruncated>", true],
    ["<IsTruncated>1</IsTruncated>", true],
    ["<IsTruncated/>", true],
    ["", true],
    ["<IsTruncated>False</IsTruncated>", false],
    ["<IsTruncated> false </IsTruncated>", false],
    ["<IsTruncated>0</IsTruncated>", false],
  ] as const
) {
  Deno.test(`readObjectPage() ${isTruncated ? "uses" : "ignores"} the token after ${JSON.stringify(flag)}`, async () => {
    const token = "<NextContinuationToken>t</NextContinuationToken>";
    const page = await readObjectPage(`<ListBucketResult>${flag}${token}${WHOLE}</ListBucketResult>`);
    assertEquals(page?.nextToken, isTruncated ? "t" : undefined);
  });
}
