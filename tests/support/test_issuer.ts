// A real issuer of JWTs, with OpenID discovery and keys that rotate.
import { toBase64Url } from "../../src/hash/base64url.ts";

/** How a token differs from a good one. */
export interface TokenOptions {
  /** The algorithm of the key that signs. Default: the issuer's first. */
  readonly alg?: string;
  /** Replaces parts of the header; `undefined` removes one. */
  readonly header?: Record<string, unknown>;
  /** The claims as text, instead of JSON of the claims. */
  readonly text?: string;
}

/** An issuer on the loopback interface. */
export interface TestIssuer extends AsyncDisposable {
  /** Its claim `iss`: an `http:` URL without a slash at its end. */
  readonly url: string;
  /** How often its configuration and its keys have been asked for. */
  readonly requests: { discovery: number; jwks: number };
  /** The public keys that it publishes. */
  readonly keys: JsonWebKey[];
  /** Answers instead of it while there is one. */
  answer: ((request: Request) => Response | Promise<Response>) | undefined;
  /** Signs a token for the audience `s3-broker` that ends in 10 minutes; claims replace those, `undefined` removes. */
  issue(claims?: Record<string, unknown>, options?: TokenOptions): Promise<string>;
  /** From now on it signs with new keys, and publishes only those, or the old as well. */
  rotate(options?: { readonly keepsOld?: boolean }): Promise<void>;
}

/**
 * Starts an issuer.
 *
 * @param algorithms Of each it has a key. Default `["ES256"]`, as RSA keys take time.
 * @param now Epoch milliseconds, for the times in its tokens. Default `Date.now`.
 */
export async function openTestIssuer(
  { algorithms = ["ES256"], now = Date.now }: { algorithms?: readonly string[]; now?: () => number } = {},
): Promise<TestIssuer> {
  let signers: Signer[] = [];
  const requests = { discovery: 0, jwks: 0 };
  const keys: JsonWebKey[] = [];

  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, (request) => {
    const { pathname } = new URL(request.url);
    if (pathname === "/.well-known/openid-configuration") requests.discovery++;
    if (pathname === "/keys") requests.jwks++;
    if (issuer.answer !== undefined) return issuer.answer(request);
    if (pathname === "/keys") return Response.json({ keys });
    if (pathname !== "/.well-known/openid-configuration") return new Response(null, { status: 404 });
    return Response.json({ issuer: issuer.url, jwks_uri: `${issuer.url}/keys` });
  });

  const issuer: TestIssuer = {
    url: `http://127.0.0.1:${server.addr.port}`,
    requests,
    keys,
    answer: undefined,
    async issue(claims = {}, { alg = algorithms[0], header, text } = {}) {
      const signer = signers.find((signer) => signer.alg === alg);
      if (signer === undefined) throw new Error(`the issuer has no key for ${alg}`);
      const seconds = Math.floor(now() / 1000);
      const times = { iat: seconds, exp: seconds + 600 };
      const payload = { iss: issuer.url, aud: "s3-broker", sub: "tester", ...times, ...claims };
      return await sign(text ?? JSON.stringify(payload), { alg, kid: signer.kid, typ: "JWT", ...header }, signer);
    },
    async rotate({ keepsOld = false } = {}) {
      signers = await Promise.all(algorithms.map(createSigner));
      if (!keepsOld) keys.length = 0;
      keys.push(...signers.map(({ jwk }) => jwk));
    },
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
  await issuer.rotate();
  return issuer;
}

interface Signer {
  readonly alg: string;
  readonly kid: string;
  readonly privateKey: CryptoKey;
  readonly jwk: JsonWebKey & { readonly kid: string };
}

/** Made without jose, which the broker verifies with. */
async function createSigner(alg: string): Promise<Signer> {
  const keys = await crypto.subtle.generateKey(algorithmOf(alg), true, ["sign", "verify"]);
  if (!("privateKey" in keys)) throw new Error(`${alg} has no pair of keys`);
  const { key_ops: _, ext: __, ...jwk } = await crypto.subtle.exportKey("jwk", keys.publicKey);
  const kid = crypto.randomUUID();
  return { alg, kid, privateKey: keys.privateKey, jwk: { ...jwk, kid, alg, use: "sig" } };
}

/** Signs any text under any header as a JWT. */
async function sign(text: string, header: Record<string, unknown>, { alg, privateKey }: Signer): Promise<string> {
  const encode = (text: string) => toBase64Url(new TextEncoder().encode(text));
  const signed = `${encode(JSON.stringify(header))}.${encode(text)}`;
  const signature = await crypto.subtle.sign(algorithmOf(alg), privateKey, new TextEncoder().encode(signed));
  return `${signed}.${toBase64Url(new Uint8Array(signature))}`;
}

/** For `generateKey` and `sign`: https://www.rfc-editor.org/rfc/rfc7518#section-3.1 */
function algorithmOf(alg: string): RsaHashedKeyGenParams & EcKeyGenParams & RsaPssParams & { readonly hash: string } {
  const bits = Number(alg.slice(2));
  const rsa = { modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]), saltLength: bits / 8 };
  const common = { ...rsa, hash: `SHA-${bits}`, namedCurve: bits === 512 ? "P-521" : `P-${bits}` };
  const name = { RS: "RSASSA-PKCS1-v1_5", PS: "RSA-PSS", ES: "ECDSA", Ed: "Ed25519" }[alg.slice(0, 2)] ?? alg;
  return { ...common, name };
}
