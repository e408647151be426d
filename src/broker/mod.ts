/**
 * A credentials broker: callers send a tenant's secret, or a JWT, and get temporary keys for the tenant's folder.
 *
 * A broker is a function from `Request` to `Response`, for `Deno.serve`, `Bun.serve` or any other server:
 *
 * - `POST /credentials` with the form field `secret` returns JSON with `AccessKeyId`, `SecretAccessKey`,
 *   `SessionToken`, `Expiration` and `S3Folder`, as `createS3Source` and the Python plugin datasette-files-s3 expect;
 * - `GET /credentials` with the header `Authorization` is for AWS SDKs with `AWS_CONTAINER_CREDENTIALS_FULL_URI`;
 * - `POST /` is `AssumeRoleWithWebIdentity`, for AWS SDKs with `AWS_WEB_IDENTITY_TOKEN_FILE`;
 * - `GET /healthz` returns 200 while the broker runs, `GET /readyz` while it can issue keys, and `GET /metrics` has
 *   Prometheus metrics.
 *
 * A caller may ask for less than its tenant's grant with `prefix`, `allow` and `duration_seconds`.
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
import type {
  BrokerConfig,
  IdentityConfig,
  IssuerConfig,
  Permission,
  R2Config,
  SecretConfig,
  StoreConfig,
  StsConfig,
  TenantConfig,
  TenantDefaults,
} from "../options/broker_options.ts";
import { createBrokerCore } from "./broker_core.ts";
import type {
  AskedFor,
  BrokerLogEntry,
  BrokerOptions,
  FoundTenant,
  UnknownCaller,
  UnknownSecret,
  UnknownToken,
} from "./options.ts";
import { type BrokerSecret, createSecret } from "./callers/secret.ts";
import { sessionPolicy, type SessionPolicyOptions } from "./keys/session_policy.ts";
import type { ProtocolName, VerifiedToken } from "./types.ts";
import type { State, StateCount, StateEntryOptions } from "../state/state.ts";
import { StateError } from "../state/state_error.ts";
import type { SigningSecret } from "../tokens/signing_secret.ts";

export { createSecret, sessionPolicy, StateError };
export type {
  AskedFor,
  BrokerConfig,
  BrokerLogEntry,
  BrokerOptions,
  BrokerSecret,
  FoundTenant,
  IdentityConfig,
  IssuerConfig,
  Permission,
  ProtocolName,
  R2Config,
  SecretConfig,
  SessionPolicyOptions,
  SigningSecret,
  State,
  StateCount,
  StateEntryOptions,
  StoreConfig,
  StsConfig,
  TenantConfig,
  TenantDefaults,
  UnknownCaller,
  UnknownSecret,
  UnknownToken,
  VerifiedToken,
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
  return createBrokerCore(options).handle;
}
