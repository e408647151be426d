import { loadHash, toBase64 } from "./hash.ts";

/**
 * The MD5 of a body as `Content-MD5` has it: for requests whose SHA-256 a store does not take.
 * https://www.rfc-editor.org/rfc/rfc1864
 */
export async function contentMd5(bytes: Uint8Array): Promise<string> {
  const createMd5 = await loadHash("md5");
  return toBase64(createMd5().update(bytes).digest());
}
