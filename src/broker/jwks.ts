import type { CryptoKey, JWSHeaderParameters } from "jose";
import { createSharedTask } from "../async/shared_task.ts";
import type { IssuerConfig } from "../options/broker_options.ts";
import { fetchKeySet, type KeySet } from "./fetch_jwks.ts";
import { type BrokerObserver, IssuerUnavailable, TokenRefusal } from "./types.ts";

/** The public keys of an issuer, which change from time to time. */
export interface IssuerKeys {
  /**
   * The key that a token with this header is signed with.
   *
   * @throws {TokenRefusal} If the issuer has no such key, or several.
   * @throws {IssuerUnavailable} If that cannot be found out.
   */
  find(header: JWSHeaderParameters): Promise<CryptoKey>;
  /** Fetches differently from now on, and keeps the keys. */
  setFetch(fetch: typeof globalThis.fetch): void;
}

/** What {@link createIssuerKeys} needs. */
export interface IssuerKeysOptions {
  /** The issuer's name in the configuration. */
  readonly name: string;
  /** Its addresses. */
  readonly issuer: Pick<IssuerConfig, "url" | "jwksUrl">;
  /** Sends the requests. */
  readonly fetch: typeof fetch;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Hears of fetches, and of keys that stay in use because the issuer is down. */
  readonly observer: BrokerObserver;
}

/**
 * Makes a cache of an issuer's keys. After 10 minutes they are fetched again in the background, and callers wait for
 * that only if no one has needed them for 15. For a key that is not among them they are fetched once a minute at most.
 * While the issuer is down, the last keys stay in use.
 */
export function createIssuerKeys({ name, issuer, now, observer, ...options }: IssuerKeysOptions): IssuerKeys {
  let { fetch } = options;
  let held: KeySet | undefined;
  let failure: IssuerUnavailable | undefined;
  /** When the last fetch ended, and when the last one for an unknown key began. */
  let fetchedMs = -Infinity;
  let soughtMs = -Infinity;

  const refresh = createSharedTask(async () => {
    try {
      const set = await fetchKeySet(issuer, fetch);
      observer.onJwksFetch({ issuer: name, result: "ok" });
      failure = undefined;
      held = set;
      return set;
    } catch (error) {
      observer.onJwksFetch({ issuer: name, result: "failed" });
      const unavailable = new IssuerUnavailable(name, error instanceof Error ? error.message : "it does not answer");
      if (held !== undefined && failure === undefined) {
        observer.onWarning(`${unavailable.message}; the former ones stay in use`);
      }
      failure = unavailable;
      throw unavailable;
    } finally {
      fetchedMs = now();
    }
  });
  /** For callers that can go on with the keys they have. */
  const tryRefresh = () => refresh.join().catch(() => {});

  /** Forever if the clock was set back. */
  function elapsedMs(sinceMs: number): number {
    const ms = now() - sinceMs;
    return ms >= 0 ? ms : Infinity;
  }

  async function current(): Promise<{ readonly set: KeySet; readonly isNew: boolean }> {
    const ageMs = elapsedMs(fetchedMs);
    if (held === undefined) {
      if (failure !== undefined && ageMs < PAUSE_MS) throw failure;
      return { set: await refresh.join(), isNew: true };
    }
    if (ageMs >= LONGEST_UNUSED_MS) {
      await tryRefresh();
      return { set: held, isNew: true };
    }
    if (ageMs >= (failure === undefined ? REFRESH_MS : RETRY_MS)) void tryRefresh();
    return { set: held, isNew: false };
  }

  /** Of an issuer that is down, a token may have a key that is too new to be held. */
  function noKey(): Error {
    return failure ?? new TokenRefusal("its issuer has no such key");
  }

  return {
    async find(header) {
      const { set, isNew } = await current();
      const key = await set(header);
      if (key !== undefined) return key;
      // The issuer is not asked twice for one token.
      if (isNew) throw noKey();
      if (!refresh.isRunning()) {
        if (elapsedMs(soughtMs) < RETRY_MS) throw noKey();
        soughtMs = now();
      }
      await tryRefresh();
      const found = await (held ?? set)(header);
      if (found === undefined) throw noKey();
      return found;
    },
    setFetch(other) {
      fetch = other;
    },
  };
}

const REFRESH_MS = 10 * 60_000;
const LONGEST_UNUSED_MS = 15 * 60_000;
/** Between fetches while the issuer is down, and between those for unknown keys. */
const RETRY_MS = 60_000;
/** Between fetches while there are no keys at all. */
const PAUSE_MS = 2_000;
