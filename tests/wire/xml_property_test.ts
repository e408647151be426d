import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { type Element, parseXmlDocument } from "slimdom";
import { ServiceError } from "../../src/errors.ts";
import { type ListPage, readListPage } from "../../src/s3/xml/list_xml.ts";
import { readXml, type XmlElement } from "../../src/s3/xml/xml.ts";

const RUNS = { numRuns: 10_000 };

Deno.test("readXml() reads any document as an XML processor does", () => {
  fc.assert(fc.property(xmlDocument, (xml) => assertEquals(readXml(xml), readWithOracle(xml))), RUNS);
});

Deno.test("readXml() refuses a document that is cut off anywhere, unless nothing but white space is missing", () => {
  fc.assert(
    fc.property(xmlDocument, fc.nat(), (xml, cut) => {
      const text = xml.slice(0, cut % xml.length);
      assertEquals(tryToRead(readXml, text) === undefined, tryToRead(readWithOracle, text) === undefined);
    }),
    RUNS,
  );
});

Deno.test("readXml() agrees with an XML processor on what a changed character leaves well-formed, and fails cleanly otherwise", () => {
  const change = fc.constantFrom(
    "",
    "<",
    ">",
    "&",
    ";",
    "/",
    '"',
    "'",
    "=",
    "!",
    "]",
    "-",
    "?",
    ":",
    "#",
    " ",
    "x",
    "0",
  );
  fc.assert(
    fc.property(xmlDocument, fc.nat(), change, fc.boolean(), (xml, where, put, replaces) => {
      const at = where % xml.length;
      const text = xml.slice(0, at) + put + xml.slice(replaces ? at + 1 : at);
      const expected = tryToRead(readWithOracle, text);
      const actual = tryToRead(readXml, text);
      if (expected !== undefined) assertEquals(actual, expected, text);
    }),
    { numRuns: 10_000 },
  );
});

Deno.test("readListPage() finds in any listing what went into it, as an XML processor does", () => {
  fc.assert(
    fc.property(listing, ({ xml, page }) => {
      assertEquals(readListPage(xml), page);
      assertEquals(readListPageWithOracle(xml), page);
    }),
    RUNS,
  );
});

/** Every character an XML 1.0 document can have: https://www.w3.org/TR/xml/#charsets */
const xmlCharacter = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom(..."&<>\"'/=]![-?;#:% +\t\n\r\u0085\u00a0\u2028\ufeff\ufffdé日😀\u{10ffff}aZ0"),
  },
  { weight: 1, arbitrary: fc.integer({ min: 0x20, max: 0xd7ff }).map((code) => String.fromCodePoint(code)) },
  { weight: 1, arbitrary: fc.integer({ min: 0xe000, max: 0xfffd }).map((code) => String.fromCodePoint(code)) },
  { weight: 1, arbitrary: fc.integer({ min: 0x10000, max: 0x10ffff }).map((code) => String.fromCodePoint(code)) },
);
const xmlText = fc.oneof(
  fc.array(xmlCharacter, { maxLength: 12 }).map((characters) => characters.join("")),
  fc.constantFrom("&amp;", "&amp;lt;", "&#38;", "]]>", "<Key>", "</Key>", "<!--", "-->", "<![CDATA[", "&bogus;", "%26"),
);

/** Text as a store may write it: each character by itself in one of the ways XML has, or all of it in CDATA. */
const writtenText = fc.oneof(
  fc.tuple(xmlText, fc.array(fc.nat({ max: 4 }), { minLength: 1, maxLength: 5 })).map((parts) =>
    writeCharacters(...parts)
  ),
  xmlText.map(writeCData),
);

function writeCData(text: string): string {
  return `<![CDATA[${text.replaceAll("]]>", "]]]]><![CDATA[>")}]]>`;
}

function writeCharacters(text: string, ways: number[]): string {
  return [...text].map((character, index) => writeCharacter(character, ways[index % ways.length] ?? 0)).join("");
}

function writeCharacter(character: string, way: number): string {
  const code = character.codePointAt(0) ?? 0;
  if (way === 1) return `&#${code};`;
  if (way === 2) return `&#x${code.toString(16)};`;
  if (way === 3) return `&#x000${code.toString(16).toUpperCase()};`;
  const entity = ENTITIES[character];
  if (entity !== undefined && (way === 4 || character === "<" || character === "&" || character === ">")) return entity;
  return character;
}

const ENTITIES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;" };

const comment = xmlText.map((text) => `<!--${text.replaceAll("-", "_")}-->`);
const instruction = xmlText.map((text) => `<?store ${text.replaceAll("?", "_")}?>`);
const space = fc.constantFrom("", "", " ", "\n  ", "\r\n\t");
const between = fc.oneof({ weight: 4, arbitrary: space }, { weight: 1, arbitrary: comment }, {
  weight: 1,
  arbitrary: instruction,
});

const attribute = fc.tuple(fc.constantFrom('"', "'"), xmlText).map(([quote, text]) =>
  ` note${quote === '"' ? "1" : "2"} = ${quote}${
    text.replace(/[&<]/g, (character) => ENTITIES[character] ?? "").replaceAll(
      quote,
      quote === '"' ? "&quot;" : "&#39;",
    )
  }${quote}`
);
const attributes = fc.uniqueArray(attribute, { maxLength: 2, selector: (text) => text.slice(0, 6) })
  .map((list) => list.join("\n"));

function writeElement(name: string, attributes: string, content: string, isShort: boolean): string {
  return content === "" && isShort ? `<${name}${attributes} />` : `<${name}${attributes}\n>${content}</${name} >`;
}

const elementName = fc.constantFrom("Key", "Contents", "s3:Key", "Name-1", "_x.y", "Größe", "日本");

const { element } = fc.letrec<{ element: string; content: string }>((tie) => ({
  element: fc.tuple(elementName, attributes, tie("content"), fc.boolean()).map((parts) => writeElement(...parts)),
  content: fc.array(fc.oneof({ depthSize: "small" }, writtenText, between, tie("element")), { maxLength: 4 })
    .map((pieces) => pieces.join("")),
}));

const NAMESPACES = ` xmlns="http://s3.amazonaws.com/doc/2006-03-01/" xmlns:s3='urn:>"'`;

const xmlDocument = fc.tuple(
  fc.constantFrom("", `<?xml version="1.0" encoding="UTF-8"?>`, `<?xml version='1.0' standalone="yes" ?>\n`),
  between,
  fc.constantFrom("ListBucketResult", "s3:ListBucketResult"),
  fc.array(fc.oneof(element, writtenText, between), { maxLength: 5 }).map((pieces) => pieces.join("")),
  between,
).map(([declaration, before, root, content, after]) =>
  declaration + before + writeElement(root, NAMESPACES, content, true) + after
);

/** Keys as stores have them; those that go out unencoded hold what XML can hold, the others any Unicode. */
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
    // A line end that stands there literally would be another one after parsing.
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
  // The elements that are not repeated stand before, between or after the others, depending on the store.
  const single = elements.splice(0, 6);
  elements.splice(rotation % (elements.length + 1), 0, ...single);
  const xml = `<?xml version="1.0" encoding="UTF-8"?>\n${between(3)}${
    writeElement("ListBucketResult", NAMESPACES, elements.join(between(2)), false)
  }${between(4)}`;
  const page: ListPage = {
    objects: objects.map(({ key, size, etag, lastModified }) => ({
      key,
      size,
      ...etag !== undefined && { etag },
      ...lastModified !== undefined && { lastModified },
    })),
    commonPrefixes,
    ...nextToken !== undefined && { nextToken },
  };
  return { xml, page };
});

function readListPageWithOracle(xml: string): ListPage {
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
      ...text(element, "ETag") && { etag: text(element, "ETag") },
      ...text(element, "LastModified") && { lastModified: new Date(text(element, "LastModified")) },
    })),
    commonPrefixes: all(root, "CommonPrefixes").map((element) => key(text(element, "Prefix"))),
    ...nextToken && { nextToken },
  };
}

function readWithOracle(xml: string): XmlElement {
  const root = parseXmlDocument(xml).documentElement;
  assert(root);
  return toXmlElement(root);
}

function toXmlElement(element: Element): XmlElement {
  const ownText = element.childNodes.filter(({ nodeType }) => nodeType === TEXT_NODE || nodeType === CDATA_NODE);
  return {
    name: element.localName,
    text: ownText.map(({ nodeValue }) => nodeValue).join(""),
    children: element.children.map(toXmlElement),
  };
}

/** https://dom.spec.whatwg.org/#dom-node-nodetype */
const TEXT_NODE = 3;
const CDATA_NODE = 4;

function tryToRead(read: (xml: string) => XmlElement, xml: string): XmlElement | undefined {
  try {
    return read(xml);
  } catch (error) {
    if (read === readXml) assert(error instanceof ServiceError, `not a ServiceError: ${error}`);
    return undefined;
  }
}
