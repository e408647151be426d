/**
 * A credentials broker to run: whoever sends a tenant's secret gets temporary keys for that tenant's folder.
 *
 * A broker is a function of a `Request`, for `Deno.serve`, `Bun.serve` or any other server:
 *
 * - `POST /credentials` with the form field `secret` answers JSON with `AccessKeyId`, `SecretAccessKey`, `SessionToken`,
 *   `Expiration` and `S3Folder`, as `createS3Source` and the Python plugin datasette-files-s3 expect it;
 * - `GET /healthz` answers 200 while the broker runs. It does not ask STS.
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
 * // POST https://broker.example.com/credentials, with `secret` in a form
 * assertEquals((await broker(new Request("https://broker.example.com/healthz"))).status, 200);
 * assertEquals(secret.length, 43);
 * ```
 *
 * @module
 */
import { guardCallback } from "../options/callback.ts";
import {
  BROKER_CONFIG,
  type BrokerConfig,
  checkBrokerConfig,
  type CheckedBrokerConfig,
  type Permission,
  type StsConfig,
  type TenantConfig,
} from "../options/broker_options.ts";
import { createDefaultChain } from "../credentials/default_chain.ts";
import { S3SourceError } from "../errors.ts";
import { assertRequest, findMalformed } from "../options/malformed_request.ts";
import { readOptions } from "../options/option_table.ts";
import { escapeControls } from "../text/safe_text.ts";
import { sleep } from "../async/abort.ts";
import { createClock } from "../s3/clock.ts";
import { clientOf } from "./client_address.ts";
import { createFailureLimit } from "./failure_limit.ts";
import { BROKER_OPTIONS, type BrokerLogEntry, type BrokerOptions } from "./options.ts";
import { readSecret, refuse, reply } from "./request_secret.ts";
import { type BrokerSecret, createSecret } from "./secret.ts";
import { sessionPolicy, type SessionPolicyOptions } from "./session_policy.ts";
import { createStsClient, type StsClientOptions } from "./sts_client.ts";
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
 * @throws {ConfigError} If an option is unknown or cannot be used, naming it and its tenant.
 */
export function createBroker(options: BrokerOptions): (request: Request) => Promise<Response> {
  const { sts: givenSts, tenants: givenTenants, ...checked } = readOptions(options, BROKER_OPTIONS, {
    verb: "create the broker",
    yamlOptions: BROKER_CONFIG,
  });
  const config = checkBrokerConfig({ sts: givenSts, tenants: givenTenants, addressHeader: checked.addressHeader });
  const { addressOf, maxFailuresPerMinute, failureDelayMs, fetch } = checked;
  const now = createClock(checked.now).uncorrected;
  const log = guardCallback(checked.log) ?? (() => {});
  const { sts, addressHeader } = config;
  const tenants = createTenants(config);
  const assumeRole = createStsClient({ ...sts, getKeys: createKeySource(sts), fetch, now });
  const grants = createTenantGrants({
    assumeRole,
    durationSeconds: sts.durationSeconds,
    now,
    onRefreshFailed: (tenant, { error, keys }) => {
      const expiration = new Date(keys.expiration);
      log({ type: "failed", tenant: tenant.name, expiration, isCached: true, reason: describe(error) });
    },
  });
  const limit = createFailureLimit({ maxFailures: maxFailuresPerMinute, now });

  let heldBack = 0;

  function readAddress(request: Request): string | undefined {
    try {
      const given: unknown = (addressHeader && lastEntry(request.headers.get(addressHeader))) ?? addressOf?.(request);
      if (given === undefined || given === null || given === "") return undefined;
      if (typeof given !== "string") throw new TypeError("not a text");
      return escapeControls(given.slice(0, MAX_ADDRESS_CHARACTERS)).slice(0, MAX_ADDRESS_CHARACTERS);
    } catch {
      // Nobody who has a secret is to suffer from it.
      log({
        type: "failed",
        reason: 'the caller\'s address is not known: "addressOf" threw, or did not return a text',
      });
      return undefined;
    }
  }

  async function answer(request: Request): Promise<Response> {
    const address = readAddress(request);
    const from = address === undefined ? {} : { address };
    const secret = await readSecret(request);
    if (secret instanceof Response) return secret;
    const tenant = tenants.find(secret);
    // Only wrong secrets are limited: others may share the address of someone who sends them.
    if (tenant === undefined) {
      const client = address === undefined ? undefined : clientOf(address);
      // There is no `await` between asking the limit and recording, so that it holds for requests that arrive together.
      const waitSeconds = client === undefined ? 0 : limit.waitSeconds(client);
      if (waitSeconds > 0) {
        log({ type: "refused", ...from, reason: "too many wrong secrets" });
        return refuse(429, "Too many failures", { "retry-after": String(waitSeconds) });
      }
      if (client !== undefined) limit.record(client);
      if (heldBack >= MAX_HELD_BACK) {
        log({ type: "refused", ...from, reason: "too many wrong secrets, by all callers together" });
        return refuse(429, "Too many failures", { "retry-after": "1" });
      }
      log({ type: "refused", ...from, reason: secret === "" ? "no secret" : "a wrong secret" });
      heldBack++;
      await sleep(failureDelayMs).finally(() => heldBack--);
      return refuse(403, "Forbidden");
    }
    try {
      const { keys, isCached } = await grants.get(tenant);
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
      return refuse(502, "No credentials are available at the moment", {
        "retry-after": String(grants.retryAfterSeconds()),
      });
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
    return await answer(request);
  };
}

const MAX_ADDRESS_CHARACTERS = 100;
const MAX_HELD_BACK = 1_000;

function createKeySource(
  { accessKeyId, secretAccessKey, region }: CheckedBrokerConfig["sts"],
): StsClientOptions["getKeys"] {
  if (accessKeyId !== undefined && secretAccessKey !== undefined) {
    const keys = { accessKeyId, secretAccessKey };
    return () => Promise.resolve(keys);
  }
  const chain = createDefaultChain(region);
  // Nothing is kept: keys that are replaced in a file or a container are taken up without a restart.
  return async (context) => (await chain(context)).credentials;
}

/** The last one: proxies append the address they see, and what stands before it is the caller's own invention. */
function lastEntry(header: string | null): string | undefined {
  return header?.split(",").at(-1)?.trim() || undefined;
}

function describe(error: unknown): string {
  if (!(error instanceof S3SourceError)) return `Cannot get keys: ${error instanceof Error ? error.name : "failed"}`;
  const { code, message, cause } = error;
  // Of others, the cause is not known to be free of secrets.
  return code === "NetworkError" && cause instanceof Error ? `${message}: ${cause.message}` : message;
}
