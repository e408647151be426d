import type { CryptoKey, JWK, JWSHeaderParameters } from "jose";
import { JWKSMultipleMatchingKeys } from "jose/errors";
import { createLocalJWKSet, type LocalJWKSet } from "jose/jwks/local";
import { withTimeLimit } from "../async/abort.ts";
import { TimeoutError } from "../errors.ts";
import type { IssuerConfig } from "../options/broker_options.ts";
import { httpsProblem } from "../options/broker_values.ts";
import { isMapping, type Mapping, valueOf } from "../options/mapping.ts";
import { openExchange } from "../s3/exchange.ts";
import { TokenRefusal } from "./types.ts";

/**
 * The key of a set that a token with this header is signed with; `undefined` if there is none.
 *
 * @throws {TokenRefusal} If several fit.
 */
export type KeySet = (header: JWSHeaderParameters) => Promise<CryptoKey | undefined>;

/**
 * Fetches an issuer's public keys, from the address that is configured or found by discovery:
 * https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderConfig
 *
 * @throws {Error} Its message completes "Cannot get the keys of the issuer …: …".
 */
export async function fetchKeySet(
  { url, jwksUrl }: Pick<IssuerConfig, "url" | "jwksUrl">,
  fetch: typeof globalThis.fetch,
): Promise<KeySet> {
  const { keys } = await fetchJson(jwksUrl ?? await discover(url, fetch), fetch);
  if (!Array.isArray(keys)) throw new Error('its set of keys has no list "keys"');
  const set = createLocalJWKSet({ keys: keys.filter(isKey) });
  return (header) => findKey(set, header);
}

function isKey(key: unknown): key is JWK {
  return isMapping(key) && typeof key["kty"] === "string";
}

/** Only one key is tried, as every try costs time. */
async function findKey(set: LocalJWKSet, header: JWSHeaderParameters): Promise<CryptoKey | undefined> {
  try {
    const key = await set(header);
    return "modulusLength" in key.algorithm && Number(key.algorithm.modulusLength) < RSA_BITS ? undefined : key;
  } catch (error) {
    // https://openid.net/specs/openid-connect-core-1_0.html#Signing: of several keys, `kid` has to name one.
    if (error instanceof JWKSMultipleMatchingKeys) throw new TokenRefusal("several keys of its issuer fit it");
    // There is none, it is symmetric or private, or the runtime cannot import it.
    return undefined;
  }
}

/** https://www.rfc-editor.org/rfc/rfc7518#section-3.3 */
const RSA_BITS = 2048;

async function discover(issuerUrl: string, fetch: typeof globalThis.fetch): Promise<string> {
  const document = await fetchJson(`${issuerUrl.replace(/\/$/, "")}/.well-known/openid-configuration`, fetch);
  if (valueOf(document, "issuer") !== issuerUrl) {
    throw new Error('"issuer" in its OpenID configuration is not the configured "url"');
  }
  const jwksUrl = valueOf(document, "jwks_uri");
  if (typeof jwksUrl === "string" && httpsProblem(jwksUrl) === undefined) return jwksUrl;
  throw new Error('"jwks_uri" in its OpenID configuration is not an https: URL');
}

/**
 * Without an `Accept` header: Kubernetes answers 406 to one that does not name `application/jwk-set+json`.
 * https://github.com/kubernetes/kubernetes/blob/master/pkg/routes/openidmetadata.go
 */
async function fetchJson(url: string, fetch: typeof globalThis.fetch): Promise<Mapping> {
  const timedOut = () => new TimeoutError(`it did not answer within ${ANSWER_MS} ms`);
  const bytes = await withTimeLimit(ANSWER_MS, timedOut, async (signal) => {
    const limits = { headersMs: ANSWER_MS, idleMs: ANSWER_MS, signal, secrets: [] };
    const exchange = await openExchange(url, { method: "GET", headers: {} }, { fetch, ...limits });
    const { status } = exchange;
    if (status === 200) return await exchange.bytes(MAX_BYTES);
    await exchange.cancel();
    // 0 is the status that browsers give to a redirect that is not followed.
    const redirects = status === 0 || (status >= 300 && status < 400);
    throw new Error(redirects ? "it redirects, which is not followed" : `it answered ${status}`);
  });
  if (bytes.byteLength > MAX_BYTES) throw new Error(`its answer is larger than ${MAX_BYTES / 1024} KiB`);
  const value = parseJson(bytes);
  if (!isMapping(value)) throw new Error("its answer is not a JSON object");
  return value;
}

const ANSWER_MS = 5_000;
const MAX_BYTES = 256 * 1024;

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}
