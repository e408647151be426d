import type { BrokerObserver } from "../../src/broker/types.ts";

/** What a broker told its metrics. */
export interface WatchedBroker extends BrokerObserver {
  /** The results of fetches of keys, such as `"cluster ok"`. */
  readonly fetches: string[];
  readonly warnings: string[];
  /** Waits until there have been so many fetches. */
  fetched(count: number): Promise<void>;
}

/** Collects it. */
export function watchBroker(): WatchedBroker {
  const fetches: string[] = [];
  const warnings: string[] = [];
  let wake = () => {};
  return {
    fetches,
    warnings,
    onStsRequest: () => {},
    onJwksFetch({ issuer, result }) {
      fetches.push(`${issuer} ${result}`);
      wake();
    },
    onWarning: (reason) => void warnings.push(reason),
    async fetched(count) {
      while (fetches.length < count) {
        await new Promise<void>((resolve) => wake = resolve);
      }
    },
  };
}
