import type { LoginOptions } from "../app/mod.ts";
import { readRule } from "../app/permissions/allow_rules.ts";
import type { LoginSettings } from "../options/app_options.ts";
import { createIssuerFetch } from "./issuer_fetch.ts";
import { FILE_READERS } from "./reloader.ts";

/** The option `login` of the files app, whose providers are asked with the authorities of their files. */
export function toLoginOptions({ oidc, tokens, ...login }: LoginSettings): LoginOptions {
  const providers = Object.entries(oidc ?? {}).map(([name, { caFile, ...provider }]) => {
    return [name, {
      ...provider,
      ...caFile !== undefined && { fetch: createIssuerFetch({ caFile }, FILE_READERS) },
    }] as const;
  });
  return {
    ...login,
    ...providers.length > 0 && { oidc: Object.fromEntries(providers) },
    ...tokens !== undefined && { tokens: { ...tokens, allow: readRule(tokens.allow, "login.tokens.allow") } },
  };
}
