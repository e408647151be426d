import { assertEquals, assertThrows } from "@std/assert";
import { ServiceError } from "../../mod.ts";
import { readXml } from "../../src/s3/xml/xml.ts";

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
