import { assertEquals, assertFalse } from "@std/assert";
import { SCRIPTS, SCRIPTS_URL } from "../../src/app/browser/embed.ts";

Deno.test("the scripts are served without indentation and blank lines", () => {
  for (const [name, text] of SCRIPTS) assertFalse(/^\s/m.test(text), name);
});

Deno.test("the URL of the scripts depends on every one of them", () => {
  let hash = 0;
  for (const char of [...SCRIPTS.values()].join("").split("")) hash = (Math.imul(hash, 31) + char.charCodeAt(0)) | 0;
  assertEquals(SCRIPTS_URL, `/-/files/-/static/${(hash >>> 0).toString(36)}`);
});
