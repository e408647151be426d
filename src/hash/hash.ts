import { type CrcAlgorithm, createCrc } from "./crc.ts";
import type { IncrementalHash } from "./incremental_hash.ts";
import { nodeModule } from "./native.ts";
import { shortSha256 } from "./short_sha256.ts";

/** S3's checksum algorithms. https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html */
export type HashAlgorithm = "sha256" | "sha1" | CrcAlgorithm;

/** SHA-256 of an empty body, in hex. */
export const EMPTY_SHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/**
 * SHA-256. Short input is hashed here, long input by WebCrypto on another thread, so that it does not block this one.
 */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  if (bytes.byteLength <= SHORT_BYTES) return shortSha256(bytes);
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}

/** Above this, passing bytes to another thread costs less than the hash. */
const SHORT_BYTES = 4 * 1024;

/** Begins a hash of so many bytes, at once unless it has to be loaded; see {@link loadHash}. */
export function beginHash(algorithm: HashAlgorithm, byteLength: number): IncrementalHash | Promise<IncrementalHash> {
  if (algorithm !== "sha256" && algorithm !== "sha1") return createCrc(algorithm, byteLength);
  const native = nodeModule<NodeCrypto>("node:crypto");
  return native?.createHash(algorithm) ?? loadHash(algorithm).then((create) => create());
}

/**
 * Loads an incremental hash, which WebCrypto does not have: the runtime's own, or else one in JavaScript.
 */
export async function loadHash(algorithm: HashAlgorithm | "md5"): Promise<() => IncrementalHash> {
  if (algorithm !== "sha256" && algorithm !== "sha1" && algorithm !== "md5") return () => createCrc(algorithm);
  const native = nodeModule<NodeCrypto>("node:crypto");
  if (native !== undefined) return () => native.createHash(algorithm);
  const { [algorithm]: portable } = await import("./portable_hashes.ts");
  return () => portable.create();
}

interface NodeCrypto {
  createHash(name: "sha256" | "sha1" | "md5"): IncrementalHash;
}

/** The hash of bytes, which may be changed as soon as this has returned its promise. */
export async function hash(algorithm: HashAlgorithm, bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  if (algorithm === "sha256") return await sha256(bytes);
  if (algorithm === "sha1") return new Uint8Array(await crypto.subtle.digest("SHA-1", bytes));
  return createCrc(algorithm).update(bytes).digest();
}

/** Lower-case hex. */
export function toHex(bytes: Uint8Array): string {
  return bytes.toHex?.() ?? Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The bytes of valid hex, in either case. */
export function fromHex(hex: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.fromHex?.(hex) ?? Uint8Array.from(hex.match(/../g) ?? [], (byte) => parseInt(byte, 16));
}

/** Base64 with padding. */
export function toBase64(bytes: Uint8Array): string {
  return bytes.toBase64?.() ?? btoa(String.fromCharCode(...bytes));
}

/** The bytes of valid base64. */
export function fromBase64(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.fromBase64?.(base64) ?? Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
}

/**
 * The value of `Content-MD5`, for requests whose SHA-256 a store does not accept.
 * https://www.rfc-editor.org/rfc/rfc1864
 */
export async function contentMd5(bytes: Uint8Array): Promise<string> {
  const createMd5 = await loadHash("md5");
  return toBase64(createMd5().update(bytes).digest());
}
