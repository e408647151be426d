import { hmac } from "@noble/hashes/hmac.js";
import { md5, sha1 } from "@noble/hashes/legacy.js";
import { sha256 } from "@noble/hashes/sha2.js";

/**
 * Computes a digest, synchronously: with WebCrypto it could still be running after the request was aborted. The
 * runtime's own hash is several times as fast as the portable one.
 */
export function digest(algorithm: keyof typeof PORTABLE, bytes: Uint8Array): Uint8Array {
  return nodeCrypto()?.createHash(algorithm).update(bytes).digest() ?? PORTABLE[algorithm](bytes);
}

/** HMAC-SHA-256 of a text. */
export function hmacSha256(key: Uint8Array, text: string): Uint8Array {
  return hmac(sha256, key, new TextEncoder().encode(text));
}

/** Lower-case hex. */
export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The bytes of hex. */
export function fromHex(hex: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(hex.match(/../g) ?? [], (byte) => parseInt(byte, 16));
}

/** Base64 with padding. */
export function toBase64(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}

/** The bytes of base64. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
}

const PORTABLE = { md5, sha1, sha256 };

interface NodeCrypto {
  createHash(algorithm: string): { update(bytes: Uint8Array): { digest(): Uint8Array } };
}

/** Not an import: browsers and Workers have no `node:` modules. */
function nodeCrypto(): NodeCrypto | undefined {
  const { process } = globalThis as { process?: { getBuiltinModule?: (id: string) => NodeCrypto | undefined } };
  return process?.getBuiltinModule?.("node:crypto");
}
