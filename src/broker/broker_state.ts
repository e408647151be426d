import { ConfigError } from "../errors.ts";
import type { IssuerConfig } from "../options/broker_options.ts";
import { checkBrokerConfig, type CheckedBrokerConfig } from "../options/checked_broker.ts";
import { isGroup } from "../options/checks.ts";
import { createKeyIssuer, type KeyIssuer } from "./key_issuer.ts";
import type { FoundTenant } from "./options.ts";
import type { ServiceDeps } from "./service_call.ts";
import { createTenants, grantOf, type Tenants } from "./tenants.ts";
import { createTokenVerifier } from "./token_verifier.ts";
import type { KeyRequest, TokenVerifier } from "./types.ts";

/** What a broker makes of its configuration, and replaces as a whole when that changes. */
export interface BrokerState {
  readonly config: CheckedBrokerConfig;
  readonly tenants: Tenants;
  readonly verifier: TokenVerifier;
  readonly issuer: KeyIssuer;
  /**
   * Checks a tenant that `findTenant` has found.
   *
   * @throws {ConfigError} If it cannot be used.
   */
  checkFound(found: FoundTenant): KeyRequest;
}

/**
 * Prepares a configuration, without I/O.
 *
 * @param previous What it replaces: issuers that stay the same keep their keys.
 * @throws {ConfigError} If it cannot be used.
 */
export function createBrokerState(given: object, deps: ServiceDeps, previous?: BrokerState): BrokerState {
  const config = checkBrokerConfig(given);
  const tenants = createTenants(config);
  const issuer = createKeyIssuer(config, deps);
  for (const grant of tenants.grants) issuer.check(grant);
  const verifier = previous !== undefined && areSame(previous.config.issuers, config.issuers)
    ? previous.verifier
    : createTokenVerifier({ ...deps, issuers: config.issuers });
  return {
    config,
    tenants,
    verifier,
    issuer,
    checkFound(found) {
      if (!isGroup(found) || typeof found.name !== "string") throw new ConfigError('it must be a tenant with a "name"');
      const { name, secretSha256: _, secrets: __, identities: ___, ...rest } = found;
      // The caller has been recognized already, and a tenant of the configuration needs some secret.
      const tenant = { ...rest, secretSha256: "f".repeat(64) };
      const [checked] = Object.values(checkBrokerConfig({ ...given, tenants: { [name]: tenant } }).tenants);
      if (checked === undefined) throw new ConfigError("it is not a tenant");
      const grant = grantOf(checked);
      issuer.check(grant);
      return grant;
    },
  };
}

type Issuers = Readonly<Record<string, IssuerConfig>>;

function areSame(issuers: Issuers, others: Issuers): boolean {
  const names = Object.keys(issuers);
  return names.length === Object.keys(others).length &&
    JSON.stringify(issuers) === JSON.stringify(others) &&
    names.every((name) => issuers[name]?.fetch === others[name]?.fetch);
}
