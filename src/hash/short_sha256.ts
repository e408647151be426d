/**
 * SHA-256 of short input, synchronously: by Bun, which has nothing to load for it, and elsewhere in JavaScript. For a
 * few hundred bytes, a call into other runtimes costs more than the hash, and Deno takes 20 ms to load its own.
 * https://nvlpubs.nist.gov/nistpubs/FIPS/NIST.FIPS.180-4.pdf
 */
export function shortSha256(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  if (BunHasher !== undefined) return Uint8Array.from(BunHasher.hash(ALGORITHM, bytes));
  hashFrom(INITIAL, 0, bytes);
  const digest = new Uint8Array(DIGEST_BYTES);
  writeState(digest);
  return digest;
}

/** SHA-256 of a text, in hex. */
export function shortSha256Hex(text: string): string {
  if (BunHasher !== undefined) return BunHasher.hash(ALGORITHM, text, "hex");
  hashTextFrom(INITIAL, 0, text);
  return stateInHex();
}

/** HMAC-SHA-256 of a text, in hex. */
export type Hmac = (text: string) => string;

/**
 * Prepares a key: its two blocks are hashed once, not with each text.
 * https://datatracker.ietf.org/doc/html/rfc2104#section-4
 */
export function createHmacSha256(key: Uint8Array): Hmac {
  if (BunHasher !== undefined) {
    const keyed = new BunHasher(ALGORITHM, key);
    return (text) => keyed.copy().update(text).digest("hex");
  }
  const block = new Uint8Array(BLOCK_BYTES);
  block.set(key.byteLength > BLOCK_BYTES ? shortSha256(key) : key);
  const inner = afterBlock(block.map((byte) => byte ^ 0x36));
  const outer = afterBlock(block.map((byte) => byte ^ 0x5c));
  const digest = new Uint8Array(DIGEST_BYTES);
  return (text) => {
    hashTextFrom(inner, BLOCK_BYTES, text);
    writeState(digest);
    hashFrom(outer, BLOCK_BYTES, digest);
    return stateInHex();
  };
}

function afterBlock(block: Uint8Array): Int32Array {
  state.set(INITIAL);
  addBlock(block, 0);
  return state.slice();
}

function hashTextFrom(start: Int32Array, takenBytes: number, text: string): void {
  // A UTF-16 code unit has three bytes at most in UTF-8.
  if (text.length * 3 > room.byteLength) return hashFrom(start, takenBytes, encoder.encode(text));
  hashFrom(start, takenBytes, room, encoder.encodeInto(text, room).written);
}

/** Continues from a state after whole blocks of `takenBytes`, and leaves the digest in `state`. */
function hashFrom(start: Int32Array, takenBytes: number, bytes: Uint8Array, length = bytes.byteLength): void {
  state.set(start);
  const wholeLength = length - length % BLOCK_BYTES;
  for (let at = 0; at < wholeLength; at += BLOCK_BYTES) addBlock(bytes, at);
  last.fill(0);
  for (let at = wholeLength; at < length; at++) last[at - wholeLength] = bytes[at] ?? 0;
  last[length - wholeLength] = 0x80;
  const lastLength = length - wholeLength + 9 <= BLOCK_BYTES ? BLOCK_BYTES : 2 * BLOCK_BYTES;
  // 32 of the 64 bits of the length are enough for half a gigabyte.
  lastView.setUint32(lastLength - 4, (takenBytes + length) * 8);
  for (let at = 0; at < lastLength; at += BLOCK_BYTES) addBlock(last, at);
}

/** FIPS 180-4, section 6.2.2. */
function addBlock(bytes: Uint8Array, from: number): void {
  for (let t = 0, at = from; t < 16; t++, at += 4) {
    words[t] = (bytes[at] ?? 0) << 24 | (bytes[at + 1] ?? 0) << 16 | (bytes[at + 2] ?? 0) << 8 | (bytes[at + 3] ?? 0);
  }
  for (let t = 16; t < 64; t++) {
    const x = words[t - 15] ?? 0;
    const y = words[t - 2] ?? 0;
    const sigma0 = (x >>> 7 | x << 25) ^ (x >>> 18 | x << 14) ^ x >>> 3;
    const sigma1 = (y >>> 17 | y << 15) ^ (y >>> 19 | y << 13) ^ y >>> 10;
    words[t] = sigma1 + (words[t - 7] ?? 0) + sigma0 + (words[t - 16] ?? 0);
  }
  let a = state[0] ?? 0, b = state[1] ?? 0, c = state[2] ?? 0, d = state[3] ?? 0;
  let e = state[4] ?? 0, f = state[5] ?? 0, g = state[6] ?? 0, h = state[7] ?? 0;
  for (let t = 0; t < 64; t++) {
    const sum1 = (e >>> 6 | e << 26) ^ (e >>> 11 | e << 21) ^ (e >>> 25 | e << 7);
    const choice = g ^ e & (f ^ g);
    const t1 = h + sum1 + choice + (CONSTANTS[t] ?? 0) + (words[t] ?? 0) | 0;
    const sum0 = (a >>> 2 | a << 30) ^ (a >>> 13 | a << 19) ^ (a >>> 22 | a << 10);
    const majority = a & b ^ a & c ^ b & c;
    h = g;
    g = f;
    f = e;
    e = d + t1 | 0;
    d = c;
    c = b;
    b = a;
    a = t1 + sum0 + majority | 0;
  }
  state[0] = (state[0] ?? 0) + a;
  state[1] = (state[1] ?? 0) + b;
  state[2] = (state[2] ?? 0) + c;
  state[3] = (state[3] ?? 0) + d;
  state[4] = (state[4] ?? 0) + e;
  state[5] = (state[5] ?? 0) + f;
  state[6] = (state[6] ?? 0) + g;
  state[7] = (state[7] ?? 0) + h;
}

function writeState(digest: Uint8Array): void {
  for (let index = 0; index < 8; index++) {
    const word = state[index] ?? 0;
    digest[4 * index] = word >>> 24;
    digest[4 * index + 1] = word >>> 16;
    digest[4 * index + 2] = word >>> 8;
    digest[4 * index + 3] = word;
  }
}

function stateInHex(): string {
  let hex = "";
  for (let index = 0; index < 8; index++) {
    const word = state[index] ?? 0;
    hex += `${HEX[word >>> 24]}${HEX[word >>> 16 & 255]}${HEX[word >>> 8 & 255]}${HEX[word & 255]}`;
  }
  return hex;
}

/** https://bun.com/docs/runtime/hashing#bun-cryptohasher */
const BunHasher = (globalThis as { Bun?: { CryptoHasher?: BunCryptoHasher } }).Bun?.CryptoHasher;
const ALGORITHM = "sha256";

interface BunCryptoHasher {
  new (algorithm: string, hmacKey: Uint8Array): BunHash;
  hash(algorithm: string, input: Uint8Array): Uint8Array;
  hash(algorithm: string, input: string, encoding: "hex"): string;
}

interface BunHash {
  copy(): BunHash;
  update(text: string): BunHash;
  digest(encoding: "hex"): string;
}

const BLOCK_BYTES = 64;
const DIGEST_BYTES = 32;
const encoder = new TextEncoder();
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

const PRIMES = Array.from({ length: 312 }, (_, number) => number).filter((number) => {
  for (let divisor = 2; divisor * divisor <= number; divisor++) if (number % divisor === 0) return false;
  return number > 1;
});
/** The first 32 bits of the fractional parts of the primes' roots. */
const CONSTANTS = Int32Array.from(PRIMES, (prime) => Math.cbrt(prime) % 1 * 2 ** 32);
const INITIAL = Int32Array.from(PRIMES.slice(0, 8), (prime) => Math.sqrt(prime) % 1 * 2 ** 32);

// Shared by all hashes, as each is computed synchronously.
const state = new Int32Array(8);
const words = new Int32Array(64);
const last = new Uint8Array(2 * BLOCK_BYTES);
const lastView = new DataView(last.buffer);
const room = new Uint8Array(8 * 1024);
