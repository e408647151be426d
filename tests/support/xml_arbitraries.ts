// Documents for property tests of the XML reader.
import fc from "fast-check";

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
/** Text that readers of XML get wrong. */
export const xmlText = fc.oneof(
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

/** Text in CDATA sections. */
export function writeCData(text: string): string {
  return `<![CDATA[${text.replaceAll("]]>", "]]]]><![CDATA[>")}]]>`;
}

/** Text with each character as it is, as a number or as an entity. */
export function writeCharacters(text: string, ways: number[]): string {
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
/** White space, a comment or an instruction. */
export const between = fc.oneof({ weight: 4, arbitrary: space }, { weight: 1, arbitrary: comment }, {
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

/** An element, with white space where XML allows it. */
export function writeElement(name: string, attributes: string, content: string, isShort: boolean): string {
  return content === "" && isShort ? `<${name}${attributes} />` : `<${name}${attributes}\n>${content}</${name} >`;
}

const elementName = fc.constantFrom("Key", "Contents", "s3:Key", "Name-1", "_x.y", "Größe", "日本");

const { element } = fc.letrec<{ element: string; content: string }>((tie) => ({
  element: fc.tuple(elementName, attributes, tie("content"), fc.boolean()).map((parts) => writeElement(...parts)),
  content: fc.array(fc.oneof({ depthSize: "small" }, writtenText, between, tie("element")), { maxLength: 4 })
    .map((pieces) => pieces.join("")),
}));

/** Attributes of the root element. */
export const NAMESPACES = ` xmlns="http://s3.amazonaws.com/doc/2006-03-01/" xmlns:s3='urn:>"'`;

/** A document that an XML processor accepts. */
export const xmlDocument = fc.tuple(
  fc.constantFrom("", `<?xml version="1.0" encoding="UTF-8"?>`, `<?xml version='1.0' standalone="yes" ?>\n`),
  between,
  fc.constantFrom("ListBucketResult", "s3:ListBucketResult"),
  fc.array(fc.oneof(element, writtenText, between), { maxLength: 5 }).map((pieces) => pieces.join("")),
  between,
).map(([declaration, before, root, content, after]) =>
  declaration + before + writeElement(root, NAMESPACES, content, true) + after
);
