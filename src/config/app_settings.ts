import type { AppSettings, ClaimNames, LimitSettings, LoginSettings, OidcSettings } from "../options/app_options.ts";
import { type Mapping, recordOf } from "../options/mapping.ts";
import { basePathOf } from "../options/public_places.ts";
import { membersOf, readTree, type Tree } from "../options/option_tree.ts";
import { CLAIM_OPTIONS, LIMIT_OPTIONS, type LOGIN_OPTIONS, type OIDC_OPTIONS } from "./app_file.ts";
import type { FilesTree } from "./app_problems.ts";

/** What the files app is told, of a tree without problems. */
export function toAppSettings(tree: FilesTree, permissions: Mapping): AppSettings {
  const { title, publicUrl, trustedProxies, allowedHosts, login, limits, state, audit, logFormat, metricsFrom } = tree;
  const sources = membersOf(tree.sources);
  return {
    title,
    ...publicUrl !== undefined && { publicUrl: publicUrl.replace(/\/?$/, "/") },
    basePath: basePathOf(tree),
    trustedProxies,
    allowedHosts,
    downloads: recordOf(sources.map(([name, { downloads }]) => [name, downloads])),
    uploads: recordOf(sources.map(([name, { downloads, uploads }]) => [name, uploads ?? downloads])),
    ...login !== undefined && { login: toLogin(login, trustedProxies) },
    limits: limits ?? readTree<LimitSettings, typeof LIMIT_OPTIONS>({}, LIMIT_OPTIONS, NOTHING),
    state,
    audit,
    logFormat,
    metricsFrom,
    permissions,
  };
}

const NOTHING = { path: [], problems: [] };

function toLogin(
  { sessionSeconds, oidc, header, tokens }: Tree<LoginSettings, typeof LOGIN_OPTIONS>,
  trustedProxies: readonly string[],
): LoginSettings {
  return {
    sessionSeconds,
    ...oidc !== undefined && { oidc: recordOf(membersOf(oidc).map(([name, one]) => [name, toProvider(one)])) },
    ...header !== undefined && { header: { ...header, from: header.from ?? trustedProxies } },
    ...tokens !== undefined && { tokens },
  };
}

function toProvider({ claims, ...provider }: Tree<OidcSettings, typeof OIDC_OPTIONS>): OidcSettings {
  return { ...provider, claims: claims ?? readTree<ClaimNames, typeof CLAIM_OPTIONS>({}, CLAIM_OPTIONS, NOTHING) };
}
