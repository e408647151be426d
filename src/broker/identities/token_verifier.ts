import { decodeProtectedHeader, type ProtectedHeaderParameters } from "jose/decode/protected_header";
import { JOSEError, JWSSignatureVerificationFailed, JWTClaimValidationFailed, JWTExpired } from "jose/errors";
import { decodeJwt } from "jose/jwt/decode";
import { jwtVerify } from "jose/jwt/verify";
import type { CryptoKey, JWTPayload } from "jose";
import { show } from "../../errors.ts";
import { fromBase64Url, toBase64Url } from "../../hash/base64url.ts";
import type { IssuerConfig } from "../../options/broker_options.ts";
import { createIssuerKeys, type IssuerKeys } from "./jwks.ts";
import { type BrokerObserver, TokenRefusal, type TokenVerifier, type VerifiedToken } from "../types.ts";

/** What {@link createTokenVerifier} needs. */
export interface TokenVerifierOptions {
  /** The issuers that are believed, by name. They have been checked: each has a URL of its own. */
  readonly issuers: Readonly<Record<string, IssuerConfig>>;
  /** Sends the requests for keys, unless the issuer has its own `fetch`. */
  readonly fetch: typeof fetch;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Hears of fetched keys. */
  readonly observer: BrokerObserver;
}

/** Verifiers of issuers that can be replaced. */
export interface ReloadableVerifier {
  /** A verifier for one request: it keeps the current issuers, whose names may later belong to others. */
  current(): TokenVerifier;
  /** Believes these issuers from now on. Those whose name and addresses stay keep the keys that have been fetched. */
  setIssuers(issuers: TokenVerifierOptions["issuers"]): void;
}

/**
 * Makes a verifier of signed JWTs (https://www.rfc-editor.org/rfc/rfc7519). Only keys of configured issuers count;
 * whatever a token itself says about keys (`jwk`, `jku`, `x5c`, `x5u`) is ignored.
 */
export function createTokenVerifier({ issuers, ...shared }: TokenVerifierOptions): ReloadableVerifier {
  let byUrl: ReadonlyMap<string, Issuer> = new Map();

  function open(name: string, issuer: IssuerConfig): Issuer {
    const { url, jwksUrl, audiences, fetch = shared.fetch } = issuer;
    const former = byUrl.get(url);
    if (former?.name !== name || former.jwksUrl !== jwksUrl) {
      return { name, url, jwksUrl, audiences, keys: createIssuerKeys({ ...shared, name, issuer, fetch }) };
    }
    former.keys.setFetch(fetch);
    return { ...former, audiences };
  }

  function setIssuers(issuers: TokenVerifierOptions["issuers"]): void {
    byUrl = new Map(Object.entries(issuers).map(([name, issuer]) => [issuer.url, open(name, issuer)]));
  }

  async function verify(token: string, issuers: ReadonlyMap<string, Issuer>): Promise<VerifiedToken> {
    const { header, claims } = decode(token);
    const issuer = typeof claims.iss === "string" ? issuers.get(claims.iss) : undefined;
    if (issuer === undefined) throw issuerRefusal(claims.iss);
    const key = await issuer.keys.find(header);
    return toVerified(issuer.name, await verifyClaims(token, { key, issuer, nowMs: shared.now() }));
  }

  setIssuers(issuers);
  return {
    current() {
      const issuers = byUrl;
      return { verify: (token) => verify(token, issuers) };
    },
    setIssuers,
  };
}

type Issuer = Omit<IssuerConfig, "fetch"> & { readonly name: string; readonly keys: IssuerKeys };

interface UnverifiedToken {
  readonly header: ProtectedHeaderParameters & { readonly alg: string };
  readonly claims: JWTPayload;
}

/** Reads a token, of which nothing is believed yet. */
function decode(token: string): UnverifiedToken {
  if (token.length > MAX_LENGTH) throw new TokenRefusal(`it is larger than ${MAX_LENGTH / 1024} KiB`);
  const [, signature] = /^[\w-]+\.[\w-]+\.([\w-]*)$/.exec(token) ?? [];
  if (signature === undefined) {
    throw new TokenRefusal(/^[\w-]+(?:\.[\w-]*){4}$/.test(token) ? "it is encrypted" : NO_JWT);
  }
  const { header, claims } = parse(token);
  const { alg } = header;
  if (typeof alg !== "string" || !ALGORITHMS.includes(alg)) throw algorithmRefusal(alg);
  if (header.crit !== undefined) throw new TokenRefusal('it asks for extensions ("crit"), and there are none');
  // The last character has bits that do not count: one signature could be written in several ways.
  if (toBase64Url(fromBase64Url(signature) ?? new Uint8Array()) !== signature) throw new TokenRefusal(WRONG_SIGNATURE);
  return { header: { ...header, alg }, claims };
}

const MAX_LENGTH = 16 * 1024;
const NO_JWT = "it is not a JWT";
const WRONG_SIGNATURE = "its signature is wrong";

function parse(token: string): { readonly header: ProtectedHeaderParameters; readonly claims: JWTPayload } {
  try {
    return { header: decodeProtectedHeader(token), claims: decodeJwt(token) };
  } catch {
    throw new TokenRefusal(NO_JWT);
  }
}

/** With public keys only, as a symmetric one would be the public key: https://www.rfc-editor.org/rfc/rfc8725#section-2.1 */
const ALGORITHMS: readonly string[] = [
  ...["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"],
  ...["ES256", "ES384", "ES512", "EdDSA", "Ed25519"],
];

function algorithmRefusal(alg: unknown): TokenRefusal {
  const isName = typeof alg === "string" && /^[\w-]{1,20}$/.test(alg);
  return new TokenRefusal(isName ? `the algorithm "${alg}" is not taken` : "its algorithm is not taken");
}

/** Shows the issuer, which often differs by a slash only, unless it is something other than a plain URL. */
function issuerRefusal(url: unknown): TokenRefusal {
  const isPlain = typeof url === "string" && /^https?:\/\/[\w.:/~-]{1,200}$/.test(url);
  return new TokenRefusal(isPlain ? `its issuer "${url}" is not known` : "its issuer is not known");
}

/** Checks signature, audience and times. */
async function verifyClaims(
  token: string,
  { key, issuer, nowMs }: { readonly key: CryptoKey; readonly issuer: Issuer; readonly nowMs: number },
): Promise<JWTPayload> {
  try {
    const { payload } = await jwtVerify(token, key, {
      algorithms: [...ALGORITHMS],
      issuer: issuer.url,
      audience: [...issuer.audiences],
      requiredClaims: ["exp"],
      clockTolerance: TOLERANCE_SECONDS,
      currentDate: new Date(nowMs),
    });
    if (!isTime(payload.exp)) throw noTime("exp");
    return payload;
  } catch (error) {
    throw toRefusal(error);
  }
}

/** How far apart the clocks of issuer and broker may be. */
const TOLERANCE_SECONDS = 60;

function toRefusal(error: unknown): unknown {
  if (!(error instanceof JOSEError)) return error;
  if (error instanceof JWSSignatureVerificationFailed) return new TokenRefusal(WRONG_SIGNATURE);
  if (!(error instanceof JWTExpired || error instanceof JWTClaimValidationFailed)) return new TokenRefusal(NO_JWT);
  const { claim, reason, payload } = error;
  if (claim === "aud") return new TokenRefusal("it is for another audience");
  if (claim === "exp" && reason === "missing") return new TokenRefusal("it has no end");
  const time = payload[claim];
  if (!isTime(time)) return noTime(claim);
  return new TokenRefusal(`${claim === "exp" ? "it ended at" : "it counts only from"} ${toTime(time)}`);
}

function noTime(claim: string): TokenRefusal {
  return new TokenRefusal(`its ${show(claim)} is not a time`);
}

/** Whether seconds since 1970 are a time that `Date` can express, which 1e300 and 1e999 are not. */
function isTime(seconds: unknown): seconds is number {
  return typeof seconds === "number" && !Number.isNaN(new Date(seconds * 1000).getTime());
}

function toTime(seconds: number): string {
  return new Date(Math.floor(seconds) * 1000).toISOString().replace(".000Z", "Z");
}

function toVerified(issuer: string, claims: JWTPayload): VerifiedToken {
  const { sub, aud } = claims;
  const audiences = (Array.isArray(aud) ? aud : [aud]).filter((audience) => typeof audience === "string");
  return { issuer, ...typeof sub === "string" && { subject: sub }, audiences, claims };
}
