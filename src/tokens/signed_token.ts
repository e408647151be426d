import { fromBase64Url, toBase64Url } from "../hash/base64url.ts";

/** Makes tokens that only this app can make and read. */
export interface TokenSigner {
  /** A token with this content. */
  sign(content: TokenContent): Promise<string>;
  /** The content of a token that was made for this purpose and has not expired; otherwise `undefined`. */
  verify(token: string, purpose: string): Promise<TokenContent | undefined>;
}

/** The content of a token. */
export interface TokenContent {
  /** The only purpose it is valid for. */
  readonly purpose: string;
  /** When it expires, in epoch milliseconds. */
  readonly expiresMs: number;
  /** Anything else, as JSON. */
  readonly [name: string]: unknown;
}

/** Options of {@link createTokenSigner}. */
export interface TokenSignerOptions {
  /** Keys are derived from these; the first makes tokens, and tokens of the others are accepted too. */
  readonly secrets: readonly string[];
  /** Tokens of another deployment with the same secret are invalid. */
  readonly deployment: string;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/**
 * Seals with AES-256-GCM and a key for each purpose. Tokens are encrypted, as that of an upload contains the ETag of
 * the file it replaces, which the uploader may not be permitted to know. With the same secret they stay valid after a
 * restart.
 */
export function createTokenSigner({ secrets, deployment, now }: TokenSignerOptions): TokenSigner {
  const known = new Map<string, Promise<CryptoKey[]>>();
  const keysFor = (purpose: string) => {
    const keys = known.get(purpose) ?? Promise.all(secrets.map((secret) => deriveKey(secret, { purpose, deployment })));
    known.set(purpose, keys);
    return keys;
  };
  return {
    async sign(content) {
      const [key] = await keysFor(content.purpose);
      if (key === undefined) throw new TypeError("there is no secret to sign with");
      const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
      const sealed = await crypto.subtle.encrypt({ name: CIPHER, iv }, key, encoder.encode(JSON.stringify(content)));
      const token = new Uint8Array(IV_BYTES + sealed.byteLength);
      token.set(iv);
      token.set(new Uint8Array(sealed), IV_BYTES);
      return toBase64Url(token);
    },
    async verify(token, purpose) {
      const bytes = fromBase64Url(token);
      // The last character of Base64 has unused bits.
      if (bytes === undefined || bytes.byteLength <= IV_BYTES || toBase64Url(bytes) !== token) return undefined;
      for (const key of await keysFor(purpose)) {
        const content = await open(key, bytes);
        if (content) return content.purpose === purpose && content.expiresMs > now() ? content : undefined;
      }
      return undefined;
    },
  };
}

async function open(key: CryptoKey, token: Uint8Array<ArrayBuffer>): Promise<TokenContent | undefined> {
  try {
    const algorithm = { name: CIPHER, iv: token.subarray(0, IV_BYTES) };
    const body = await crypto.subtle.decrypt(algorithm, key, token.subarray(IV_BYTES));
    // Authentic, so it is as `sign` made it.
    return JSON.parse(new TextDecoder().decode(body));
  } catch {
    return undefined;
  }
}

/** HKDF. https://datatracker.ietf.org/doc/html/rfc5869 */
async function deriveKey(secret: string, use: { purpose: string; deployment: string }): Promise<CryptoKey> {
  const base = await crypto.subtle.importKey("raw", encoder.encode(secret), "HKDF", false, ["deriveKey"]);
  const info = encoder.encode(JSON.stringify(["s3-source files app 1", use.purpose, use.deployment]));
  const salt = new Uint8Array(32);
  return await crypto.subtle.deriveKey(
    { name: "HKDF", hash: "SHA-256", salt, info },
    base,
    { name: CIPHER, length: 256 },
    false,
    ["encrypt", "decrypt"],
  );
}

const CIPHER = "AES-GCM";
/** https://csrc.nist.gov/pubs/sp/800/38/d/final */
const IV_BYTES = 12;
const encoder = new TextEncoder();
