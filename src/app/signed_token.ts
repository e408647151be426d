import { fromBase64Url, toBase64Url } from "../base64url.ts";

/** Makes and reads texts that only this app can have made; whoever holds one can read it. */
export interface TokenSigner {
  /** A token with this content. */
  sign(content: TokenContent): Promise<string>;
  /** The content of a token made for this purpose that has not expired; `undefined` of anything else. */
  verify(token: string, purpose: string): Promise<TokenContent | undefined>;
}

/** What a token says. */
export interface TokenContent {
  /** What it is for; one made for something else is worth nothing. */
  readonly purpose: string;
  /** Until when it is good, in epoch milliseconds. */
  readonly expiresMs: number;
  /** Whatever it has to carry, as JSON. */
  readonly [name: string]: unknown;
}

/**
 * Signs with HMAC-SHA-256. Tokens outlive a restart as long as the secret is the same.
 *
 * @param now Epoch milliseconds.
 */
export function createTokenSigner(secret: string, now: () => number): TokenSigner {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = crypto.subtle.importKey("raw", encoder.encode(secret), algorithm, false, ["sign", "verify"]);
  return {
    async sign(content) {
      const body = encoder.encode(JSON.stringify(content));
      const signature = await crypto.subtle.sign("HMAC", await key, body);
      return `${toBase64Url(body)}.${toBase64Url(new Uint8Array(signature))}`;
    },
    async verify(token, purpose) {
      const [body, signature] = token.split(".").map(fromBase64Url);
      if (!body || !signature || !await crypto.subtle.verify("HMAC", await key, signature, body)) return undefined;
      // Signed, so it is as `sign` made it.
      const content: TokenContent = JSON.parse(new TextDecoder().decode(body));
      return content.purpose === purpose && content.expiresMs > now() ? content : undefined;
    },
  };
}

const encoder = new TextEncoder();
