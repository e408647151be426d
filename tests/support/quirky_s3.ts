import { createHash } from "node:crypto";
import { createMemoryS3, type MemoryS3, type MemoryS3Quirk } from "../../src/testing/mod.ts";
import { signedFetch, type SignedRequest } from "./signed_fetch.ts";

/** The time of the store and of signatures. */
export const NOW = Date.UTC(2026, 0, 2, 3, 4, 5);
/** That of {@link createQuirkyS3}'s object. */
export const ETAG = "781e5e245d69b566979b86e28d23f2c7";
/** The checksum of its content. */
export const SHA256 = createHash("sha256").update("0123456789").digest("base64");

/** A store with the object `a`. */
export function createQuirkyS3(...quirks: MemoryS3Quirk[]): MemoryS3 {
  const s3 = createMemoryS3({ now: () => NOW, quirks });
  s3.putObject({ bucket: "bucket", key: "a", body: "0123456789", contentType: "text/plain" });
  return s3;
}

/** Sends a signed request. */
export function send(s3: MemoryS3, request: SignedRequest): Promise<Response> {
  const { endpointUrl } = s3.config;
  return signedFetch(request, { fetch: s3.fetch, endpointUrl, credentials: s3.config, nowMs: NOW });
}

/** Status, code and message; the body of a success. */
export async function answerOf(s3: MemoryS3, request: SignedRequest): Promise<string> {
  const response = await send(s3, request);
  const text = await response.text();
  const parts = ["Code", "Message"].map((name) => new RegExp(`<${name}>(.*?)</`).exec(text)?.[1]);
  const failure = parts.filter((part) => part !== undefined).join(": ");
  return `${response.status} ${response.ok ? text.replace(/^<\?xml.*?>\n/, "").replace(/ xmlns=".*?"/, "") : failure}`
    .trim();
}

/** The values of an element of a listing. */
export function valuesOf(text: string, name: string): string[] {
  return Array.from(text.matchAll(new RegExp(`<${name}>(.*?)</${name}>`, "g")), ([, value = ""]) => value);
}
