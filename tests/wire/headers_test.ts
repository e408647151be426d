import { assertEquals, assertRejects } from "@std/assert";
import { ServiceError } from "../../mod.ts";
import { isCredential, isHeaderValue, readByteCount, readEtag } from "../../src/s3/headers.ts";
import { stubSource } from "../support/stub_fetch.ts";

for (const length of ["-5", "0x10", "1e3", "", "5.0", "Infinity"]) {
  Deno.test(`stat() refuses a Content-Length of "${length}"`, async () => {
    const headers = { get: () => length, has: () => true, forEach: () => {} };
    const fetch = () => Promise.resolve({ status: 200, headers, body: null } as unknown as Response);
    const source = stubSource({ fetch, requests: [] }, {}, { retry: { maxAttempts: 1 } });
    await assertRejects(() => source.stat("a"), ServiceError, "no Content-Length");
  });
}

Deno.test("readByteCount() reads decimal digits that are exact as a number", () => {
  assertEquals(["0", "007", "9007199254740991"].map(readByteCount), [0, 7, Number.MAX_SAFE_INTEGER]);
  const others = ["9007199254740992", " 1", "1 ", "+1", "1.", "", null, undefined];
  assertEquals(others.filter((text) => readByteCount(text) !== undefined), []);
});

Deno.test("isHeaderValue() accepts printable ASCII only", () => {
  assertEquals(["", " ", "a ~"].map(isHeaderValue), [true, true, true]);
  assertEquals(["a\x7f", "a\x1f", "a\n", "ü"].map(isHeaderValue), [false, false, false, false]);
});

Deno.test("isCredential() accepts printable ASCII without white space only", () => {
  assertEquals(["!", "a/b+c==~"].map(isCredential), [true, true]);
  assertEquals(["", "a b", " a", "a\x7f", "a\n", "ü"].map(isCredential), [false, false, false, false, false, false]);
});

Deno.test("readEtag() adds missing quotes, and makes a weak ETag strong", () => {
  assertEquals(["a", '"a"', 'W/"a"'].map(readEtag), ['"a"', '"a"', '"a"']);
  assertEquals(["", null, undefined].map(readEtag), [null, null, null]);
});
