import { assertEquals, assertNotEquals } from "@std/assert";
import { crc32 as nodeCrc32 } from "node:zlib";
import { type CrcAlgorithm, createCrc } from "../../src/hash/crc.ts";
import { combineCrc32 } from "../../src/hash/crc32_combine.ts";
import { toHex } from "../../src/hash/hash.ts";
import { someBytes } from "../conformance/suite.ts";

// The catalogue's check values are of these nine digits. https://reveng.sourceforge.io/crc-catalogue/all.htm
const DIGITS = new TextEncoder().encode("123456789");
const VECTORS: readonly [CrcAlgorithm, content: string, bytes: Uint8Array, expected: string][] = [
  ["crc32", "nine digits", DIGITS, "cbf43926"],
  ["crc32c", "nine digits", DIGITS, "e3069283"],
  ["crc64nvme", "nine digits", DIGITS, "ae8b14860a799888"],
  // RFC 3720, appendix B.4.
  ["crc32c", "32 zeros", new Uint8Array(32), "8a9136aa"],
  ["crc32c", "32 bytes of ones", new Uint8Array(32).fill(0xff), "62a8ab43"],
  ["crc32c", "32 bytes that ascend", Uint8Array.from({ length: 32 }, (_, byte) => byte), "46dd794e"],
  // NVM Express NVM command set specification 1.0d, section 5.2.1.3.5.
  ["crc64nvme", "4 KiB of zeros", new Uint8Array(4096), "6482d367eb22b64e"],
  ["crc64nvme", "4 KiB of ones", new Uint8Array(4096).fill(0xff), "c0ddba7302eca3ac"],
  ["crc32", "nothing", new Uint8Array(), "00000000"],
  ["crc64nvme", "nothing", new Uint8Array(), "0000000000000000"],
];

for (const [algorithm, content, bytes, expected] of VECTORS) {
  Deno.test(`createCrc() computes the ${algorithm} of ${content}`, () => {
    assertEquals(toHex(createCrc(algorithm).update(bytes).digest()), expected);
  });
}

for (const algorithm of ["crc32", "crc32c", "crc64nvme"] as const) {
  Deno.test(`createCrc() computes the same ${algorithm} for pieces of any size`, () => {
    const bytes = someBytes(1_000).subarray(3);
    const whole = toHex(createCrc(algorithm).update(bytes).digest());
    for (const pieceBytes of [1, 7, 8, 9, 500]) {
      const crc = createCrc(algorithm);
      for (let at = 0; at < bytes.byteLength; at += pieceBytes) crc.update(bytes.subarray(at, at + pieceBytes));
      assertEquals(toHex(crc.digest()), whole, `pieces of ${pieceBytes}`);
    }
  });
}

Deno.test("createCrc() continues with the runtime's crc32 for large content", () => {
  // More than is hashed in JavaScript, in uneven pieces, so that both compute a part of the checksum.
  const bytes = someBytes(20 * 1024 ** 2);
  const crc = createCrc("crc32");
  for (let at = 0; at < bytes.byteLength; at += 100_003) crc.update(bytes.subarray(at, at + 100_003));
  assertEquals(toHex(crc.digest()), nodeCrc32(bytes).toString(16).padStart(8, "0"));
});

for (
  const [first, second] of [[0, 0], [0, 9], [9, 0], [1, 1], [5, 4], [255, 256], [65_537, 12_345], [3, 100_000]] as const
) {
  Deno.test(`combineCrc32() joins the checksums of ${first} and ${second} bytes`, () => {
    const bytes = someBytes(first + second);
    const [before, behind] = [bytes.subarray(0, first), bytes.subarray(first)];
    assertEquals(combineCrc32(nodeCrc32(before), nodeCrc32(behind), second), nodeCrc32(bytes));
    if (first > 1 && second > 1) {
      assertNotEquals(combineCrc32(nodeCrc32(behind), nodeCrc32(before), first), nodeCrc32(bytes));
    }
  });
}

Deno.test("combineCrc32() knows lengths of more than 32 bits", () => {
  // Zeros, whose checksum is known for any length by joining it with itself.
  let [zeros, byteLength] = [nodeCrc32(new Uint8Array(1024)), 1024];
  const joined: [number, number][] = [];
  for (; byteLength <= 2 ** 40; byteLength *= 2) {
    joined.push([zeros, byteLength]);
    zeros = combineCrc32(zeros, zeros, byteLength);
  }
  // 2^40 + 1024 bytes, in both orders.
  const [small = 0] = joined[0] ?? [];
  const [large = 0, largeBytes = 0] = joined.at(-1) ?? [];
  assertEquals(combineCrc32(small, large, largeBytes), combineCrc32(large, small, 1024));
  assertEquals(largeBytes, 2 ** 40);
});
