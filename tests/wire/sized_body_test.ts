import { assertEquals, assertInstanceOf } from "@std/assert";
import { toSizedBody } from "../../src/s3/sized_body.ts";

const PIECE_BYTES = 256 * 1024;

Deno.test("toSizedBody() gives out pieces, and reports how many bytes have been taken", async () => {
  for (const size of [2 * PIECE_BYTES + 1, 2 * PIECE_BYTES]) {
    const bytes = new Uint8Array(size).fill(7);
    const taken: number[] = [];
    const { body, headers } = toSizedBody(bytes, (byteLength) => taken.push(byteLength));
    // As Deno takes it.
    assertInstanceOf(body, Blob);
    assertEquals([body.size, headers], [size, undefined]);
    const pieces: number[] = [];
    for await (const piece of body.stream()) pieces.push(piece.byteLength);
    const last = size - 2 * PIECE_BYTES;
    assertEquals(pieces, last === 0 ? [PIECE_BYTES, PIECE_BYTES] : [PIECE_BYTES, PIECE_BYTES, last]);
    assertEquals(taken, [0, PIECE_BYTES, 2 * PIECE_BYTES, ...last === 0 ? [] : [size]]);
  }
});

Deno.test("toSizedBody() passes a small body whole", () => {
  const bytes = new Uint8Array(PIECE_BYTES);
  assertEquals(toSizedBody(bytes, () => {}).body, bytes);
});

Deno.test("toSizedBody() can be read again, as fetch does when it repeats a request", async () => {
  const bytes = new Uint8Array(PIECE_BYTES + 1);
  const { body } = toSizedBody(bytes, () => {});
  assertInstanceOf(body, Blob);
  for (const _ of [1, 2]) assertEquals((await new Response(body.stream()).bytes()).byteLength, bytes.byteLength);
});
