import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { type Element, parseXmlDocument } from "slimdom";
import { ServiceError } from "../../src/errors.ts";
import { readXml, type XmlElement } from "../../src/s3/xml/xml.ts";
import { xmlDocument } from "../support/xml_arbitraries.ts";

// The seed is another one in each run.
const RUNS = { numRuns: 2_000 };

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

Deno.test("readXml() reads a document with a changed character as an XML processor does, or fails with a ServiceError", () => {
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
    RUNS,
  );
});

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
