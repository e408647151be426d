import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { type Element, parseXmlDocument } from "slimdom";
import { type ObjectPage, readObjectPage } from "../../src/s3/xml/list_xml.ts";
import { between, NAMESPACES, writeCData, writeCharacters, writeElement, xmlText } from "../support/xml_arbitraries.ts";

Deno.test("readObjectPage() reads any listing as it was written, and as an XML processor does", async () => {
  await fc.assert(
    fc.asyncProperty(listing, async ({ xml, page }) => {
      assertEquals(await readObjectPage(xml), page);
      assertEquals(readObjectPageWithOracle(xml), page);
    }),
    { numRuns: 2_000 },
  );
});

/** Keys of objects. Those sent unencoded are limited to characters of XML. */
const xmlKey = xmlText.filter((text) => text !== "");
const anyKey = fc.oneof(xmlKey, fc.string({ unit: "binary", minLength: 1, maxLength: 12 }), fc.constant("a\0b\x7f"));

/** Ways to percent-encode, which differ between stores. */
const encodings: ((key: string) => string)[] = [
  encodeURIComponent,
  (key) => encodeURIComponent(key).replaceAll("%20", "+").replaceAll("%2F", "/"),
  (key) => encodeURIComponent(key).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16)}`),
  (key) => encodeURIComponent(key).replaceAll(/%../g, (escape) => escape.toLowerCase()),
];

const way = fc.array(fc.nat({ max: 4 }), { minLength: 1, maxLength: 4 });
const etag = fc.constantFrom(undefined, '"d41d8cd98f00b204e9800998ecf8427e"', '"abc-12"');
const time = fc.option(fc.date({ min: new Date(0), max: new Date(4e12), noInvalidDate: true }), { nil: undefined });

const listing = fc.boolean().chain((isEncoded) => {
  const key = isEncoded ? anyKey : xmlKey;
  const object = fc.record({ key, size: fc.maxSafeNat(), etag, lastModified: time });
  return fc.record({
    isEncoded: fc.constant(isEncoded),
    objects: fc.array(object, { maxLength: 6 }),
    commonPrefixes: fc.array(key, { maxLength: 4 }),
    nextToken: fc.option(xmlKey, { nil: undefined }),
    encode: fc.constantFrom(...encodings),
    prefix: key,
    ways: way,
    filler: fc.array(between, { minLength: 1, maxLength: 4 }),
    rotation: fc.nat(),
  });
}).map(({ objects, commonPrefixes, nextToken, ...writing }) => {
  const { isEncoded, encode, ways, filler, rotation } = writing;
  const between = (index: number) => filler[index % filler.length] ?? "";
  const write = (text: string, index = 0) => {
    const isPlain = (index + rotation) % 3 !== 0 || text.includes("\r");
    // A literal line end would be normalised by parsing.
    return isPlain ? writeCharacters(text, ways).replaceAll("\r", "&#13;") : writeCData(text);
  };
  const writeKey = (key: string, index: number) => write(isEncoded ? encode(key) : key, index);
  const elements = [
    `<Name>bucket</Name>${between(0)}`,
    `<Prefix>${writeKey(writing.prefix, 0)}</Prefix>`,
    isEncoded ? "<EncodingType>url</EncodingType>" : "<EncodingType/>",
    `<Contents-not note=">"><Key>no</Key></Contents-not>`,
    `<IsTruncated>${nextToken !== undefined}</IsTruncated>${between(1)}`,
    nextToken === undefined ? "" : `<NextContinuationToken>${write(nextToken)}</NextContinuationToken>`,
    ...objects.map(({ key, size, etag, lastModified }, index) =>
      `<Contents>${between(index)}<Owner><Key>no</Key><Size>0</Size></Owner>` +
      `<Key xml:space="preserve">${writeKey(key, index)}</Key>${between(index + 1)}<Size>${size}</Size>` +
      (lastModified === undefined ? "" : `<LastModified>${lastModified.toISOString()}</LastModified>`) +
      (etag === undefined ? "<ETag/>" : `<ETag>${write(etag, index)}</ETag>`) +
      `${between(index + 2)}<StorageClass>STANDARD</StorageClass></Contents>`
    ),
    ...commonPrefixes.map((prefix, index) =>
      `<CommonPrefixes>${between(index)}<Prefix>${writeKey(prefix, index)}</Prefix></CommonPrefixes>`
    ),
  ];
  // The position of the elements that occur once depends on the store.
  const single = elements.splice(0, 6);
  elements.splice(rotation % (elements.length + 1), 0, ...single);
  const xml = `<?xml version="1.0" encoding="UTF-8"?>\n${between(3)}${
    writeElement("ListBucketResult", NAMESPACES, elements.join(between(2)), false)
  }${between(4)}`;
  const page: ObjectPage = {
    objects: objects.map(({ key, size, etag, lastModified }) => ({
      key,
      size,
      etag: etag ?? null,
      lastModified: lastModified ?? null,
    })),
    commonPrefixes,
    skipped: 0,
    problems: new Map(),
    ...nextToken !== undefined && { nextToken },
  };
  return { xml, page };
});

function readObjectPageWithOracle(xml: string): ObjectPage {
  const root = parseXmlDocument(xml).documentElement;
  assert(root);
  const all = (element: Element, name: string) => element.children.filter(({ localName }) => localName === name);
  const text = (element: Element, name: string) => all(element, name)[0]?.textContent ?? "";
  const isEncoded = text(root, "EncodingType") === "url";
  const key = (text: string) =>
    isEncoded ? new URLSearchParams(`key=${text.replaceAll("&", "%26")}`).get("key") ?? "" : text;
  const nextToken = text(root, "NextContinuationToken");
  return {
    objects: all(root, "Contents").map((element) => ({
      key: key(text(element, "Key")),
      size: parseInt(text(element, "Size")),
      etag: text(element, "ETag") || null,
      lastModified: text(element, "LastModified") ? new Date(text(element, "LastModified")) : null,
    })),
    commonPrefixes: all(root, "CommonPrefixes").map((element) => key(text(element, "Prefix"))),
    skipped: 0,
    problems: new Map(),
    ...nextToken && { nextToken },
  };
}
