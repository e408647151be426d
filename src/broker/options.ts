import type { BrokerConfig, Permission, TenantConfig } from "../options/broker_options.ts";
import { BROKER_CONFIG } from "../options/broker_tables.ts";
import { anything, callable, clock, fetcher, whole } from "../options/checks.ts";
import type { OptionTable } from "../options/option_table.ts";
import type { State } from "../state/state.ts";
import { stateOption } from "../state/state_option.ts";
import type { SigningSecret } from "../tokens/signing_secret.ts";
import type { ProtocolName, VerifiedToken } from "./types.ts";

/** Options of {@link createBroker}. */
export interface BrokerOptions extends Omit<BrokerConfig, "tenants"> {
  /** The callers, by names that the operator chooses. Required without `findTenant`. Default: none. */
  readonly tenants?: BrokerConfig["tenants"] | undefined;
  /**
   * Finds tenants that the configuration does not have; resolves with `undefined` for a caller that is not a tenant. A
   * call may take 5 s, answers are used for a minute, and calls for the same caller are joined. None begins for an
   * address with `maxFailuresPerMinute` failures, but a burst of requests may exceed that before the first has failed.
   * At most 100 run at a time; further callers get 502. Default: only the configuration's tenants.
   */
  readonly findTenant?: ((caller: UnknownCaller) => Promise<FoundTenant | undefined>) | undefined;
  /**
   * Returns the address of the connection's other end, by which wrong secrets and tokens are limited; they are not if
   * it returns `undefined` or fails. Default: they are not limited, and no one may read the metrics.
   */
  readonly addressOf?: ((request: Request) => string | undefined) | undefined;
  /** Receives events, for a log; never a secret or keys. Its failures are ignored. Default: no log. */
  readonly log?: ((entry: BrokerLogEntry) => void) | undefined;
  /** Sends requests to STS, to R2's API, and to issuers without their own `fetch`. Default `globalThis.fetch`. */
  readonly fetch?: typeof fetch | undefined;
  /**
   * What processes of the broker share: failures are counted together, and keys that one has got serve all. Requires
   * `secret`. Default: in memory, for a single process.
   */
  readonly state?: State | undefined;
  /**
   * Encrypts what is kept in `state`; the same in every process. At least 32 random characters, as the command `secret`
   * generates. To replace it, pass both for a day: `[new, former]`. Required with `state`. Default: none.
   */
  readonly secret?: SigningSecret | undefined;
  /** The clock, in epoch milliseconds. Default `Date.now`. */
  readonly now?: (() => number) | undefined;
  /**
   * How long the response to a wrong secret or token is delayed, in milliseconds: 0 to 60,000. While 1,000 are delayed,
   * further ones get 429 at once. Default 300.
   */
  readonly failureDelayMs?: number | undefined;
}

/** Someone whom the configuration does not know: the hash of a secret, or a token that has been verified. */
export type UnknownCaller = UnknownSecret | UnknownToken;

/** A secret that the configuration does not have. */
export interface UnknownSecret {
  /** Its SHA-256, in lower-case hex. */
  readonly secretSha256: string;
}

/** A JWT of a configured issuer that is good, but fits no tenant of the configuration. */
export interface UnknownToken extends VerifiedToken {
  /** The issuer's URL. */
  readonly issuerUrl: string;
}

/** A tenant that `findTenant` has found: as in the configuration, but how to recognize it may be missing. */
export interface FoundTenant extends TenantConfig {
  /** The operator's name for it. */
  readonly name: string;
}

/** An entry of the broker's log. */
export interface BrokerLogEntry {
  /**
   * Keys were handed out, a request was refused, something failed, such as STS, or the operator should know something.
   * A failure with `isCached` is one of a refresh in the background: the earlier keys stay in use.
   */
  readonly type: "granted" | "refused" | "failed" | "warning";
  /** Identifies the request; its response has it as `x-request-id`; absent without a request. */
  readonly requestId?: string;
  /** How the caller has asked: `POST /credentials`, `GET /credentials`, or `POST /`; absent if it has not. */
  readonly protocol?: ProtocolName;
  /** The tenant; absent if the caller is not one, or not yet known. */
  readonly tenant?: string;
  /** The name of the caller's secret; absent if it has none. */
  readonly secret?: string;
  /** The name of the identity that the caller's token fits; absent without one. */
  readonly identity?: string;
  /** The name of the issuer of the caller's token; absent without one. */
  readonly issuer?: string;
  /** The claim `sub` of the caller's token; absent without one. */
  readonly subject?: string;
  /** The caller's address; absent if it is unknown. */
  readonly address?: string;
  /** The caller's `User-Agent`, 200 characters at most; absent if it sent none. */
  readonly userAgent?: string;
  /** How the caller has narrowed its grant; absent if it has not. */
  readonly asked?: AskedFor;
  /** The folder of the keys, as `s3://bucket/prefix/`; absent if there are none. */
  readonly folder?: string;
  /** The id of the keys, which the store's own log has; absent if there are none. */
  readonly accessKeyId?: string;
  /** When the keys in use expire; absent if there are none. */
  readonly expiration?: Date;
  /** Whether the keys had been handed out before; absent if there are none. */
  readonly isCached?: boolean;
  /** STS's id of the request that it issued the keys for; absent if it gave none. */
  readonly stsRequestId?: string;
  /** Why something was refused or failed, with STS's own message, or what to know; absent if keys were handed out. */
  readonly reason?: string;
}

/** What a caller has asked for. */
export interface AskedFor {
  /** The prefix within the bucket; absent for the tenant's own. */
  readonly folder?: string;
  /** What the keys should permit; absent for all that the tenant may do. */
  readonly allow?: readonly Permission[];
  /** How long they should live, in seconds; absent for as long as the tenant's. */
  readonly durationSeconds?: number;
}

const { isRequired: _, ...tenants } = BROKER_CONFIG.tenants;

/** The options of {@link BrokerOptions}. */
export const BROKER_OPTIONS = {
  ...BROKER_CONFIG,
  tenants,
  findTenant: callable,
  addressOf: callable,
  log: callable,
  fetch: fetcher,
  state: stateOption,
  secret: anything,
  now: clock,
  failureDelayMs: { ...whole(0, 60_000), default: 300 },
} as const satisfies OptionTable<BrokerOptions>;
