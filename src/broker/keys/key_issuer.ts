import { createDefaultChain } from "../../credentials/default_chain.ts";
import { shortSha256Hex } from "../../hash/short_sha256.ts";
import type { R2Config, StsConfig } from "../../options/broker_options.ts";
import { assertR2Allows, createR2Issuer } from "./r2.ts";
import type { ServiceDeps } from "./service_call.ts";
import { policyFor } from "./session_policy.ts";
import { createStsIssuer, type StsDeps } from "./sts_client.ts";
import type { IssueKeys, KeyRequest } from "../types.ts";

/** Where a broker's keys come from. */
export interface KeyIssuer {
  /** For messages. */
  readonly service: "STS" | "R2";
  /** Gets keys. */
  readonly issue: IssueKeys;
  /** Of the store and the parent's keys, which cached keys depend on; reveals neither. */
  readonly fingerprint: string;
  /**
   * Checks, without I/O, that there are keys for this.
   *
   * @throws {ConfigError} If a session policy cannot limit keys to it, or R2's API cannot; saying why.
   */
  check(request: KeyRequest): void;
}

/** Makes the issuer of a configuration, which has one of `sts` and `r2`. */
export function createKeyIssuer(
  { sts, r2 }: { readonly sts?: StsConfig | undefined; readonly r2?: R2Config | undefined },
  deps: ServiceDeps,
): KeyIssuer {
  if (r2 !== undefined) {
    const { accountId, accessKeyId, secretAccessKey, apiToken, jurisdiction } = r2;
    return {
      service: "R2",
      issue: createR2Issuer(r2, deps),
      fingerprint: hashOf(["r2", accountId, accessKeyId, secretAccessKey, apiToken, jurisdiction]),
      check: ({ allow }) => assertR2Allows(r2, allow),
    };
  }
  const config = sts ?? {};
  const { endpointUrl, region, accessKeyId, secretAccessKey, canListUploads } = config;
  return {
    service: "STS",
    issue: createStsIssuer(config, { ...deps, getKeys: keySource(config) }),
    fingerprint: hashOf(["sts", endpointUrl, region, accessKeyId, secretAccessKey, canListUploads]),
    check: (request) => void policyFor(config, request),
  };
}

function hashOf(parts: readonly unknown[]): string {
  return shortSha256Hex(JSON.stringify(parts));
}

function keySource({ accessKeyId, secretAccessKey, region = "us-east-1" }: StsConfig): StsDeps["getKeys"] {
  if (accessKeyId !== undefined && secretAccessKey !== undefined) {
    return () => Promise.resolve({ accessKeyId, secretAccessKey });
  }
  // Not cached: keys that are replaced in a file or a container are used without a restart.
  return createDefaultChain(region);
}
