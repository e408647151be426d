import { ConfigError, ServiceError } from "../../errors.ts";
import { toBase64Url } from "../../hash/base64url.ts";
import { fromHex } from "../../hash/hash.ts";
import { createHmacSha256, shortSha256Hex } from "../../hash/short_sha256.ts";
import type { Permission, R2Config } from "../../options/broker_options.ts";
import { PERMISSIONS } from "../../options/broker_tables.ts";
import { r2EndpointUrl } from "../../options/broker_values.ts";
import { isGroup } from "../../options/checks.ts";
import { openExchange } from "../../s3/exchange.ts";
import { readToken } from "../../s3/token.ts";
import { unlessKey } from "../../s3/token.ts";
import { shortSafeText } from "../../text/safe_text.ts";
import { callForKeys, LONGEST_CALL_MS, readReply, type ServiceDeps, unusable } from "./service_call.ts";
import { DEFAULT_SECONDS } from "./sts_client.ts";
import type { IssueKeys, KeyRequest, SessionKeys } from "../types.ts";

/**
 * Makes the function that gets keys for Cloudflare R2: without a request, if the parent's secret is known, and from
 * Cloudflare's API otherwise.
 * https://developers.cloudflare.com/r2/api/s3/temporary-credentials/
 *
 * @returns A function that rejects with a `ConfigError`, before any request, for permissions that the API cannot
 * express, and with a `ServiceError` or `TimeoutError` if it issues no keys.
 */
export function createR2Issuer(r2: R2Config, deps: ServiceDeps): IssueKeys {
  const { apiToken, secretAccessKey = "" } = r2;
  if (apiToken !== undefined) return (request) => askApi({ ...r2, apiToken }, request, deps);
  // deno-lint-ignore require-await -- so that an error rejects.
  return async (request) => mintKeys({ ...r2, secretAccessKey }, request, deps.now());
}

/**
 * Checks that there are keys for these permissions: the API only knows reading, and everything.
 *
 * @throws {ConfigError} If there are none, saying what to do.
 */
export function assertR2Allows({ apiToken }: R2Config, allow: readonly Permission[]): void {
  const isRead = allow.length === 1 && allow.includes("read");
  if (apiToken === undefined || isRead || PERMISSIONS.every((permission) => allow.includes(permission))) return;
  const asked = allow.map((permission) => JSON.stringify(permission)).join(", ");
  throw new ConfigError(
    `Cannot get keys from R2 that permit only ${asked}: its API permits reading or everything; ` +
      'use the parent\'s "secret_access_key" instead of "api_token"',
  );
}

/**
 * The key id is the parent's, and the secret follows from the token, which R2 can verify.
 * https://developers.cloudflare.com/r2/examples/authenticate-r2-temp-credentials/
 */
function mintKeys(
  { accountId, accessKeyId, secretAccessKey, jurisdiction }: R2Config & { readonly secretAccessKey: string },
  { bucket, prefix, allow, durationSeconds = DEFAULT_SECONDS }: KeyRequest,
  nowMs: number,
): SessionKeys {
  const issuedSeconds = Math.floor(nowMs / 1000);
  const endsSeconds = issuedSeconds + durationSeconds;
  const claims = {
    bucket,
    scope: scopeOf(allow),
    actions: ACTIONS.filter(([, needs]) => needs.every((one) => allow.includes(one))).flatMap(([actions]) => actions),
    ...prefix !== "" && { paths: { prefixPaths: [prefix], objectPaths: [] } },
    sub: accountId,
    iss: accessKeyId,
    aud: new URL(r2EndpointUrl({ accountId, jurisdiction })).host,
    iat: issuedSeconds,
    exp: endsSeconds,
  };
  const encode = (part: object) => toBase64Url(new TextEncoder().encode(JSON.stringify(part)));
  const signed = `${encode({ alg: "HS256", typ: "JWT" })}.${encode(claims)}`;
  const hmac = createHmacSha256(new TextEncoder().encode(secretAccessKey));
  const token = `${signed}.${toBase64Url(fromHex(hmac(signed)))}`;
  return {
    accessKeyId,
    secretAccessKey: shortSha256Hex(token),
    sessionToken: btoa(`jwt/${token}`),
    expiration: endsSeconds * 1000,
    durationSeconds,
  };
}

/** What the actions are narrowed from. The values are the API's `permission`, too. */
function scopeOf(allow: readonly Permission[]): string {
  return allow.every((permission) => permission === "read") ? "object-read-only" : "object-read-write";
}

/**
 * Actions, and the permissions that they need. Listing unfinished uploads is not among them: it is not documented that
 * a prefix limits it. https://developers.cloudflare.com/r2/api/s3/temporary-credentials/#actions
 */
const ACTIONS: readonly (readonly [actions: readonly string[], needs: readonly Permission[]])[] = [
  [["GetObject", "HeadObject", "ListObjectsV1", "ListObjectsV2"], ["read"]],
  [["PutObject", "CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload", "AbortMultipartUpload"], ["write"]],
  [["ListParts"], ["write"]],
  [["CopyObject", "UploadPartCopy"], ["read", "write"]],
  [["DeleteObject", "DeleteObjects"], ["delete"]],
];

/** https://developers.cloudflare.com/api/resources/r2/subresources/temporary_credentials/methods/create/ */
async function askApi(
  { accountId, accessKeyId, apiToken, ...r2 }: R2Config & { readonly apiToken: string },
  { bucket, prefix, allow, durationSeconds = DEFAULT_SECONDS }: KeyRequest,
  deps: ServiceDeps,
): Promise<SessionKeys> {
  assertR2Allows({ ...r2, accountId, accessKeyId, apiToken }, allow);
  const url = `https://api.cloudflare.com/client/v4/accounts/${accountId}/r2/temp-access-credentials`;
  const body = JSON.stringify({
    bucket,
    parentAccessKeyId: accessKeyId,
    permission: scopeOf(allow),
    ttlSeconds: durationSeconds,
    ...prefix !== "" && { prefixes: [prefix] },
  });
  const headers = { authorization: `Bearer ${apiToken}`, "content-type": "application/json" };
  return await callForKeys("R2", deps, ({ signal, attempt }) =>
    attempt(async () => {
      // The reply does not say when the keys expire: no earlier than if they had been made now.
      const expiration = deps.now() + durationSeconds * 1000;
      const exchange = await openExchange(url, { method: "POST", headers, body }, {
        fetch: deps.fetch,
        headersMs: LONGEST_CALL_MS,
        idleMs: LONGEST_CALL_MS,
        signal,
        secrets: [apiToken],
      });
      const reply = parseReply(await readReply(exchange));
      const requestId = unlessKey(readToken(exchange.headers.get("cf-ray")), {
        accessKeyId,
        secretAccessKey: apiToken,
      });
      if (exchange.status !== 200 || reply.success === false) {
        throw toError(reply, { status: exchange.status, requestId, apiToken });
      }
      return { ...readKeys(reply.result), expiration, durationSeconds, requestId };
    }));
}

function parseReply(text: string): Record<string, unknown> {
  try {
    const reply: unknown = JSON.parse(text);
    if (isGroup(reply)) return { ...reply };
  } catch {
    // As a reply without fields.
  }
  return {};
}

function readKeys(result: unknown): Pick<SessionKeys, "accessKeyId" | "secretAccessKey" | "sessionToken"> {
  const read = (name: string): string => {
    const text: unknown = isGroup(result) ? Reflect.get(result, name) : undefined;
    if (typeof text !== "string" || text === "") throw unusable(`it has no ${name}`);
    return text;
  };
  return {
    accessKeyId: read("accessKeyId"),
    secretAccessKey: read("secretAccessKey"),
    sessionToken: read("sessionToken"),
  };
}

function toError(
  { errors }: Record<string, unknown>,
  { status, requestId, apiToken }: { status: number; requestId: string | undefined; apiToken: string },
): ServiceError {
  const first: unknown = Array.isArray(errors) ? errors[0] : undefined;
  const read = (name: string): string => isGroup(first) ? String(Reflect.get(first, name) ?? "") : "";
  const code = unlessKey(readToken(read("code")), { accessKeyId: "", secretAccessKey: apiToken }) ?? "UnexpectedStatus";
  const said = shortSafeText(read("message"), [apiToken]);
  const reason = `it answered ${status} (${code}${said === "" ? "" : `: ${said}`})`;
  return new ServiceError(`Cannot get keys from R2: ${reason}`, { code, status, requestId });
}
