import { sha256 as nobleSha256 } from "@noble/hashes/sha2.js";

/** SHA-256 of nothing, in hex. */
export const EMPTY_SHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/**
 * SHA-256 of bytes that are all there. Small ones are hashed at once: handing them to another thread, as WebCrypto does, costs
 * more than the hash; large ones would hold up everything else meanwhile.
 */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  if (bytes.byteLength <= SMALL_BYTES) {
    return createSha256().update(bytes).digest();
  }
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}

const SMALL_BYTES = 4 * 1024;

/** A hash fed piece by piece. */
export interface IncrementalHash {
  /** Adds bytes. */
  update(bytes: Uint8Array): IncrementalHash;
  /** The digest; no `update` may follow. */
  digest(): Uint8Array;
}

/**
 * An incremental SHA-256, which WebCrypto does not have: the runtime's native one where there is one, JavaScript elsewhere, and for the
 * first ones of a process: Deno takes 20 ms to load its own, longer than many a command needs for all it does.
 */
export function createSha256(): IncrementalHash {
  if (hashCount < FIRST_HASHES) {
    hashCount++;
    return nobleSha256.create();
  }
  nativeCrypto ??= loadNativeCrypto();
  return nativeCrypto?.createHash("sha256") ?? nobleSha256.create();
}

let hashCount = 0;
/** A signature takes three, and the first of a day five more. */
const FIRST_HASHES = 40;

/** Lower-case hex. */
export function toHex(bytes: Uint8Array): string {
  let hex = "";
  for (const byte of bytes) hex += HEX_BYTES[byte];
  return hex;
}

/** Base64 with padding. */
export function toBase64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}

const HEX_BYTES = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

interface NodeCrypto {
  createHash(name: "sha256"): IncrementalHash;
}

let nativeCrypto: NodeCrypto | null | undefined;

function loadNativeCrypto(): NodeCrypto | null {
  // Not an import: Workers and browsers have no `node:` modules, and bundlers must not look for one.
  const { process } = globalThis as { process?: { getBuiltinModule?: (id: string) => NodeCrypto | undefined } };
  return process?.getBuiltinModule?.("node:crypto") ?? null;
}
