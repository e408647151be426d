import { ConfigError } from "../errors.ts";
import { checkBrokerConfig, type CheckedBrokerConfig } from "../options/checked_broker.ts";
import { isGroup } from "../options/checks.ts";
import { createKeyIssuer, type KeyIssuer } from "./key_issuer.ts";
import type { FoundTenant } from "./options.ts";
import type { ServiceDeps } from "./service_call.ts";
import { createTenants, grantOf, type Tenants } from "./tenants.ts";
import type { KeyRequest } from "./types.ts";

/** What a broker makes of its configuration, and replaces as a whole when that changes. */
export interface BrokerState {
  readonly config: CheckedBrokerConfig;
  readonly tenants: Tenants;
  readonly issuer: KeyIssuer;
  /**
   * Checks a tenant that `findTenant` has found.
   *
   * @throws {ConfigError} If it cannot be used.
   */
  checkFound(found: FoundTenant): KeyRequest;
}

/** What {@link createBrokerState} needs. */
export interface BrokerStateDeps extends ServiceDeps {
  /** Whether it is a mistake to have no tenants. */
  readonly needsTenants: boolean;
}

/**
 * Prepares a configuration, without I/O.
 *
 * @throws {ConfigError} If it cannot be used.
 */
export function createBrokerState(given: object, { needsTenants, ...deps }: BrokerStateDeps): BrokerState {
  const config = checkBrokerConfig(needsTenants ? given : { tenants: {}, ...given }, { needsTenants });
  const tenants = createTenants(config);
  const issuer = createKeyIssuer(config, deps);
  for (const grant of tenants.grants) issuer.check(grant);
  return {
    config,
    tenants,
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
