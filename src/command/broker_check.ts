import { withTaskPool } from "../async/task_pool.ts";
import { grantOf } from "../broker/callers/tenants.ts";
import { fetchKeySet } from "../broker/identities/fetch_jwks.ts";
import type { IssueKeys, SessionKeys } from "../broker/types.ts";
import { S3SourceError } from "../errors.ts";
import type { Permission } from "../options/broker_options.ts";
import type { CheckedBrokerConfig, CheckedTenant } from "../options/checked_broker.ts";
import { createS3Source } from "../source.ts";
import type { Diagnosis, DiagnosisCheck, DiagnosisCheckName } from "../types/diagnosis.ts";
import type { S3Source } from "../types/source.ts";

/** The result of a check of a broker. */
export interface BrokerCheck {
  readonly tenants: readonly TenantCheck[];
  readonly issuers: readonly IssuerCheck[];
}

/** Whether a tenant works. */
export interface TenantCheck {
  readonly tenant: string;
  readonly folder: string;
  readonly ok: boolean;
  /** `"works"`; there are `"no keys"`; they permit `"less"` or `"more"` than `allow`; or this is `"unknown"`. */
  readonly result: "works" | "no keys" | "less" | "more" | "unknown";
  /** In a sentence; empty if it works. */
  readonly reason: string;
}

/** Whether an issuer's keys can be fetched. */
export interface IssuerCheck {
  readonly issuer: string;
  readonly url: string;
  readonly ok: boolean;
  /** In a sentence; empty if it works. */
  readonly reason: string;
}

/** What is needed to check a broker. */
export interface BrokerCheckOptions {
  /** Gets keys. */
  readonly issue: IssueKeys;
  /** Calls the store and the issuers that have no `fetch`. Default `globalThis.fetch`. */
  readonly fetch?: typeof fetch;
}

/** Gets keys for each tenant and tries them, and fetches the keys of each issuer. */
export async function checkBroker(config: CheckedBrokerConfig, options: BrokerCheckOptions): Promise<BrokerCheck> {
  const { fetch = globalThis.fetch } = options;
  return {
    tenants: await inOrder(
      Object.values(config.tenants),
      (tenant) => checkTenant(tenant, { ...options, fetch, config }),
    ),
    issuers: await inOrder(Object.entries(config.issuers), async ([issuer, { fetch: own = fetch, ...addresses }]) => {
      const { url } = addresses;
      try {
        await fetchKeySet(addresses, own);
        return { issuer, url, ok: true, reason: "" };
      } catch (error) {
        return { issuer, url, ok: false, reason: `Cannot get its keys: ${reasonOf(error)}` };
      }
    }),
  };
}

async function inOrder<T, R>(items: readonly T[], check: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  await withTaskPool(CONCURRENCY, undefined, async (pool) => {
    for (const [index, item] of items.entries()) {
      await pool.add(async () => {
        results[index] = await check(item);
      });
    }
  });
  return results;
}

const CONCURRENCY = 4;

interface TenantDeps {
  readonly config: CheckedBrokerConfig;
  readonly issue: IssueKeys;
  readonly fetch: typeof fetch;
}

async function checkTenant(tenant: CheckedTenant, deps: TenantDeps): Promise<TenantCheck> {
  const { name, bucket, prefix } = tenant;
  const place = { tenant: name, folder: `s3://${bucket}/${prefix}` };
  if (!canBeAnyone(tenant)) {
    return { ...place, ok: false, result: "no keys", reason: "all of its secrets have expired" };
  }
  let keys: SessionKeys;
  try {
    keys = await deps.issue(grantOf(tenant));
  } catch (error) {
    return { ...place, ok: false, result: "no keys", reason: reasonOf(error) };
  }
  try {
    const diagnosis = await sourceOf(tenant, keys, deps).diagnose();
    const left = await removeLeftovers(tenant, diagnosis.leftBehind, deps);
    const { result, reasons } = judge(diagnosis, tenant.allow);
    const reason = [...reasons, ...left.length > 0 ? [`${left.join(" and ")} cannot be removed`] : []].join("; ");
    return { ...place, ok: result === "works", result, reason };
  } catch (error) {
    return { ...place, ok: false, result: "unknown", reason: reasonOf(error) };
  }
}

function canBeAnyone({ secrets, identities }: CheckedTenant): boolean {
  return identities.length > 0 || secrets.some(({ expiresAtMs = Infinity }) => expiresAtMs > Date.now());
}

function sourceOf(
  { bucket, prefix }: CheckedTenant,
  { accessKeyId, secretAccessKey, sessionToken }: SessionKeys,
  { config: { s3 }, fetch }: TenantDeps,
): S3Source {
  const { endpointUrl, region } = s3;
  const keys = { accessKeyId, secretAccessKey, sessionToken };
  return createS3Source({ bucket, prefix, region, endpointUrl, ...keys }, { fetch, retry: { maxAttempts: 2 } });
}

/** With keys of their own: the tenant may write, but not delete. Returns what is still there. */
async function removeLeftovers(
  tenant: CheckedTenant,
  paths: readonly string[],
  deps: TenantDeps,
): Promise<readonly string[]> {
  if (paths.length === 0) return [];
  try {
    const keys = await deps.issue(grantOf({ ...tenant, allow: ["read", "write", "delete"] }));
    const source = sourceOf(tenant, keys, deps);
    for (const path of paths) await source.delete(path);
    return [];
  } catch {
    return paths;
  }
}

/** Compares what was possible with what should be. */
function judge(
  { checks }: Diagnosis,
  allow: readonly Permission[],
): { readonly result: TenantCheck["result"]; readonly reasons: readonly string[] } {
  const wrong: Record<Exclude<TenantCheck["result"], "works" | "no keys">, string[]> = {
    more: [],
    less: [],
    unknown: [],
  };
  for (const check of checks) {
    const expected = expectedOutcome(check, allow);
    if (expected === undefined || check.outcome === expected || check.outcome === "skipped") continue;
    if (check.outcome === "failed") wrong.unknown.push(check.message);
    else if (check.name === "connect") wrong.less.push(check.message);
    else if (expected === "allowed") wrong.less.push(`${check.message}, which "allow" has`);
    else wrong.more.push(check.ok ? `${check.message}, which "allow" does not have` : check.message);
  }
  const result = (["more", "less", "unknown"] as const).find((kind) => wrong[kind].length > 0) ?? "works";
  // A failure, such as a bucket that does not exist, explains the rest, and is the same everywhere.
  return { result, reasons: [...wrong.unknown.slice(0, 1), ...wrong.more, ...wrong.less] };
}

/** `undefined` for what may be either: some stores hide a missing file, or ignore conditions. */
function expectedOutcome({ name }: DiagnosisCheck, allow: readonly Permission[]): "allowed" | "denied" | undefined {
  const permission = NEEDED[name];
  if (permission === undefined) return undefined;
  if (permission === "everybody") return "allowed";
  return permission !== "nobody" && allow.includes(permission) ? "allowed" : "denied";
}

const NEEDED: Readonly<Record<DiagnosisCheckName, Permission | "everybody" | "nobody" | undefined>> = {
  connect: "everybody",
  list: "read",
  read: "read",
  write: "write",
  ifNoneMatch: undefined,
  ifMatch: undefined,
  multipart: "write",
  multipartIfNoneMatch: undefined,
  copyIfNoneMatch: undefined,
  delete: "delete",
  missingFile: undefined,
  listBucketRoot: "nobody",
  listSibling: "nobody",
  readSibling: "nobody",
};

/** The operator reads it, so it has the service's own words. */
function reasonOf(error: unknown): string {
  if (error instanceof S3SourceError) return error.message;
  return error instanceof Error ? error.message : "it failed";
}
