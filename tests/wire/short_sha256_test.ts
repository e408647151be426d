import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { createHash, createHmac } from "node:crypto";
import { createHmacSha256, shortSha256, shortSha256Hex } from "../../src/hash/short_sha256.ts";
import { toHex } from "../../src/hash/hash.ts";

Deno.test("shortSha256() agrees with the runtime, for every length up to three blocks", () => {
  for (let length = 0; length <= 200; length++) {
    const bytes = Uint8Array.from({ length }, (_, index) => 255 - index);
    assertEquals(toHex(shortSha256(bytes)), createHash("sha256").update(bytes).digest("hex"));
  }
});

Deno.test("shortSha256() agrees with the runtime, for any bytes", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 5000, size: "max" }), (bytes) => {
    assertEquals(toHex(shortSha256(bytes)), createHash("sha256").update(bytes).digest("hex"));
  }));
});

Deno.test("shortSha256() does not change its earlier results", () => {
  const first = shortSha256(new Uint8Array(3));
  const copy = first.slice();
  shortSha256(new Uint8Array(4));
  assertEquals(first, copy);
});

Deno.test("shortSha256Hex() hashes the UTF-8 of any text, including long text", () => {
  const piece = fc.array(fc.constantFrom("a", "\n", "é", "日", "😀", "\ud800"), { maxLength: 40, size: "max" });
  const text = fc.tuple(piece, fc.nat({ max: 100 })).map(([piece, count]) => piece.join("").repeat(count));
  fc.assert(fc.property(text, (text) => {
    assertEquals(shortSha256Hex(text), createHash("sha256").update(text).digest("hex"));
  }));
});

Deno.test("createHmacSha256() agrees with the runtime, for keys shorter and longer than a block", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200, size: "max" }), fc.string({ unit: "binary" }), (key, text) => {
    assertEquals(createHmacSha256(key)(text), createHmac("sha256", key).update(text).digest("hex"));
  }));
});

for (const [character, count] of [["日", 2730], ["日", 2731], ["日", 4096], ["é", 4096], ["a", 8192]] as const) {
  Deno.test(`shortSha256Hex() hashes ${count} times "${character}", around the size of its buffer`, () => {
    const text = character.repeat(count);
    assertEquals(shortSha256Hex(text), createHash("sha256").update(text).digest("hex"));
  });
}

Deno.test("createHmacSha256() agrees with the runtime for keys around the size of a block", () => {
  for (const length of [0, 1, 63, 64, 65, 128]) {
    const key = new Uint8Array(length).fill(7);
    assertEquals(createHmacSha256(key)("text"), createHmac("sha256", key).update("text").digest("hex"), `${length}`);
  }
});

Deno.test("createHmacSha256() separates keys that are used alternately", () => {
  const keys = [new Uint8Array([1]), new Uint8Array([2])];
  const hmacs = keys.map(createHmacSha256);
  for (const text of ["a", "b"]) {
    assertEquals(
      hmacs.map((hmac) => hmac(text)),
      keys.map((key) => createHmac("sha256", key).update(text).digest("hex")),
    );
  }
});
