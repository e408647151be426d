import { show } from "../errors.ts";
import { createEndpoint } from "../s3/endpoint.ts";
import type { BrokerTree, Report, TenantTree } from "./broker_problems.ts";
import { PERMISSIONS } from "./broker_tables.ts";
import { tagNameProblem } from "./broker_values.ts";
import { didYouMean } from "./did_you_mean.ts";
import { membersOf } from "./option_tree.ts";

/** Finds what a tenant cannot have: at all, or with these issuers and this origin of keys. */
export function findTenantProblems(tenant: TenantTree, broker: BrokerTree, report: Report): void {
  findBucketProblems(tenant, broker, report);
  findFolderProblems(tenant, report);
  findOriginProblems(tenant, broker, report);
  findTagProblems(tenant, report);
  const secrets = membersOf(tenant.secrets);
  const identities = membersOf(tenant.identities);
  if (tenant.secretSha256 === undefined && secrets.length + identities.length === 0) {
    report([], 'nobody can be this tenant: it needs "secret_sha256", "secrets" or "identities"');
  }
  for (const [name, identity] of identities) {
    findIdentityProblems(identity, broker, (path, reason) => report(["identities", name, ...path], reason));
  }
}

/** Which names buckets can have depends on the store. */
function findBucketProblems({ bucket }: TenantTree, { sts, r2, s3 }: BrokerTree, report: Report): void {
  if (r2 !== undefined) return;
  const problem = createEndpoint(s3?.endpointUrl ?? sts?.endpointUrl).bucketProblem(bucket);
  if (problem !== undefined) report(["bucket"], problem);
}

function findFolderProblems({ prefix, wholeBucket }: TenantTree, report: Report): void {
  if (wholeBucket) {
    if (prefix) report(["whole_bucket"], 'it excludes "prefix"');
  } else if (!prefix) {
    const state = prefix === "" ? "empty" : "missing";
    report(["prefix"], `it is ${state}; for all of the bucket write "whole_bucket: true" instead`);
  } else if (/[?#]/.test(prefix)) {
    report(["prefix"], 'it has a "?" or "#", which end the path in the reply\'s S3Folder');
  }
}

function findOriginProblems(tenant: TenantTree, { sts, r2 }: BrokerTree, report: Report): void {
  const { roleArn, externalId, sessionTags, kmsKeyArn, durationSeconds = 0, allow } = tenant;
  if (r2 !== undefined) {
    const foreign = { role_arn: roleArn, external_id: externalId, session_tags: sessionTags, kms_key_arn: kmsKeyArn };
    for (const [name, value] of Object.entries(foreign)) {
      if (value !== undefined) report([name], 'it needs "sts", and keys come from "r2"');
    }
    const isKnown = allow.length > 0 && (!allow.some((one) => one !== "read") || includesAll(allow));
    if (r2.apiToken !== undefined && !isKnown) {
      report(
        ["allow"],
        'with "api_token" it must be [read] or [read, write, delete]; "secret_access_key" has no such limit',
      );
    }
  }
  if (sts === undefined) return;
  if (kmsKeyArn !== undefined && sts.endpointUrl !== undefined) {
    report(["kms_key_arn"], 'it needs AWS, and "sts" has an "endpoint_url"');
  }
  if (durationSeconds > 43_200) {
    report(["duration_seconds"], `it must be at most 43200 with "sts", not ${durationSeconds}`);
  }
}

function includesAll(allow: readonly string[]): boolean {
  return PERMISSIONS.every((permission) => allow.includes(permission));
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html */
function findTagProblems({ sessionTags = {} }: TenantTree, report: Report): void {
  const names = new Map<string, string>();
  for (const name of Object.keys(sessionTags)) {
    const problem = tagNameProblem(name);
    if (problem !== undefined) report(["session_tags", name], problem);
    const other = names.get(name.toLowerCase());
    if (other !== undefined) report(["session_tags"], `to AWS ${show(other)} and ${show(name)} are one name`);
    names.set(name.toLowerCase(), name);
  }
  if (names.size > 50) report(["session_tags"], `it has ${names.size} tags, and AWS takes 50 at most`);
}

type IdentityTree = NonNullable<NonNullable<TenantTree["identities"]>[string]>;

function findIdentityProblems(identity: IdentityTree, { issuers = {} }: BrokerTree, report: Report): void {
  const { issuer: name, subject, audience, claims = {} } = identity;
  const claimNames = Object.keys(claims);
  if (!Object.hasOwn(issuers, name)) {
    report(["issuer"], `there is no issuer ${show(name)}${didYouMean(name, Object.keys(issuers))}`);
    return;
  }
  for (const claim of claimNames) {
    if (/^\/.*~(?![01])/s.test(claim)) report(["claims", claim], 'it is no JSON pointer: "~" is written "~0"');
  }
  if (subject === undefined && claimNames.length === 0) {
    report([], `everyone with a token of ${show(name)} would be this tenant; add "subject" or "claims"`);
  }
  const issuer = issuers[name];
  if (issuer === undefined) return;
  if (audience !== undefined && !issuer.audiences.includes(audience)) {
    report(
      ["audience"],
      `${show(audience)} is not an audience of ${show(name)}${didYouMean(audience, issuer.audiences)}`,
    );
  }
  const isNarrow = subject !== undefined || claimNames.some((claim) => GITHUB_CLAIMS.has(claim.replace(/^\//, "")));
  if (claimNames.length > 0 && isGithub(issuer.url) && !isNarrow) {
    report([], 'any repository on GitHub could be this tenant; add "subject" or the claim "repository"');
  }
}

/** The issuer of all of GitHub, rather than that of one enterprise. */
function isGithub(url: string): boolean {
  const { hostname, pathname } = new URL(url);
  return hostname === "token.actions.githubusercontent.com" && pathname === "/";
}

/**
 * Claims that belong to one repository or owner; `job_workflow_ref` does not, as others may call a workflow.
 * https://docs.github.com/en/actions/reference/security/oidc
 */
const GITHUB_CLAIMS: ReadonlySet<string> = new Set([
  "sub",
  "repository",
  "repository_id",
  "repository_owner",
  "repository_owner_id",
  "workflow_ref",
  "enterprise",
  "enterprise_id",
]);
