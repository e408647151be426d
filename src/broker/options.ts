import { BROKER_CONFIG, type BrokerConfig } from "../options/broker_options.ts";
import { callable, whole } from "../options/checks.ts";
import type { OptionTable } from "../options/option_table.ts";

/** What a broker does, and how. */
export interface BrokerOptions extends BrokerConfig {
  /**
   * The caller's address. Wrong secrets are limited by it; without it, or where it returns `undefined` or fails, they are not. Where
   * `addressHeader` is set and sent, that counts instead.
   */
  readonly addressOf?: (request: Request) => string | undefined;
  /** Receives what happens, for a log; its failures are ignored. Never receives a secret or keys. */
  readonly log?: (entry: BrokerLogEntry) => void;
  /** Sends requests to STS. Default `globalThis.fetch`. */
  readonly fetch?: typeof fetch;
  /** The clock, in epoch milliseconds. Default `Date.now`. */
  readonly now?: () => number;
  /** From this many wrong secrets a minute on, further ones from an address (IPv6: a /64) are answered with 429: 1 to 1,000. Default 10. */
  readonly maxFailuresPerMinute?: number;
  /**
   * How long the answer to a wrong secret is held back, in milliseconds: 0 to 60,000. While 1,000 are, further wrong ones are answered
   * with 429 at once. Default 300.
   */
  readonly failureDelayMs?: number;
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
  /** The caller's address, if it is known. */
  readonly address?: string;
  /** When the keys expire. */
  readonly expiration?: Date;
  /** Whether the keys had been handed out before. */
  readonly isCached?: boolean;
  /** Why the request was refused or failed, with STS's own message. */
  readonly reason?: string;
}

/** The options of {@link BrokerOptions}. */
export const BROKER_OPTIONS = {
  ...BROKER_CONFIG,
  addressOf: callable,
  log: callable,
  fetch: { ...callable, default: (...request: Parameters<typeof fetch>) => globalThis.fetch(...request) },
  now: { ...callable, default: () => Date.now() },
  maxFailuresPerMinute: { ...whole(1, 1_000), default: 10 },
  failureDelayMs: { ...whole(0, 60_000), default: 300 },
} as const satisfies OptionTable<BrokerOptions>;
