import { assertEquals } from "@std/assert";
import { hasSameScope } from "../../src/s3/grant.ts";

Deno.test("hasSameScope() compares bucket and prefix, and nothing else", () => {
  const grant = {
    credentials: { accessKeyId: "A", secretAccessKey: "s" },
    bucket: "media",
    prefix: "team/",
    expiration: Infinity,
  };
  const renewed = { ...grant, credentials: { accessKeyId: "B", secretAccessKey: "t" }, expiration: 1 };
  assertEquals(hasSameScope(grant, renewed), true);
  assertEquals(hasSameScope(grant, { ...grant, bucket: "other" }), false);
  assertEquals(hasSameScope(grant, { ...grant, prefix: "team-2/" }), false);
});
