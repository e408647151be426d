import type { ResolvedConfig } from "../options/source_config.ts";
import type { ResolvedOptions } from "../options/source_options.ts";
import type { Clock } from "../s3/clock.ts";
import type { Endpoint } from "../s3/endpoint.ts";
import { createBrokerClient } from "./broker_client.ts";
import { createDefaultChain } from "./default_chain.ts";
import { createGrantCache, type GrantCache, type ObtainGrant } from "./grant_cache.ts";

/** Grants from the provider, the broker or the default chain, whichever comes first. */
export function createObtainedGrants(
  config: ResolvedConfig,
  { credentials: provider, fetch, emit }: ResolvedOptions,
  { clock, endpoint: { bucketProblem, urlProblem } }: { readonly clock: Clock; readonly endpoint: Endpoint },
): GrantCache {
  return createGrantCache({ obtain: obtainer(), location: { ...config, bucketProblem, urlProblem }, clock, emit });

  function obtainer(): ObtainGrant {
    // Of its context only what is documented: `credentials` of another source refuses unknown options.
    if (provider !== undefined) return ({ signal }) => provider({ signal });
    const { credentials, region } = config;
    if (credentials.kind !== "broker") return createDefaultChain(region);
    return createBrokerClient({ ...credentials, bucketProblem, fetch, clock, emit });
  }
}
