import { S3Failure } from "./failure.ts";

/** An element to write: name, and text or children; `undefined` omits the element. */
export type XmlNode = readonly [name: string, content: string | number | boolean | readonly XmlNode[] | undefined];

/** A response with a document. */
export function xmlResponse(root: string, children: readonly XmlNode[]): Response {
  return new Response(writeXml(root, children), { headers: { "content-type": "application/xml" } });
}

/** Writes a document. */
export function writeXml(root: string, children: readonly XmlNode[]): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n` +
    `<${root} xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${children.map(writeNode).join("")}</${root}>`;
}

function writeNode([name, content]: XmlNode): string {
  if (content === undefined) return "";
  const inner = typeof content === "object" ? content.map(writeNode).join("") : escape(String(content));
  return `<${name}>${inner}</${name}>`;
}

function escape(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replace(/[&<>"\u0000-\u001f]/g, (char) => ENTITIES[char] ?? `&#${char.charCodeAt(0)};`);
}

const ENTITIES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** A parsed element. */
export interface XmlElement {
  /** Name without namespace prefix. */
  readonly name: string;
  /** Text, with entities resolved. */
  text: string;
  /** Child elements. */
  readonly children: XmlElement[];
}

/**
 * Parses the body of a request: elements and text, which is all that S3's requests have.
 *
 * @throws {S3Failure} `MalformedXML`.
 */
export function readXml(source: string): XmlElement {
  const document: XmlElement = { name: "", text: "", children: [] };
  const open = [document];
  let end = 0;
  for (const match of source.matchAll(/<(\/?)([^\s<>/?!]+)[^<>]*?(\/?)>|<[?!][^>]*>/g)) {
    const parent = open.at(-1) ?? document;
    parent.text += unescape(source.slice(end, match.index));
    end = match.index + match[0].length;
    const name = match[2]?.replace(/^.*:/, "");
    if (name === undefined) continue;
    if (match[1] === "/") {
      if (open.pop()?.name !== name) throw malformed();
      continue;
    }
    const element: XmlElement = { name, text: "", children: [] };
    parent.children.push(element);
    if (match[3] !== "/") open.push(element);
  }
  const root = document.children[0];
  if (open.length !== 1 || root === undefined || source.slice(end).trim() !== "") throw malformed();
  return root;
}

/** The text of the first child of that name. */
export function childText(element: XmlElement, name: string): string | undefined {
  return element.children.find((child) => child.name === name)?.text;
}

/** The error for an invalid body. */
export function malformed(): S3Failure {
  return new S3Failure(
    "MalformedXML",
    "The XML you provided was not well-formed or did not validate against our schema.",
  );
}

function unescape(text: string): string {
  return text.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (entity, hex?: string, decimal?: string, name?: string) => {
    if (name !== undefined) return NAMED[name] ?? entity;
    return String.fromCodePoint(hex === undefined ? Number(decimal) : parseInt(hex, 16));
  });
}

const NAMED: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };
