import { decodeText, invalid, normalizeLineEnds } from "./xml_text.ts";

/** An XML element. Attributes and the order of mixed content are ignored, as S3 does not use them. */
export interface XmlElement {
  /** Name without the namespace prefix. */
  readonly name: string;
  /** Its own text, with entities resolved. */
  readonly text: string;
  /** Child elements in document order. */
  readonly children: readonly XmlElement[];
}

/** Receives the elements from {@link scanXml}, in document order. */
export interface XmlHandler {
  /** Start of an element; `name` is without the namespace prefix. */
  open(name: string): void;
  /** End of an element; `text` is its own text, with entities resolved. */
  close(name: string, text: string): void;
}

/**
 * Parses a document into a tree.
 *
 * @returns The root element.
 * @throws {ServiceError} As {@link scanXml} does.
 */
export function readXml(xml: string): XmlElement {
  const document: OpenElement = { name: "", text: "", children: [] };
  const outer: OpenElement[] = [];
  let current = document;
  scanXml(xml, {
    open(name) {
      const element: OpenElement = { name, text: "", children: NO_CHILDREN };
      if (current.children === NO_CHILDREN) current.children = [element];
      else current.children.push(element);
      outer.push(current);
      current = element;
    },
    close(_, text) {
      current.text = text;
      current = outer.pop() ?? document;
    },
  });
  return document.children[0] ?? document;
}

/**
 * Scans a document of S3: elements, text, CDATA and entities. Comments, processing instructions and attributes are
 * skipped; a DTD is refused. After an error, discard what the handler received.
 *
 * @throws {ServiceError} With the code `"InvalidResponse"`, if it is not well-formed, cut off, or nested too deeply.
 */
export function scanXml(xml: string, handler: XmlHandler): void {
  /** The elements around the current one. */
  const outer: { name: string; text: string }[] = [];
  let name = "";
  let text = "";
  let rootCount = 0;
  let position = 0;
  while (true) {
    const start = xml.indexOf("<", position);
    if (start === -1) break;
    if (start > position && outer.length > 0) text += decodeText(xml.slice(position, start));
    const second = xml.charCodeAt(start + 1);
    if (second === SLASH) {
      const end = find(xml, ">", start);
      const tag = xml.slice(start + 2, end);
      const around = outer.pop();
      if ((tag !== name && localName(tag.trimEnd()) !== name) || around === undefined) {
        throw invalid("an end tag does not match");
      }
      handler.close(name, text);
      ({ name, text } = around);
      position = end + 1;
    } else if (second === EXCLAMATION_MARK) {
      if (xml.startsWith("<!--", start)) {
        position = find(xml, "-->", start + 4) + 3;
      } else if (xml.startsWith("<![CDATA[", start)) {
        position = find(xml, "]]>", start);
        text += normalizeLineEnds(xml.slice(start + 9, position));
        position += 3;
      } else {
        throw invalid("it has a document type definition");
      }
    } else if (second === QUESTION_MARK) {
      position = find(xml, "?>", start + 2) + 2;
    } else {
      let end = find(xml, ">", start);
      let tag = xml.slice(start + 1, end);
      let isEmpty = false;
      if (!PLAIN_NAME.test(tag)) {
        end = endOfTag(xml, start, end);
        isEmpty = xml.charCodeAt(end - 1) === SLASH;
        tag = tagName(xml, start + 1, isEmpty ? end - 1 : end);
      }
      if (outer.length === 0) rootCount++;
      position = end + 1;
      handler.open(tag);
      if (isEmpty) {
        handler.close(tag, "");
        continue;
      }
      // Fast path for elements with text only, which most are.
      const next = find(xml, "<", position);
      const nextEnd = next + 2 + tag.length;
      if (
        xml.charCodeAt(next + 1) === SLASH && xml.charCodeAt(nextEnd) === GREATER &&
        xml.slice(next + 2, nextEnd) === tag
      ) {
        handler.close(tag, decodeText(xml.slice(position, next)));
        position = nextEnd + 1;
      } else {
        if (outer.length === MAX_DEPTH) throw invalid(`it is nested more than ${MAX_DEPTH} levels deep`);
        outer.push({ name, text });
        name = tag;
        text = "";
      }
    }
  }
  if (rootCount !== 1 || outer.length > 0) throw invalid("it is cut off, or not XML");
}

/** The text of a child element; `undefined` if there is none. */
export function childText(element: XmlElement, name: string): string | undefined {
  return childElement(element, name)?.text;
}

/** The first child element of that name. */
export function childElement(element: XmlElement, name: string): XmlElement | undefined {
  return element.children.find((child) => child.name === name);
}

/** Text escaped for an element's content. */
export function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll("\r", "&#13;");
}

/** The namespace of S3's request bodies. */
export const XML_NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/";

interface OpenElement {
  name: string;
  text: string;
  children: OpenElement[];
}

/** Shared, as most elements have text only. */
const NO_CHILDREN: OpenElement[] = [];

/** S3's documents have five levels. A level takes a hundred times the memory of its text. */
const MAX_DEPTH = 64;

const SLASH = 47;
const EXCLAMATION_MARK = 33;
const QUESTION_MARK = 63;
const GREATER = 62;

/** A tag that is only a name, as nearly all are. */
const PLAIN_NAME = /^\w+$/;

function find(xml: string, text: string, from: number): number {
  const index = xml.indexOf(text, from);
  if (index === -1) throw invalid("it is cut off");
  return index;
}

/** The end of a start tag. A `>` in an attribute's value, as the first one may be, does not count. */
function endOfTag(xml: string, start: number, end: number): number {
  const quote = /["']/.exec(xml.slice(start, end));
  if (quote === null) return end;
  let position = start + quote.index;
  while (true) {
    const char = xml.charAt(position);
    if (char === ">") return position;
    position = char === '"' || char === "'" ? find(xml, char, position + 1) + 1 : position + 1;
    if (position >= xml.length) throw invalid("it is cut off");
  }
}

function tagName(xml: string, start: number, end: number): string {
  const tag = xml.slice(start, end);
  const space = tag.search(/\s/);
  const name = localName(space === -1 ? tag : tag.slice(0, space));
  if (name === "") throw invalid("a tag has no name");
  return name;
}

function localName(name: string): string {
  return name.slice(name.indexOf(":") + 1);
}
