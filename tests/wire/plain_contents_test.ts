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
const OBJECT = { key: "a%20b", size: 7, etag: '"1"', lastModified: new Date("2026-01-01") };

for (const [store, contents] of Object.entries({ AWS, SEAWEEDFS })) {
  Deno.test(`takePlainContents() takes all objects out of a listing of ${store}`, () => {
    const head = `${HEAD}<Name>b</Name><Prefix/><IsTruncated>false</IsTruncated>`;
    const tail = "<EncodingType>url</EncodingType></ListBucketResult>";
    const { objects, rest } = takePlainContents(head + contents + contents + tail);
    assertEquals(objects, [OBJECT, OBJECT]);
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
  "no end": "<Contents><Key>k</Key><Size>1</Size>",
  "no key": "<Contents><Size>1</Size></Contents>",
  "an empty key": "<Contents><Key></Key><Size>1</Size></Contents>",
  "no size": "<Contents><Key>k</Key></Contents>",
  "a size that is no number": "<Contents><Key>k</Key><Size>-1</Size></Contents>",
  "a size beyond safe integers": "<Contents><Key>k</Key><Size>9007199254740993</Size></Contents>",
  "an entity in a time": "<Contents><Key>k</Key><Size>1</Size><LastModified>2026&#45;01</LastModified></Contents>",
};
for (const [what, contents] of Object.entries(UNUSUAL)) {
  Deno.test(`takePlainContents() stops at ${what}`, () => {
    const { objects, rest } = takePlainContents(`${HEAD}${SEAWEEDFS}${contents}${SEAWEEDFS}</ListBucketResult>`);
    assertEquals(objects, [OBJECT]);
    assertEquals(rest, `${HEAD}${contents}${SEAWEEDFS}</ListBucketResult>`);
  });
}

for (const head of [`${HEAD}<!-- `, `${HEAD}<Prefix><![CDATA[`, `${HEAD}<Other>`, "<Other>", ""]) {
  Deno.test(`takePlainContents() takes nothing inside of something else: ${JSON.stringify(head)}`, () => {
    assertEquals(takePlainContents(head + SEAWEEDFS), { objects: [], rest: head + SEAWEEDFS });
  });
}

Deno.test("takePlainContents() takes objects of which some have more elements than others", () => {
  const contents = `${AWS}${SEAWEEDFS}${AWS}<Contents><Size> 8 </Size><Key>k</Key></Contents>${SEAWEEDFS}`;
  const { objects, rest } = takePlainContents(`${HEAD}${contents}</ListBucketResult>`);
  assertEquals(objects, [OBJECT, OBJECT, OBJECT, { key: "k", size: 8, etag: null, lastModified: null }, OBJECT]);
  assertEquals(rest, `${HEAD}</ListBucketResult>`);
});

Deno.test("takePlainContents() stops after many different sets of elements", () => {
  const contents = Array.from(
    { length: 20 },
    (_, i) => `<Contents><Key>${i}</Key><X${i}>1</X${i}><Size>1</Size></Contents>`,
  );
  const { objects, rest } = takePlainContents(`${HEAD}${contents.join("")}</ListBucketResult>`);
  assertEquals(objects.map(({ key }) => key), Array.from({ length: 16 }, (_, i) => String(i)));
  assertEquals(rest, `${HEAD}${contents.slice(16).join("")}</ListBucketResult>`);
});

Deno.test("takePlainContents() leaves an object with very many elements", () => {
  const contents = `<Contents><Key>k</Key>${"<X>1</X>".repeat(31)}<Size>1</Size></Contents>`;
  assertEquals(takePlainContents(`${HEAD}${contents}`), { objects: [], rest: `${HEAD}${contents}` });
});

Deno.test("takePlainContents() takes the first of several elements of a name, and resolves entities", () => {
  const contents =
    "<Contents><Key>a&amp;b&#13;</Key><Key>c</Key><Size>1</Size><ETag>&quot;&#34;&quot;</ETag></Contents>" +
    "<Contents><Key>d</Key><Key>&lt;</Key><Size>2</Size><ETag>W/&#34;2&#34;</ETag></Contents>" +
    '<Contents><Key>e</Key><Key>f</Key><Size>3</Size><ETag>"3"</ETag></Contents>' +
    "<Contents><Key>g</Key><Key>h</Key><Size>4</Size><ETag></ETag></Contents>" +
    "<Contents><Key>i</Key><Key>j</Key><Size>5</Size><ETag>&quot;5&quot;</ETag><LastModified>?</LastModified></Contents>";
  const { objects, rest } = takePlainContents(`${HEAD}${contents}`);
  assertEquals(rest, HEAD);
  assertEquals(objects, [
    { key: "a&b\r", size: 1, etag: '"""', lastModified: null },
    { key: "d", size: 2, etag: '"2"', lastModified: null },
    { key: "e", size: 3, etag: '"3"', lastModified: null },
    { key: "g", size: 4, etag: null, lastModified: null },
    { key: "i", size: 5, etag: '"5"', lastModified: null },
  ]);
});
