import { type CrcAlgorithm, createCrc } from "./crc.ts";
import type { IncrementalHash } from "./incremental_hash.ts";
import { shortSha256 } from "./short_sha256.ts";

/** What S3 can keep checksums by. https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html */
export type HashAlgorithm = "sha256" | "sha1" | CrcAlgorithm;

/** SHA-256 of nothing, in hex. */
export const EMPTY_SHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/** SHA-256 of bytes that are all there: short ones at once, others on another thread, as they would hold up everything else. */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  if (bytes.byteLength <= SHORT_BYTES) return shortSha256(bytes);
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}

/** From here on handing bytes to another thread costs less than the hash. */
const SHORT_BYTES = 4 * 1024;

/**
 * Loads what makes incremental hashes, which WebCrypto does not: the runtime's own where there is one, else JavaScript, which nobody else
 * has to load.
 */
export async function loadHash(algorithm: HashAlgorithm | "md5"): Promise<() => IncrementalHash> {
  if (algorithm !== "sha256" && algorithm !== "sha1" && algorithm !== "md5") return () => createCrc(algorithm);
  // Not an import: Workers and browsers have no `node:` modules, and bundlers must not look for one.
  const { process } = globalThis as { process?: { getBuiltinModule?: (id: string) => NodeCrypto | undefined } };
  const native = process?.getBuiltinModule?.("node:crypto");
  if (native !== undefined) return () => native.createHash(algorithm);
  const { [algorithm]: portable } = await import("./portable_hashes.ts");
  return () => portable.create();
}

interface NodeCrypto {
  createHash(name: "sha256" | "sha1" | "md5"): IncrementalHash;
}

/** The hash of bytes that are all there; they are read before this returns, or copied. */
export async function hash(algorithm: HashAlgorithm, bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  if (algorithm === "sha256") return await sha256(bytes);
  if (algorithm === "sha1") return new Uint8Array(await crypto.subtle.digest("SHA-1", bytes));
  return createCrc(algorithm).update(bytes).digest();
}

/** Lower-case hex. */
export function toHex(bytes: Uint8Array): string {
  return bytes.toHex?.() ?? Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The bytes of hex in either case, which has to be some. */
export function fromHex(hex: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.fromHex?.(hex) ?? Uint8Array.from(hex.match(/../g) ?? [], (byte) => parseInt(byte, 16));
}

/** Base64 with padding. */
export function toBase64(bytes: Uint8Array): string {
  return bytes.toBase64?.() ?? btoa(String.fromCharCode(...bytes));
}

/** The bytes of base64, which has to be some. */
export function fromBase64(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.fromBase64?.(base64) ?? Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
}

/**
 * The MD5 of a body as `Content-MD5` has it: for requests whose SHA-256 a store does not take.
 * https://www.rfc-editor.org/rfc/rfc1864
 */
export async function contentMd5(bytes: Uint8Array): Promise<string> {
  const createMd5 = await loadHash("md5");
  return toBase64(createMd5().update(bytes).digest());
}
