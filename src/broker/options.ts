import type { BrokerConfig } from "../options/broker_options.ts";
import { BROKER_CONFIG } from "../options/broker_tables.ts";
import { callable, clock, fetcher, whole } from "../options/checks.ts";
import type { OptionTable } from "../options/option_table.ts";

/** Options of {@link createBroker}. */
export interface BrokerOptions extends BrokerConfig {
  /**
   * Returns the caller's address, by which wrong secrets are limited; they are not if it returns `undefined` or fails.
   * `addressHeader` takes precedence if it is set and sent. Default: wrong secrets are not limited.
   */
  readonly addressOf?: ((request: Request) => string | undefined) | undefined;
  /** Receives events, for a log; never a secret or keys. Its failures are ignored. Default: no log. */
  readonly log?: ((entry: BrokerLogEntry) => void) | undefined;
  /** Sends requests to STS. Default `globalThis.fetch`. */
  readonly fetch?: typeof fetch | undefined;
  /** The clock, in epoch milliseconds. Default `Date.now`. */
  readonly now?: (() => number) | undefined;
  /**
   * How long the response to a wrong secret is delayed, in milliseconds: 0 to 60,000. While 1,000 are delayed, further
   * ones get 429 at once. Default 300.
   */
  readonly failureDelayMs?: number | undefined;
}

/** An entry of the broker's log. */
export interface BrokerLogEntry {
  /**
   * Keys were handed out, a request was refused, or STS issued no keys. In the last case `isCached` says that this was
   * a refresh in the background, and that the earlier keys stay in use.
   */
  readonly type: "granted" | "refused" | "failed";
  /** The tenant; absent if the secret was wrong. */
  readonly tenant?: string;
  /** The caller's address; absent if it is unknown. */
  readonly address?: string;
  /** When the keys in use expire; absent if there are none. */
  readonly expiration?: Date;
  /** Whether the keys had been handed out before; absent if there are none. */
  readonly isCached?: boolean;
  /** Why the request was refused or failed, with STS's own message; absent if keys were handed out. */
  readonly reason?: string;
}

/** The options of {@link BrokerOptions}. */
export const BROKER_OPTIONS = {
  ...BROKER_CONFIG,
  addressOf: callable,
  log: callable,
  fetch: fetcher,
  now: clock,
  failureDelayMs: { ...whole(0, 60_000), default: 300 },
} as const satisfies OptionTable<BrokerOptions>;
