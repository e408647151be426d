import { assertEquals } from "@std/assert";
import { takePlainContents } from "../../src/s3/xml/plain_contents.ts";

const HEAD =
  '<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">';

const AWS =
  "<Contents><Key>a%20b</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified><ETag>&quot;1&quot;</ETag>" +
  "<ChecksumAlgorithm>CRC64NVME</ChecksumAlgorithm><ChecksumType>FULL_OBJECT</ChecksumType><Size>7</Size>" +
  "<StorageClass>STANDARD</StorageClass></Contents>";
const SEAWEEDFS =
  "<Contents><Key>a%20b</Key><ETag>&#34;1&#34;</ETag><Size>7</Size><StorageClass>STANDARD</StorageClass>" +
  "<LastModified>2026-01-01T00:00:00.000Z</LastModified></Contents>";
const TEXTS = { key: "a%20b", size: "7", etag: '"1"', lastModified: "2026-01-01T00:00:00.000Z", prefix: undefined };

for (const [store, contents] of Object.entries({ AWS, SEAWEEDFS })) {
  Deno.test(`takePlainContents() takes all objects out of a listing of ${store}`, () => {
    const head = `${HEAD}<Name>b</Name><Prefix/><IsTruncated>false</IsTruncated>`;
    const tail = "<EncodingType>url</EncodingType></ListBucketResult>";
    const { items, rest } = takePlainContents(head + contents + contents + tail);
    assertEquals(items, [TEXTS, TEXTS]);
    assertEquals(rest, head + tail);
  });
}

const UNUSUAL: Record<string, string> = {
  "an attribute": '<Contents a="1"><Key>k</Key></Contents>',
  "a child with an attribute": '<Contents><Key a="1">k</Key></Contents>',
  "a child with a child": "<Contents><Owner><ID>1</ID></Owner></Contents>",
  "a comment": "<Contents><!-- <Key>k</Key> --></Contents>",
  "a CDATA section": "<Contents><Key><![CDATA[k]]></Key></Contents>",
  "space between": "<Contents> <Key>k</Key></Contents>",
  "a namespace": "<Contents><s:Key>k</s:Key></Contents>",
  "a child without an end": "<Contents><Key>k</Contents>",
  "another end tag": "<Contents><Key>k</Kex></Contents>",
  "no end": "<Contents><Key>k</Key>",
};
for (const [what, contents] of Object.entries(UNUSUAL)) {
  Deno.test(`takePlainContents() stops at ${what}`, () => {
    const { items, rest } = takePlainContents(`${HEAD}${SEAWEEDFS}${contents}${SEAWEEDFS}</ListBucketResult>`);
    assertEquals(items, [TEXTS]);
    assertEquals(rest, `${HEAD}${contents}${SEAWEEDFS}</ListBucketResult>`);
  });
}

for (const head of [`${HEAD}<!-- `, `${HEAD}<Prefix><![CDATA[`, `${HEAD}<Other>`, "<Other>", ""]) {
  Deno.test(`takePlainContents() takes nothing inside of something else: ${JSON.stringify(head)}`, () => {
    assertEquals(takePlainContents(head + SEAWEEDFS), { items: [], rest: head + SEAWEEDFS });
  });
}

Deno.test("takePlainContents() takes objects of which some have more elements than others", () => {
  const contents = `${AWS}${SEAWEEDFS}${AWS}<Contents><Size>7</Size></Contents>${SEAWEEDFS}`;
  const { items, rest } = takePlainContents(`${HEAD}${contents}</ListBucketResult>`);
  assertEquals(items, [
    TEXTS,
    TEXTS,
    TEXTS,
    { key: undefined, size: "7", etag: undefined, lastModified: undefined, prefix: undefined },
    TEXTS,
  ]);
  assertEquals(rest, `${HEAD}</ListBucketResult>`);
});

Deno.test("takePlainContents() stops after many different sets of elements", () => {
  const contents = Array.from({ length: 20 }, (_, i) => `<Contents><Key>${i}</Key><X${i}>1</X${i}></Contents>`);
  const { items, rest } = takePlainContents(`${HEAD}${contents.join("")}</ListBucketResult>`);
  assertEquals(items.map(({ key }) => key), Array.from({ length: 16 }, (_, i) => String(i)));
  assertEquals(rest, `${HEAD}${contents.slice(16).join("")}</ListBucketResult>`);
});

Deno.test("takePlainContents() leaves an object with very many elements", () => {
  const contents = `<Contents><Key>k</Key>${"<X>1</X>".repeat(32)}</Contents>`;
  assertEquals(takePlainContents(`${HEAD}${contents}`), { items: [], rest: `${HEAD}${contents}` });
});

Deno.test("takePlainContents() takes the first of several elements of a name, and resolves entities", () => {
  const contents =
    "<Contents><Key>a&amp;b&#13;</Key><Key>c</Key><ETag>&quot;&#34;&quot;</ETag><Size></Size></Contents>" +
    "<Contents><Key></Key><Key>d</Key><ETag>&#34;</ETag><Size>1</Size></Contents>";
  assertEquals(takePlainContents(`${HEAD}${contents}`).items, [
    { key: "a&b\r", size: "", etag: '"""', lastModified: undefined, prefix: undefined },
    { key: "", size: "1", etag: '"', lastModified: undefined, prefix: undefined },
  ]);
});
