import type { LoginOptions } from "../app/mod.ts";
import { createAccess, FILE_ACTIONS } from "../app/permissions/allow_rules.ts";
import { reviewAccess } from "../app/permissions/review_access.ts";
import { formatTable } from "./table.ts";

/** What {@link reportAccess} reports about. */
export interface ReportedApp {
  readonly permissions: unknown;
  readonly sourceNames: readonly string[];
  readonly login: LoginOptions | undefined;
  /** Whether the operator can log in. */
  readonly asRoot: boolean;
}

/** Who may do what, as lines of a table, and what is hardly meant so. */
export function reportAccess({ permissions, sourceNames, login, asRoot }: ReportedApp): {
  readonly table: readonly string[];
  readonly warnings: readonly string[];
} {
  const access = createAccess(permissions, sourceNames);
  const { grants, warnings } = reviewAccess(access, { sourceNames, claims: claimsOf(login) });
  const operator = { who: "the operator", source: undefined, actions: FILE_ACTIONS };
  const rows = [...grants, ...asRoot ? [operator] : []].map(({ who, source, actions }) => [
    who,
    source ?? (sourceNames.length === 1 ? sourceNames.join() : "every source"),
    ...FILE_ACTIONS.map((action) => actions.includes(action) ? "yes" : "-"),
  ]);
  const shown = rows.slice(0, MAX_ROWS);
  return {
    table: rows.length === 0 ? [] : [
      ...formatTable([["who", "source", ...FILE_ACTIONS.map((action) => action.replace("files-", ""))], ...shown]),
      ...rows.length > shown.length ? [`and ${rows.length - shown.length} more`] : [],
    ],
    // The operator alone may be all that is wanted.
    warnings: asRoot && access.rules.length === 0 ? [] : warnings,
  };
}

const MAX_ROWS = 100;

/** The claims of people that a login sets. */
function claimsOf({ oidc, header }: LoginOptions = {}): string[] {
  if (oidc !== undefined) return ["id", "name", "email", "groups"];
  return Object.keys(header ?? {}).filter((name) => ["id", "name", "email", "groups"].includes(name));
}
