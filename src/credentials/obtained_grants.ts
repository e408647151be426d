import type { CredentialsProvider } from "../types/config.ts";
import { type BrokerClientOptions, createBrokerClient } from "./broker_client.ts";
import { createDefaultChain } from "./default_chain.ts";
import { createGrantCache, type GrantCache, type GrantCacheOptions } from "./grant_cache.ts";

/** Where grants come from: a provider, a broker, or else the default chain. */
export interface ObtainedGrantsOptions extends Omit<GrantCacheOptions, "obtain"> {
  readonly provider: CredentialsProvider | undefined;
  readonly broker: Pick<BrokerClientOptions, "url" | "secret"> | undefined;
  readonly region: string;
  readonly fetch: BrokerClientOptions["fetch"];
}

/** A cache for grants of one of them. */
export function createObtainedGrants(options: ObtainedGrantsOptions): GrantCache {
  const { provider, broker, region, location: { bucketProblem } } = options;
  // Of its context only what is documented: `credentials` of another source refuses unknown options.
  if (provider !== undefined) return createGrantCache({ ...options, obtain: ({ signal }) => provider({ signal }) });
  const obtain = broker === undefined
    ? createDefaultChain(region)
    : createBrokerClient({ ...options, ...broker, bucketProblem });
  return createGrantCache({ ...options, obtain });
}
