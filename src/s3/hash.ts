import { sha1 as nobleSha1 } from "@noble/hashes/legacy.js";
import { sha256 as nobleSha256 } from "@noble/hashes/sha2.js";
import { type CrcAlgorithm, createCrc } from "./crc.ts";
import type { IncrementalHash } from "./incremental_hash.ts";

/** What S3 can keep checksums by. https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html */
export type HashAlgorithm = "sha256" | "sha1" | CrcAlgorithm;

/** SHA-256 of nothing, in hex. */
export const EMPTY_SHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/**
 * SHA-256 of bytes that are all there. Small ones are hashed at once: handing them to another thread, as WebCrypto does, costs
 * more than the hash; large ones would hold up everything else meanwhile.
 */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  if (bytes.byteLength <= SMALL_BYTES) return fromHex(smallSha256(bytes));
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}

const SMALL_BYTES = 4 * 1024;

/**
 * SHA-256 of a few bytes or a text, in hex, which runtimes hand over faster than bytes. The first ones of a process are made in
 * JavaScript: Deno takes 20 ms to load its own, longer than many a command needs for all it does.
 */
export function smallSha256(data: Uint8Array | string): string {
  const native = smallHashCount++ < FIRST_HASHES ? undefined : nativeCrypto()?.hash;
  if (native !== undefined) return native("sha256", data, "hex");
  return toHex(nobleSha256(typeof data === "string" ? encoder.encode(data) : data));
}

let smallHashCount = 0;
/** A signature takes three, and the first of a day five more. */
const FIRST_HASHES = 40;
const encoder = new TextEncoder();

/** An incremental hash, which WebCrypto does not have: the runtime's own where there is one, JavaScript elsewhere. */
export function createHash(algorithm: HashAlgorithm): IncrementalHash {
  if (algorithm !== "sha256" && algorithm !== "sha1") return createCrc(algorithm);
  return nativeCrypto()?.createHash(algorithm) ?? (algorithm === "sha256" ? nobleSha256 : nobleSha1).create();
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

interface NodeCrypto {
  createHash(name: "sha256" | "sha1"): IncrementalHash;
  /** Not in every runtime yet: Node has it from 20.12 on. */
  readonly hash?: (name: "sha256", data: Uint8Array | string, encoding: "hex") => string;
}

let loadedCrypto: NodeCrypto | null | undefined;

function nativeCrypto(): NodeCrypto | null {
  return loadedCrypto ??= loadNativeCrypto();
}

function loadNativeCrypto(): NodeCrypto | null {
  // Not an import: Workers and browsers have no `node:` modules, and bundlers must not look for one.
  const { process } = globalThis as { process?: { getBuiltinModule?: (id: string) => NodeCrypto | undefined } };
  return process?.getBuiltinModule?.("node:crypto") ?? null;
}
