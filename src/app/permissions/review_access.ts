import { didYouMean } from "../../options/did_you_mean.ts";
import { type Access, type Actor, FILE_ACTIONS, type FileAction } from "./allow_rules.ts";

/** Who may do what, as an operator reads it. */
export interface AccessReview {
  /** What rules permit, by whom they name and by source. */
  readonly grants: readonly AccessGrant[];
  /** Sentences about rules that are hardly meant as they are. */
  readonly warnings: readonly string[];
}

/** What someone may do in a source. */
export interface AccessGrant {
  readonly who: string;
  /** The source's name; `undefined` for the same in every source. */
  readonly source: string | undefined;
  /** At least one. */
  readonly actions: readonly FileAction[];
}

/** What {@link reviewAccess} needs to know besides the rules. */
export interface ReviewOptions {
  readonly sourceNames: readonly string[];
  /** The claims that people have once they are logged in. */
  readonly claims: readonly string[];
}

/** Puts rules into a table, and finds those that permit nothing, or something else than it seems. */
export function reviewAccess(access: Access, { sourceNames, claims }: ReviewOptions): AccessReview {
  const asked = askedClaims(access);
  const grants = rolesOf(asked).flatMap(({ who, actor }) => {
    const bySource = sourceNames.map((source) => ({
      who,
      source,
      actions: FILE_ACTIONS.filter((action) => access.allows(actor, action, source)),
    }));
    const [first] = bySource;
    const isSame = bySource.length > 1 && bySource.every(({ actions }) => actions.join() === first?.actions.join());
    return (first && isSame ? [{ ...first, source: undefined }] : bySource).filter(({ actions }) => actions.length > 0);
  });
  return {
    grants,
    warnings: [
      ...grants.some(({ actions }) => actions.includes("files-browse")) ? [] : [nobodyBrowses(access)],
      ...access.otherKeys.map((key) =>
        `"permissions" has "${key}", which is no action of the files app${didYouMean(key, FILE_ACTIONS)}`
      ),
      ...[...asked.keys()].flatMap((claim) => {
        if (sourceNames.includes(claim)) {
          return [`"${claim}" is a source, and here it is read as a claim of people; write ${claim}: {allow: …}`];
        }
        return claims.includes(claim) ? [] : [`A rule asks for the claim "${claim}", which "login" never sets`];
      }),
    ],
  };
}

function nobodyBrowses({ rules }: Access): string {
  const isGiven = rules.some(({ action }) => action === "files-browse");
  return `Nobody may browse: ${isGiven ? '"files-browse" permits no one' : '"permissions" has no "files-browse"'}`;
}

/** The values that rules ask for, by claim. */
function askedClaims({ rules }: Access): ReadonlyMap<string, ReadonlySet<unknown>> {
  const asked = new Map<string, Set<unknown>>();
  for (const { rule } of rules) {
    if (typeof rule === "boolean") continue;
    for (const [claim, values] of Object.entries(rule)) {
      if (claim === "unauthenticated") continue;
      const known = asked.get(claim) ?? new Set();
      for (const value of [values].flat()) known.add(value);
      asked.set(claim, known);
    }
  }
  return asked;
}

interface Role {
  readonly who: string;
  readonly actor: Actor | null;
}

function rolesOf(asked: ReadonlyMap<string, ReadonlySet<unknown>>): Role[] {
  return [
    { who: "not logged in", actor: null },
    { who: "logged in", actor: { id: SOMEONE } },
    ...[...asked].flatMap(([claim, values]) =>
      [...values].map((value) => {
        const who = value === "*" ? `any ${claim}` : `${claim} ${value}`;
        const claims = { [claim]: value === "*" ? SOMEONE : value };
        return { who, actor: claim === "id" ? { id: String(claims[claim]) } : { id: SOMEONE, ...claims } };
      })
    ),
  ];
}

/** No rule names this. */
const SOMEONE = "\0";
