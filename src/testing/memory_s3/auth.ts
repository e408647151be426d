import { S3Failure } from "./failure.ts";
import type { ParsedRequest } from "./request.ts";
import { digest, hmacSha256, toHex } from "./hash.ts";

/** Credentials of an in-memory S3, and their scope. */
export interface MemoryS3Credentials {
  /** Secret access key. */
  readonly secretAccessKey: string;
  /** Session token that requests must have. Default: none. */
  readonly sessionToken?: string | undefined;
  /** When they expire: from then on requests fail with `ExpiredToken`. Default: never. */
  readonly expiresAt?: Date | undefined;
  /** The only bucket that they may access. Default: any. */
  readonly bucket?: string | undefined;
  /** The prefix of all keys and listings that they may access. Default: none. */
  readonly prefix?: string | undefined;
}

/** The data for checking signatures. */
export interface AuthRules {
  /** By access key id. */
  readonly credentials: ReadonlyMap<string, MemoryS3Credentials>;
  /** The region of valid signatures. */
  readonly region: string;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** What a request claims about its signature. */
export interface Claim {
  /** Access key id. */
  readonly accessKeyId: string;
  /** `YYYYMMDD/region/service/aws4_request`. */
  readonly scope: string;
  /** Names in lower case. */
  readonly signedHeaders: readonly string[];
  /** Lower-case hex. */
  readonly signature: string;
  /** `YYYYMMDDTHHMMSSZ`. */
  readonly timestamp: string;
  /** Session token of temporary credentials. */
  readonly sessionToken: string | undefined;
  /** Lifetime of a presigned URL. */
  readonly expiresInSeconds?: number;
}

/**
 * Checks a request's signature by AWS Signature Version 4.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 *
 * @returns The credentials of the signature.
 * @throws {S3Failure} If they are unknown or expired, or the signature does not match.
 */
export function authenticate(request: ParsedRequest, claim: Claim, rules: AuthRules): MemoryS3Credentials {
  const credentials = findCredentials(claim, rules);
  assertTime(claim, rules.now());
  assertNotExpired(claim, credentials, rules.now());
  assertHeadersSigned(request, claim);
  assertSignature(claim, credentials, stringToSign(request, claim));
  return credentials;
}

/** The credentials of a claim. @throws {S3Failure} If they are unknown, or the signature is for another region. */
export function findCredentials(claim: Claim, rules: AuthRules): MemoryS3Credentials {
  const credentials = rules.credentials.get(claim.accessKeyId);
  if (credentials === undefined) {
    throw new S3Failure("InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records.", {
      details: { AWSAccessKeyId: claim.accessKeyId },
    });
  }
  assertScope(claim, rules);
  return credentials;
}

/**
 * Fails with `InvalidToken` if the session token does not match, and with `ExpiredToken` if the credentials have
 * expired.
 */
export function assertNotExpired(claim: Claim, { sessionToken, expiresAt }: MemoryS3Credentials, now: number): void {
  if (claim.sessionToken !== sessionToken) {
    throw new S3Failure("InvalidToken", "The provided token is malformed or otherwise invalid.");
  }
  if (expiresAt !== undefined && now >= expiresAt.getTime()) {
    throw new S3Failure("ExpiredToken", "The provided token has expired.");
  }
}

/** Fails with `SignatureDoesNotMatch` if the text was not signed with these credentials. */
export function assertSignature(
  { scope, signature }: Claim,
  { secretAccessKey }: MemoryS3Credentials,
  text: string,
): void {
  let key: Uint8Array = encoder.encode(`AWS4${secretAccessKey}`);
  for (const step of scope.split("/")) key = hmacSha256(key, step);
  if (toHex(hmacSha256(key, text)) === signature) return;
  throw new S3Failure(
    "SignatureDoesNotMatch",
    "The request signature we calculated does not match the signature you provided. Check your key and signing method.",
  );
}

/** Reads the claim from `Authorization` or the query. */
export function readClaim(request: Omit<ParsedRequest, "body">): Claim {
  const { headers, query } = request;
  const authorization = headers.get("authorization");
  if (authorization === null) {
    if (!query.has("X-Amz-Algorithm")) throw new S3Failure("AccessDenied", "Access Denied");
    return readQueryClaim(query);
  }
  const match = /^AWS4-HMAC-SHA256 Credential=([^/,]+)\/([^,]+), *SignedHeaders=([^,]+), *Signature=([0-9a-f]{64})$/
    .exec(authorization);
  const timestamp = headers.get("x-amz-date");
  if (match === null || timestamp === null) {
    throw new S3Failure("AuthorizationHeaderMalformed", "The authorization header is malformed.");
  }
  const [, accessKeyId = "", scope = "", names = "", signature = ""] = match;
  const sessionToken = headers.get("x-amz-security-token") ?? undefined;
  return { accessKeyId, scope, signedHeaders: names.split(";"), signature, timestamp, sessionToken };
}

function readQueryClaim(query: ReadonlyMap<string, string>): Claim {
  const [accessKeyId = "", ...scope] = (query.get("X-Amz-Credential") ?? "").split("/");
  const expiresInSeconds = Number(query.get("X-Amz-Expires") ?? NaN);
  if (
    query.get("X-Amz-Algorithm") !== "AWS4-HMAC-SHA256" || !(expiresInSeconds >= 0 && expiresInSeconds <= WEEK_SECONDS)
  ) {
    throw new S3Failure("AuthorizationQueryParametersError", "X-Amz-Expires must be a number of seconds up to a week");
  }
  return {
    accessKeyId,
    scope: scope.join("/"),
    signedHeaders: (query.get("X-Amz-SignedHeaders") ?? "").split(";"),
    signature: query.get("X-Amz-Signature") ?? "",
    timestamp: query.get("X-Amz-Date") ?? "",
    sessionToken: query.get("X-Amz-Security-Token"),
    expiresInSeconds,
  };
}

function assertScope({ scope, timestamp }: Claim, { region }: AuthRules): void {
  const [date, signedRegion, ...rest] = scope.split("/");
  if (rest.join("/") !== "s3/aws4_request" || date !== timestamp.slice(0, 8)) {
    throw new S3Failure("AuthorizationHeaderMalformed", "The authorization is malformed: its scope is not valid.");
  }
  if (signedRegion !== region) {
    throw new S3Failure(
      "AuthorizationHeaderMalformed",
      `The authorization header is malformed; the region '${signedRegion}' is wrong; expecting '${region}'`,
      { details: { Region: region }, headers: { "x-amz-bucket-region": region } },
    );
  }
}

function assertTime({ timestamp, expiresInSeconds }: Claim, now: number): void {
  const signedAt = Date.parse(timestamp.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"));
  if (Number.isNaN(signedAt)) throw new S3Failure("AccessDenied", "AWS authentication requires a valid Date");
  if (expiresInSeconds === undefined) {
    if (Math.abs(now - signedAt) > MAX_SKEW_MS) {
      throw new S3Failure(
        "RequestTimeTooSkewed",
        "The difference between the request time and the current time is too large.",
        { details: { RequestTime: timestamp, ServerTime: new Date(now).toISOString() } },
      );
    }
    return;
  }
  if (signedAt - now > MAX_SKEW_MS) throw new S3Failure("AccessDenied", "Request is not valid yet");
  if (now > signedAt + expiresInSeconds * 1000) throw new S3Failure("AccessDenied", "Request has expired");
}

function assertHeadersSigned({ headers }: ParsedRequest, { signedHeaders }: Claim): void {
  const unsigned = [...headers.keys()].filter((name) => name.startsWith("x-amz-") && !signedHeaders.includes(name));
  if (!signedHeaders.includes("host") || unsigned.length > 0) {
    throw new S3Failure("AccessDenied", "There were headers present in the request which were not signed", {
      details: { HeadersNotSigned: unsigned.join(", ") },
    });
  }
}

function stringToSign(request: ParsedRequest, claim: Claim): string {
  const query = [...request.query]
    .filter(([name]) => name !== "X-Amz-Signature")
    .map(([name, value]) => [uriEncode(name), uriEncode(value)] as const)
    .sort(([a], [b]) => a < b ? -1 : 1);
  const canonicalRequest = [
    request.method,
    request.path.split("/").map(uriEncode).join("/"),
    query.map((pair) => pair.join("=")).join("&"),
    ...claim.signedHeaders.map((name) => `${name}:${headerValue(request, name)}`),
    "",
    claim.signedHeaders.join(";"),
    request.headers.get("x-amz-content-sha256") ?? "UNSIGNED-PAYLOAD",
  ].join("\n");
  const hash = toHex(digest("sha256", toBytes(canonicalRequest)));
  return ["AWS4-HMAC-SHA256", claim.timestamp, claim.scope, hash].join("\n");
}

/** The HTTP client sets two headers itself, whatever `fetch` is given. */
function headerValue({ url, headers, body }: ParsedRequest, name: string): string {
  if (name === "host") return url.host;
  if (name === "content-length") return String(body.byteLength);
  return (headers.get(name) ?? "").replace(/^[ \t]+|[ \t]+$/g, "").replace(/ +/g, " ");
}

/** Each character of a header's value is a byte. */
function toBytes(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html, `UriEncode()` */
function uriEncode(text: string): string {
  return Array.from(encoder.encode(text), (byte) => {
    const char = String.fromCharCode(byte);
    return /[A-Za-z0-9\-._~]/.test(char) ? char : `%${toHex(Uint8Array.of(byte)).toUpperCase()}`;
  }).join("");
}

const encoder = new TextEncoder();
const MAX_SKEW_MS = 15 * 60 * 1000;
const WEEK_SECONDS = 7 * 24 * 60 * 60;
