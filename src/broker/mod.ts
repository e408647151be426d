/**
 * A credentials broker: callers send a tenant's secret and get temporary keys for the tenant's folder.
 *
 * A broker is a function from `Request` to `Response`, for `Deno.serve`, `Bun.serve` or any other server:
 *
 * - `POST /credentials` with the form field `secret` returns JSON with `AccessKeyId`, `SecretAccessKey`,
 *   `SessionToken`, `Expiration` and `S3Folder`, as `createS3Source` and the Python plugin datasette-files-s3 expect;
 * - `GET /healthz` returns 200 while the broker runs. It does not call STS.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { createBroker, createSecret } from "@files/s3-source/broker";
 *
 * const { secret, sha256 } = await createSecret();
 * const broker = createBroker({
 *   sts: { region: "eu-west-1", roleArn: "arn:aws:iam::123456789012:role/files" },
 *   tenants: { team: { secretSha256: sha256, bucket: "media", prefix: "team", allow: ["read", "write"] } },
 * });
 * // Callers now POST `secret` as a form to https://broker.example.com/credentials
 * assertEquals((await broker(new Request("https://broker.example.com/healthz"))).status, 200);
 * assertEquals(secret.length, 43);
 * ```
 *
 * @module
 */
import { guardCallback } from "../options/callback.ts";
import type { BrokerConfig, Permission, StsConfig, TenantConfig } from "../options/broker_options.ts";
import { BROKER_CONFIG } from "../options/broker_tables.ts";
import { checkBrokerConfig } from "../options/checked_broker.ts";
import { S3SourceError } from "../errors.ts";
import { assertRequest, findMalformed } from "../options/malformed_request.ts";
import { readOptions } from "../options/option_table.ts";
import { escapeControls } from "../text/safe_text.ts";
import { sleep } from "../async/abort.ts";
import { createClock } from "../s3/clock.ts";
import { clientOf } from "./client_address.ts";
import { createFailureLimit } from "./failure_limit.ts";
import { createKeyIssuer } from "./key_issuer.ts";
import { BROKER_OPTIONS, type BrokerLogEntry, type BrokerOptions } from "./options.ts";
import { readSecret, refuse, reply } from "./request_secret.ts";
import { type BrokerSecret, createSecret } from "./secret.ts";
import { sessionPolicy, type SessionPolicyOptions } from "./session_policy.ts";
import { createTenantGrants } from "./tenant_grants.ts";
import { createTenants } from "./tenants.ts";

export { createSecret, sessionPolicy };
export type {
  BrokerConfig,
  BrokerLogEntry,
  BrokerOptions,
  BrokerSecret,
  Permission,
  SessionPolicyOptions,
  StsConfig,
  TenantConfig,
};

/**
 * Creates a broker.
 *
 * @param options Where keys come from, the tenants, and how the broker behaves.
 * @returns A function for `Deno.serve`, `Bun.serve` or any other server of `Request`s.
 * @throws {ConfigError} If an option is unknown or cannot be used, naming it and its tenant.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { createBroker, createSecret } from "@files/s3-source/broker";
 *
 * const { sha256 } = await createSecret();
 * const broker = createBroker({
 *   sts: { region: "eu-west-1", roleArn: "arn:aws:iam::123456789012:role/files" },
 *   tenants: { team: { secretSha256: sha256, bucket: "media", prefix: "team", allow: ["read", "write"] } },
 *   log: (entry) => console.log(entry.type, entry.tenant),
 *   failureDelayMs: 0,
 * });
 * const wrong = new Request("https://broker.example.com/credentials", {
 *   method: "POST",
 *   body: new URLSearchParams({ secret: "a guess" }),
 * });
 * assertEquals((await broker(wrong)).status, 403);
 * ```
 */
export function createBroker(options: BrokerOptions): (request: Request) => Promise<Response> {
  const { addressOf, log: givenLog, fetch, now: givenNow, failureDelayMs, ...given } = readOptions<
    BrokerOptions,
    typeof BROKER_OPTIONS
  >(options, BROKER_OPTIONS, { verb: "create the broker", yamlOptions: BROKER_CONFIG });
  const config = checkBrokerConfig(given);
  const now = createClock(givenNow).uncorrected;
  const log = guardCallback(givenLog) ?? (() => {});
  const { addressHeader, maxFailuresPerMinute } = config;
  const observer = {
    onStsRequest: () => {},
    onJwksFetch: () => {},
    onWarning: (reason: string) => log({ type: "failed", reason }),
  };
  const issuer = createKeyIssuer(config, { fetch, now, observer });
  const tenants = createTenants(config, issuer.check);
  const grants = createTenantGrants({
    issuer,
    now,
    onRefreshFailed: ({ tenant }, { error, keys }) => {
      const expiration = new Date(keys.expiration);
      log({ type: "failed", tenant, expiration, isCached: true, reason: describe(error) });
    },
  });
  const limit = createFailureLimit({ maxFailures: maxFailuresPerMinute, now });

  let heldBack = 0;

  function readAddress(request: Request): string | undefined {
    try {
      const given: unknown = (addressHeader && lastEntry(request.headers.get(addressHeader))) ?? addressOf?.(request);
      if (given === undefined || given === null || given === "") return undefined;
      if (typeof given !== "string") throw new TypeError("not a string");
      return escapeControls(given.slice(0, MAX_ADDRESS_CHARACTERS)).slice(0, MAX_ADDRESS_CHARACTERS);
    } catch {
      // A caller with the right secret is served all the same.
      const reason = 'the caller\'s address is unknown: "addressOf" threw or did not return a string';
      log({ type: "failed", reason });
      return undefined;
    }
  }

  /** Only wrong secrets are limited: a correct one may come from the address of someone who sends wrong ones. */
  async function refuseSecret(secret: string, from: { readonly address?: string }): Promise<Response> {
    const refuseAtOnce = (reason: string, seconds: number) => {
      log({ type: "refused", ...from, reason });
      return refuse(429, "Too many failures", { "retry-after": String(seconds) });
    };
    if (from.address !== undefined) {
      const client = clientOf(from.address);
      // Without an `await` between the question and the record, so that the limit holds for concurrent requests.
      const waitSeconds = limit.waitSeconds(client);
      if (waitSeconds > 0) return refuseAtOnce("too many wrong secrets", waitSeconds);
      limit.record(client);
    }
    if (heldBack >= MAX_HELD_BACK) return refuseAtOnce("too many wrong secrets from all callers together", 1);
    log({ type: "refused", ...from, reason: secret === "" ? "no secret" : "a wrong secret" });
    heldBack++;
    await sleep(failureDelayMs).finally(() => heldBack--);
    return refuse(403, "Forbidden");
  }

  async function grant(request: Request): Promise<Response> {
    const address = readAddress(request);
    const from = address === undefined ? {} : { address };
    const secret = await readSecret(request);
    if (secret instanceof Response) return secret;
    const tenant = tenants.find(secret);
    if (tenant === undefined) return await refuseSecret(secret, from);
    try {
      const { keys, isCached } = await grants.get(tenant.request);
      const expiration = new Date(keys.expiration);
      log({ type: "granted", tenant: tenant.name, ...from, expiration, isCached });
      return reply(200, {
        AccessKeyId: keys.accessKeyId,
        SecretAccessKey: keys.secretAccessKey,
        SessionToken: keys.sessionToken,
        Expiration: expiration.toISOString(),
        S3Folder: tenant.folder,
      });
    } catch (error) {
      log({ type: "failed", tenant: tenant.name, ...from, reason: describe(error) });
      const headers = { "retry-after": String(grants.retryAfterSeconds()) };
      return refuse(502, "No credentials are available at the moment", headers);
    }
  }

  return async (request) => {
    assertRequest(request);
    const malformed = findMalformed(request);
    if (malformed !== undefined) {
      log({ type: "refused", reason: malformed.reason });
      return refuse(malformed.status, malformed.status === 405 ? "Method not allowed" : "Bad request");
    }
    const { pathname } = new URL(request.url);
    if (pathname === "/healthz") {
      const isRead = request.method === "GET" || request.method === "HEAD";
      return isRead ? reply(200, { status: "ok" }) : refuse(405, "Method not allowed", { allow: "GET, HEAD" });
    }
    if (pathname !== "/credentials") return refuse(404, "Not found");
    if (request.method !== "POST") return refuse(405, "Method not allowed", { allow: "POST" });
    return await grant(request);
  };
}

const MAX_ADDRESS_CHARACTERS = 100;
const MAX_HELD_BACK = 1_000;

/** The last entry of a header: proxies append the address they see, and the caller can write whatever precedes it. */
function lastEntry(header: string | null): string | undefined {
  return header?.split(",").at(-1)?.trim() || undefined;
}

function describe(error: unknown): string {
  if (!(error instanceof S3SourceError)) return `Cannot get keys: ${error instanceof Error ? error.name : "failed"}`;
  return error.message;
}
