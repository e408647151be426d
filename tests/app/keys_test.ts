import { assertEquals } from "@std/assert";

Deno.test("no key of the app's pages means two things", async () => {
  // The module reads the page that it is on.
  Object.assign(globalThis, { document: { body: { dataset: {} } } });
  const { KEYS } = await import("../../src/app/browser/keys.js");
  const keys = KEYS.map(({ key }) => key);
  assertEquals(keys, [...new Set(keys)]);
});
