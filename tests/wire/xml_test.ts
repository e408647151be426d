import { assertEquals, assertThrows } from "@std/assert";
import { ServiceError } from "../../mod.ts";
import { escapeXml, readXml } from "../../src/s3/xml/xml.ts";

for (const xml of ["<a>< b></ b></a>", "<a><></></a>", "<a><s3:/></a>", '<a>< b="c"></></a>']) {
  Deno.test(`readXml() refuses a tag without a name: ${xml}`, () => {
    assertThrows(() => readXml(xml), ServiceError, "a tag has no name");
  });
}

Deno.test("readXml() reads 64 levels and refuses more, as soon as it meets them", () => {
  const nested = (depth: number) => "<a>".repeat(depth) + "x" + "</a>".repeat(depth);
  assertEquals(readXml(nested(64)).name, "a");
  assertThrows(() => readXml(nested(66)), ServiceError, "nested more than 64 levels deep");
  assertThrows(() => readXml("<a>".repeat(2_700_000)), ServiceError, "nested more than 64 levels deep");
});

for (const entity of ["&#xD800;", "&#xdfff;", "&#56320;", "&#x110000;"]) {
  Deno.test(`readXml() refuses ${entity}, which is no character`, () => {
    assertThrows(() => readXml(`<a>${entity}</a>`), ServiceError, "an unknown entity");
  });
}

Deno.test("readXml() reads 64 levels around a text, and refuses one more", () => {
  const nested = (depth: number) => "<a>".repeat(depth) + "<b/>" + "</a>".repeat(depth);
  assertEquals(readXml(nested(64)).name, "a");
  assertThrows(() => readXml(nested(65)), ServiceError, "nested more than 64 levels deep");
});

for (
  const xml of ["<a>&bogus;</a>", "<a>&constructor;</a>", `<a>&#${"0".repeat(20)}65;</a>`, "<a>&#;</a>"]
) {
  Deno.test(`readXml() refuses the entity in ${xml}`, () => {
    assertThrows(() => readXml(xml), ServiceError, "an unknown entity");
  });
}

for (const text of ["a & b", "Q&A.pdf", "&amp", "&", "&&", "a;b&c d;e", "&a-b;", "&".repeat(100_000)]) {
  Deno.test(`readXml() takes the & in "${text.slice(0, 20)}" as it is`, () => {
    assertEquals(readXml(`<a>${text}</a>`).text, text);
  });
}

Deno.test("readXml() resolves entities beside an & that begins none", () => {
  assertEquals(readXml("<a>&lt; & &gt;&&amp;&#65;</a>").text, "< & >&&A");
});

for (const xml of ["<!DOCTYPE a><a></a>", '<!DOCTYPE a [<!ENTITY b "c">]><a>x</a>']) {
  Deno.test(`readXml() refuses ${xml}`, () => {
    assertThrows(() => readXml(xml), ServiceError, "a document type definition");
  });
}

for (const xml of ["<a></a><b></b>", "<a/><b/>", "", "text", "<a>", "<a><b></a>", "</a>"]) {
  Deno.test(`readXml() refuses "${xml}", which is not one element`, () => {
    assertThrows(() => readXml(xml), ServiceError, "the XML of the response cannot be read: ");
  });
}

Deno.test("escapeXml() is undone by readXml()", () => {
  const text = "<a>&amp;]]>\r\n\"'";
  assertEquals(readXml(`<a>${escapeXml(text)}</a>`).text, text);
});
