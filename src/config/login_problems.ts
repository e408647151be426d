import { show } from "../errors.ts";
import { membersOf } from "../options/option_tree.ts";

/** How people log in, as far as it has been read. */
export interface ReadLogin {
  readonly oidc?: Readonly<Record<string, { readonly actorPrefix: string } | undefined>> | undefined;
  readonly header?: object | undefined;
}

/**
 * Finds what cannot be used together.
 *
 * @param how `spell`: a name as the operator writes it.
 */
export function findLoginProblems(
  login: ReadLogin,
  { spell, report }: {
    readonly spell: (name: string) => string;
    readonly report: (path: readonly string[], reason: string) => void;
  },
): void {
  if ("oidc" in login && "header" in login) report([], 'it has both "oidc" and "header", and people log in by one');
  const names = Object.keys(login.oidc ?? {});
  if (login.oidc !== undefined && names.length === 0) report(["oidc"], "it has no provider");
  for (const name of names) {
    if (!/^[\w.-]{1,64}$/.test(name)) report(["oidc", name], "its name is part of a URL: use letters, digits and ._-");
  }
  const prefixes = new Map<string, string>();
  for (const [name, { actorPrefix }] of membersOf(login.oidc)) {
    const other = prefixes.get(actorPrefix);
    if (other !== undefined) {
      const reason = `${show(other)} has the same, and people of one could be those of the other`;
      report(["oidc", name, spell("actorPrefix")], reason);
    }
    prefixes.set(actorPrefix, name);
  }
}
