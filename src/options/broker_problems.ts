import { show } from "../errors.ts";
import { createEndpoint } from "../s3/endpoint.ts";
import { toPrefix } from "../s3/keys.ts";
import type { BrokerConfig } from "./broker_options.ts";
import type { BROKER_CONFIG } from "./broker_tables.ts";
import { membersOf, type Problem, type Tree } from "./option_tree.ts";
import { notOfAws } from "./source_config.ts";
import { findTenantProblems } from "./tenant_problems.ts";

/** A configuration that has been read. What cannot be used is `undefined`. */
export type BrokerTree = Partial<Tree<BrokerConfig, typeof BROKER_CONFIG>>;

/** A tenant that has been read. */
export type TenantTree = NonNullable<NonNullable<BrokerTree["tenants"]>[string]>;

/** Finds what cannot be used together. */
export function findBrokerProblems(
  broker: BrokerTree,
  { problems, needsTenants }: { readonly problems: Problem[]; readonly needsTenants: boolean },
): void {
  const report = (path: readonly string[], reason: string) => {
    problems.push({ path: ["broker", ...path], reason });
  };
  findOriginProblems(broker, report);
  const tenants = membersOf(broker.tenants);
  if (broker.tenants !== undefined && Object.keys(broker.tenants).length === 0 && needsTenants) {
    report(["tenants"], "it has no tenant");
  }
  findIssuerProblems(broker, report);
  for (const [name, tenant] of tenants) {
    findTenantProblems(tenant, broker, (path, reason) => report(["tenants", name, ...path], reason));
  }
  findSharedSecrets(tenants, report);
  if (broker.sts?.endpointUrl !== undefined) findSharedFolders(tenants, report);
}

/** Receives what cannot be used, and why. */
export type Report = (path: readonly string[], reason: string) => void;

/** Exactly one of `sts` and `r2` is given, and complete. */
function findOriginProblems(broker: BrokerTree, report: Report): void {
  const [hasSts, hasR2] = ["sts" in broker, "r2" in broker];
  if (!hasSts && !hasR2) report([], 'it needs "sts" or "r2", where keys come from');
  if (hasSts && hasR2) report([], 'it has both "sts" and "r2", and keys come from one of them');
  const { sts, r2 } = broker;
  if (sts !== undefined && sts.endpointUrl === undefined && sts.roleArn === undefined) {
    const lacking = membersOf(broker.tenants).filter(([, { roleArn }]) => roleArn === undefined);
    if (lacking.length > 0) {
      report(["sts", "role_arn"], "AWS needs it: the ARN of the role whose permissions the tenants share");
    }
  }
  const { takesRegion } = createEndpoint();
  for (const [name, store] of [["sts", sts], ["s3", r2 === undefined ? broker.s3 : undefined]] as const) {
    const url = name === "s3" ? broker.s3?.endpointUrl ?? sts?.endpointUrl : sts?.endpointUrl;
    if (url !== undefined || store?.region === undefined || takesRegion(store.region)) continue;
    report([name, "region"], notOfAws(store.region));
  }
  if (r2 === undefined) return;
  const [hasSecret, hasToken] = [r2.secretAccessKey !== undefined, r2.apiToken !== undefined];
  if (!hasSecret && !hasToken) report(["r2"], 'it needs "secret_access_key" or "api_token"');
  if (hasSecret && hasToken) report(["r2"], 'it has both "secret_access_key" and "api_token", and needs one of them');
}

function findIssuerProblems({ issuers }: BrokerTree, report: Report): void {
  const names = new Map<string, string>();
  for (const [name, { url }] of membersOf(issuers)) {
    const other = names.get(url);
    if (other !== undefined) report(["issuers"], `${show(other)} and ${show(name)} have the same "url"`);
    names.set(url, name);
  }
}

/** A secret must lead to one tenant. */
function findSharedSecrets(tenants: readonly (readonly [string, TenantTree])[], report: Report): void {
  const owners = new Map<string, { readonly tenant: string; readonly name: string }>();
  for (const [tenant, { secretSha256, secrets }] of tenants) {
    const own = membersOf(secrets).map(([name, { sha256 }]) => [`${tenant}.${name}`, sha256] as const);
    if (secretSha256 !== undefined) own.unshift([`${tenant}.secret_sha256`, secretSha256]);
    for (const [name, sha256] of own) {
      const owner = owners.get(sha256.toLowerCase());
      if (owner === undefined) {
        owners.set(sha256.toLowerCase(), { tenant, name });
        continue;
      }
      const who = owner.tenant === tenant ? `${show(tenant)} has` : `${show(owner.tenant)} and ${show(tenant)} have`;
      const what = owner.tenant === tenant ? "the same secret twice" : "the same secret";
      report(["tenants"], `${who} ${what} (${show(owner.name)}, ${show(name)})`);
    }
  }
}

/** No tenant may enter another's folder because a store takes `Team/` for `team/`. */
function findSharedFolders(tenants: readonly (readonly [string, TenantTree])[], report: Report): void {
  const folders = new Map<string, { readonly name: string; readonly prefix: string }>();
  const own = tenants.map(([name, { bucket, prefix = "" }]) => ({ name, bucket, prefix: toPrefix(prefix) }));
  for (const { name, bucket, prefix } of own) {
    const key = folderKey(bucket, prefix);
    if (!folders.has(key)) folders.set(key, { name, prefix });
  }
  for (const { name, bucket, prefix } of own) {
    for (let end = prefix.indexOf("/") + 1; end > 0; end = prefix.indexOf("/", end) + 1) {
      const outer = prefix.slice(0, end);
      const folder = folders.get(folderKey(bucket, outer));
      if (folder === undefined || folder.prefix === outer) continue;
      const who = `the prefixes of ${show(folder.name)} and ${show(name)}`;
      report(["tenants"], `${who} differ only in upper and lower case, which SeaweedFS's policies ignore`);
      break;
    }
  }
}

/** In lower case as SeaweedFS has it: one character at a time, so that `Σ` is `σ` also at the end, and `İ` is `i`. */
function folderKey(bucket: string, prefix: string): string {
  const folded = Array.from(prefix, (character) => Array.from(character.toLowerCase())[0]);
  return `${bucket}/${folded.join("")}`;
}
