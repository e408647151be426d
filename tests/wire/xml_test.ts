import { assertThrows } from "@std/assert";
import { ServiceError } from "../../mod.ts";
import { readXml } from "../../src/s3/xml/xml.ts";

for (const xml of ["<a>< b></ b></a>", "<a><></></a>", "<a><s3:/></a>", '<a>< b="c"></></a>']) {
  Deno.test(`readXml() refuses a tag without a name: ${xml}`, () => {
    assertThrows(() => readXml(xml), ServiceError, "a tag has no name");
  });
}
