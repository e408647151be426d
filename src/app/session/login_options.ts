import { CLAIM_OPTIONS, HEADER_OPTIONS, LOGIN_OPTIONS, OIDC_OPTIONS, TOKEN_OPTIONS } from "../../config/app_file.ts";
import { findLoginProblems } from "../../config/login_problems.ts";
import type { ClaimNames } from "../../options/app_options.ts";
import { byName, fetcher, groupOf, required } from "../../options/checks.ts";
import { recordOf } from "../../options/mapping.ts";
import { assertNoProblems, membersOf, type Problem, readTree } from "../../options/option_tree.ts";
import { type AllowRule, readRule } from "../permissions/allow_rules.ts";
import type { CheckedLogin } from "./login.ts";

/** How people log in to {@link createFilesApp}: with `oidc`, with `header`, or, with neither, not at all. */
export interface LoginOptions {
  /** How long a login lasts at most, in seconds. Default 43,200: 12 hours. */
  sessionSeconds?: number | undefined;
  /**
   * An OpenID provider, which is then called `"oidc"`, or several by name. The name is part of its redirect URI.
   * Default: none.
   */
  oidc?: OidcOptions | Readonly<Record<string, OidcOptions>> | undefined;
  /** The headers in which a proxy says whom it has logged in. Default: none. */
  header?: HeaderOptions | undefined;
  /** Access tokens for scripts. Default: there are none. */
  tokens?: AccessTokenOptions | undefined;
}

/** An OpenID provider. https://openid.net/specs/openid-connect-core-1_0.html */
export interface OidcOptions {
  /** Its URL, `https:` or on the loopback interface, equal to the claim `iss` to the character. */
  issuer: string;
  /** The id that the provider has given the app. */
  clientId: string;
  /** The secret that goes with it. Default: none, for a client with PKCE alone. */
  clientSecret?: string | undefined;
  /** What to ask for. Default `["openid", "profile", "email"]`. */
  scopes?: readonly string[] | undefined;
  /**
   * The claims, or JSON pointers to them such as `/realm_access/roles`, that make an actor. Default `{id: "sub", name:
   * "name", email: "email", groups: "groups"}`.
   */
  claims?: Partial<ClaimNames> | undefined;
  /** Precedes an actor's id and groups. Several providers need different ones. Default: nothing. */
  actorPrefix?: string | undefined;
  /** What people call it. Default: the host of the issuer. */
  label?: string | undefined;
  /** Sends the requests to the provider. Default: the global `fetch`. */
  fetch?: typeof fetch | undefined;
}

/** The headers of a proxy that logs people in. */
export interface HeaderOptions {
  /** The header with a person's id, such as `"x-forwarded-user"`. */
  id: string;
  /** The header with a person's name. Default: none. */
  name?: string | undefined;
  /** The header with a person's address. Default: none. */
  email?: string | undefined;
  /** The header with the groups that a person is in. Default: none. */
  groups?: string | undefined;
  /** What separates groups. Default `","`. */
  groupsSeparator?: string | undefined;
  /** Where the proxy logs people out: a path, or a URL. Default: nowhere. */
  logoutUrl?: string | undefined;
  /** The proxy's addresses, or ranges of them. Requests with these headers from elsewhere are refused. */
  from: readonly string[];
}

/** Access tokens for scripts. */
export interface AccessTokenOptions {
  /** Who may make them, as in {@link Permissions}. Default: everyone who is logged in. */
  allow?: AllowRule | undefined;
  /** How long one can last, in days. Default 90. */
  maxDays?: number | undefined;
}

const { caFile: _, ...PROVIDER } = OIDC_OPTIONS;
const OPTIONS = {
  ...LOGIN_OPTIONS,
  oidc: byName(groupOf({ ...PROVIDER, fetch: fetcher }), { single: "oidc" }),
  header: groupOf({ ...HEADER_OPTIONS, from: required(HEADER_OPTIONS.from) }),
  tokens: groupOf(TOKEN_OPTIONS),
};

/**
 * Reads the option `login`.
 *
 * @throws {ConfigError} If it has mistakes, with a line for each.
 */
export function readLogin(given: object): CheckedLogin {
  const problems: Problem[] = [];
  const tree = readTree<LoginOptions, typeof OPTIONS>(given, OPTIONS, { path: ["login"], problems });
  const { sessionSeconds, header, tokens } = tree;
  const providers = membersOf(tree.oidc).map(([name, { claims, ...provider }]) => {
    const names = readTree<Partial<ClaimNames>, typeof CLAIM_OPTIONS>(claims ?? {}, CLAIM_OPTIONS, NOTHING);
    return [name, { ...provider, claims: names }] as const;
  });
  const report = (path: readonly string[], reason: string) => void problems.push({ path: ["login", ...path], reason });
  findLoginProblems(tree, { spell: (name) => name, report });
  assertNoProblems(problems);
  return {
    sessionSeconds,
    ...providers.length > 0 && { oidc: recordOf(providers) },
    ...header !== undefined && { header },
    ...tokens !== undefined && { tokens: { ...tokens, allow: readRule(tokens.allow, "login.tokens.allow") } },
  };
}

const NOTHING = { path: [], problems: [] };
