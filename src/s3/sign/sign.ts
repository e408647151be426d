import type { Credentials } from "../../types/config.ts";
import { fromHex, toHex } from "../../hash/hash.ts";
import { encodeUriComponent } from "../keys.ts";
import { createHmacSha256, type Hmac, shortSha256, shortSha256Hex } from "../../hash/short_sha256.ts";

/** The signed parts of a request. */
export interface SigningRequest {
  /** HTTP method. */
  readonly method: string;
  /** The `Host` header, with the port unless it is the scheme's default. */
  readonly host: string;
  /** Percent-encoded, as sent. */
  readonly path: string;
  /** From {@link canonicalQuery}; empty if there is none. */
  readonly query: string;
  /** Names in lower case; all of them are signed. `host` is added. */
  readonly headers: Readonly<Record<string, string>>;
  /** Lower-case hex SHA-256 of the body, or {@link UNSIGNED_PAYLOAD}. */
  readonly payloadHash: string;
}

/** Takes the place of the body's digest if the signature is not to cover the body. */
export const UNSIGNED_PAYLOAD = "UNSIGNED-PAYLOAD";

/** Credentials, region and time of a signature. */
export interface SigningScope {
  /** Credentials to sign with. */
  readonly credentials: Credentials;
  /** AWS region. */
  readonly region: string;
  /** AWS service. Default `"s3"`. */
  readonly service?: string;
  /** Epoch milliseconds. */
  readonly nowMs: number;
}

/**
 * Signs a request in its headers, with AWS Signature Version 4.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
 *
 * @returns The headers to send, without `host`: those given, the date, the session token and the authorization.
 */
export function signHeaders(request: SigningRequest, scope: SigningScope): Record<string, string> {
  const timestamp = toTimestamp(scope.nowMs);
  const headers: Record<string, string> = { ...request.headers, "x-amz-date": timestamp };
  const { accessKeyId, sessionToken } = scope.credentials;
  if (sessionToken !== undefined) headers["x-amz-security-token"] = sessionToken;
  const { query, payloadHash } = request;
  const { signature, signedHeaders, credentialScope } = sign(request, {
    headers,
    query,
    payloadHash,
    timestamp,
    scope,
  });
  headers.authorization = `${ALGORITHM} Credential=${accessKeyId}/${credentialScope}, ` +
    `SignedHeaders=${signedHeaders}, Signature=${signature}`;
  return headers;
}

/** A query as it is signed and sent: encoded, sorted by name, without `?`. */
export function canonicalQuery(query: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(query).map(([name, value]) => [encodeUriComponent(name), encodeUriComponent(value)]);
  return pairs.sort(([a = ""], [b = ""]) => a < b ? -1 : 1).map((pair) => pair.join("=")).join("&");
}

/** Signs a request; `headers` are all that are signed but `host`. */
export function sign(
  { method, path, host }: Pick<SigningRequest, "method" | "path" | "host">,
  { headers, query, payloadHash, timestamp, scope }: {
    headers: Readonly<Record<string, string>>;
    query: string;
    payloadHash: string;
    timestamp: string;
    scope: SigningScope;
  },
): { signature: string; signedHeaders: string; credentialScope: string } {
  const names = signedHeaderNames(headers);
  const signedHeaders = names.join(";");
  const credentialScope = toCredentialScope(timestamp, scope);
  const canonical = `${method}\n${path}\n${query}\n${
    canonicalHeaders(names, headers, host)
  }\n${signedHeaders}\n${payloadHash}`;
  const stringToSign = `${ALGORITHM}\n${timestamp}\n${credentialScope}\n${hashBytes(canonical)}`;
  const signature = signerIn(credentialScope, scope.credentials)(stringToSign);
  return { signature, signedHeaders, credentialScope };
}

/** Each character is a byte, as in the values of `Headers`: a copy sends UTF-8 that the store has returned. */
function hashBytes(text: string): string {
  if (!/[\x80-\xff]/.test(text)) return shortSha256Hex(text);
  return toHex(shortSha256(Uint8Array.from(text, (character) => character.charCodeAt(0))));
}

/** The names of the signed headers, sorted. */
export function signedHeaderNames(headers: Readonly<Record<string, string>>): string[] {
  const names = Object.keys(headers);
  names.push("host");
  return names.sort();
}

function canonicalHeaders(names: readonly string[], headers: Readonly<Record<string, string>>, host: string): string {
  let lines = "";
  for (const name of names) lines += `${name}:${name === "host" ? host : headers[name]}\n`;
  // One test for all headers, as hardly any value has white space to normalise.
  if (!/[ \t]{2}|:[ \t]|[ \t]\n/.test(lines)) return lines;
  const toValue = (name: string) =>
    name === "host" ? host : headers[name]?.replace(/^[ \t]+|[ \t]+$/g, "").replace(/ {2,}/g, " ");
  return names.map((name) => `${name}:${toValue(name)}\n`).join("");
}

/** The scope of a signature, as it is signed and sent. */
export function toCredentialScope(timestamp: string, { region, service = "s3" }: SigningScope): string {
  return `${timestamp.slice(0, 8)}/${region}/${service}/aws4_request`;
}

/** `20130524T000000Z`, rounded down to the second. */
export function toTimestamp(epochMs: number): string {
  const second = Math.floor(epochMs / 1000);
  if (second !== latest.second) {
    latest = { second, timestamp: new Date(second * 1000).toISOString().replace(/[-:]|\.\d+/g, "") };
  }
  return latest.timestamp;
}

/** Cached, as many requests are signed within a second. */
let latest = { second: NaN, timestamp: "" };

/** Derived keys, each valid for a day and a region, by credentials. */
const signers = new WeakMap<Credentials, { readonly credentialScope: string; readonly hmac: Hmac }>();

/** Signs texts with the key of a day. */
export function signerOf(timestamp: string, scope: SigningScope): Hmac {
  return signerIn(toCredentialScope(timestamp, scope), scope.credentials);
}

function signerIn(credentialScope: string, credentials: Credentials): Hmac {
  const cached = signers.get(credentials);
  if (cached?.credentialScope === credentialScope) return cached.hmac;
  let hmac = createHmacSha256(encoder.encode(`AWS4${credentials.secretAccessKey}`));
  for (const step of credentialScope.split("/")) hmac = createHmacSha256(fromHex(hmac(step)));
  signers.set(credentials, { credentialScope, hmac });
  return hmac;
}

/** The name of the algorithm. */
export const ALGORITHM = "AWS4-HMAC-SHA256";
const encoder = new TextEncoder();
