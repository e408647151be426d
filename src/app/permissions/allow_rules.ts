import { isMapping } from "../../options/mapping.ts";
import { ConfigError } from "../../errors.ts";
import { didYouMean, editDistance } from "../../options/did_you_mean.ts";

/** Actions that can be permitted, by their names in datasette.yaml. Each is granted per source. */
export type FileAction = "files-browse" | "files-upload" | "files-edit" | "files-delete";

/** The person or program that makes a request. */
export interface Actor {
  /** Identifies the actor. */
  readonly id: string;
  /** Other claims that rules can match, such as `{team: ["staff"]}`. */
  readonly [claim: string]: unknown;
}

/**
 * Who may do something: `true` for everyone, `false` for nobody, or claims, one of which must match: `{id: "alice"}`,
 * `{id: ["alice", "bob"]}`, `{team: "*"}` for actors with any team; `{unauthenticated: true}` for everyone who is not
 * logged in. https://docs.datasette.io/en/stable/authentication.html#defining-permissions-with-allow-blocks
 */
export type AllowRule = boolean | Readonly<Record<string, string | number | boolean | readonly (string | number)[]>>;

/** One rule for all sources, or one for each: `{media: {allow: true}}`. Whatever is not granted is denied. */
export type Permissions = {
  readonly [action in FileAction]?: AllowRule | Readonly<Record<string, { readonly allow: AllowRule }>>;
};

/** Decides who may do what. */
export interface Access {
  /** Whether an actor, or `null` for nobody, may do this in the source. */
  allows(actor: Actor | null, action: FileAction, source: string): boolean;
  /** Every rule that has been given, for each source that it is about. */
  readonly rules: readonly PermissionRule[];
  /** Keys that are no actions of the app, but perhaps of another plugin. */
  readonly otherKeys: readonly string[];
}

/** A rule about an action in a source. */
export interface PermissionRule {
  readonly action: FileAction;
  readonly source: string;
  readonly rule: AllowRule;
}

/**
 * Reads permissions in the form of datasette.yaml. Those of other plugins are ignored, unless they look like a misspelt
 * one of these.
 *
 * @throws {ConfigError} If an action or a source does not exist, or a rule is invalid.
 */
export function createAccess(permissions: unknown, sourceNames: readonly string[]): Access {
  if (!isMapping(permissions)) throw invalid("permissions", "it must be a mapping of actions to rules");
  const rules = new Map<FileAction, (source: string) => AllowRule>();
  const otherKeys: string[] = [];
  for (const [key, value] of Object.entries(permissions)) {
    const action = FILE_ACTIONS.find((action) => action === key);
    if (action !== undefined) rules.set(action, readRules(value, { name: `permissions.${key}`, sourceNames }));
    else if (isElsewhere(key)) otherKeys.push(key);
    else throw invalid(`permissions.${key}`, `there is no such action${didYouMean(key, FILE_ACTIONS)}`);
  }
  return {
    allows: (actor, action, source) => ruleFits(rules.get(action)?.(source) ?? false, actor),
    rules: [...rules].flatMap(([action, ruleOf]) =>
      sourceNames.map((source) => ({ action, source, rule: ruleOf(source) }))
    ),
    otherKeys,
  };
}

/** All actions, from the least to the most. */
export const FILE_ACTIONS: readonly FileAction[] = ["files-browse", "files-upload", "files-edit", "files-delete"];

/** Whether it is an action of another plugin or of Datasette itself, not a misspelt one of these. */
function isElsewhere(action: string): boolean {
  const isMeant = (name: string) => editDistance(action.toLowerCase(), name) <= MAX_TYPOS || name === `files-${action}`;
  return !/^_*files?(?:[^a-z]|[A-Z]|$)/i.test(action) && !FILE_ACTIONS.some(isMeant);
}

const MAX_TYPOS = 3;

function readRules(
  value: unknown,
  { name, sourceNames }: { name: string; sourceNames: readonly string[] },
): (source: string) => AllowRule {
  if (!isMapping(value) || !Object.values(value).some(isMapping)) {
    const rule = readRule(value, name);
    return () => rule;
  }
  const bySource = new Map(
    Object.entries(value).map(([source, entry]) => {
      if (!sourceNames.includes(source)) {
        throw invalid(`${name}.${source}`, `there is no such source${didYouMean(source, sourceNames)}`);
      }
      if (!isMapping(entry) || Object.keys(entry).join() !== "allow") {
        throw invalid(`${name}.${source}`, 'it must be a mapping with the one key "allow"');
      }
      return [source, readRule(entry["allow"], `${name}.${source}.allow`)];
    }),
  );
  return (source) => bySource.get(source) ?? false;
}

/**
 * Checks a rule.
 *
 * @param name For messages.
 * @throws {ConfigError} If it is none.
 */
export function readRule(value: unknown, name: string): AllowRule {
  if (typeof value === "boolean") return value;
  if (isMapping(value) && Object.values(value).every(isClaim)) return value as AllowRule;
  throw invalid(name, "it must be true, false, or a mapping of claims to values");
}

/** Whether a rule permits something to an actor, or to `null` for nobody. */
export function ruleFits(rule: AllowRule, actor: Actor | null): boolean {
  if (typeof rule === "boolean") return rule;
  if (actor === null) return rule["unauthenticated"] === true;
  return Object.entries(rule).some(([claim, wanted]) => {
    if (!Object.hasOwn(actor, claim)) return false;
    const actual = [actor[claim]].flat().filter(isValue);
    return wanted === "*" ? actual.length > 0 : [wanted].flat().some((value) => actual.includes(value));
  });
}

/** Makes a test whether a rule asks for a value of a claim. */
export function createClaimTest(rules: readonly AllowRule[], claim: string): (value: string) => boolean {
  const asked = new Set(rules.flatMap((rule) => typeof rule === "boolean" ? [] : [rule[claim] ?? []].flat()));
  return (value) => asked.has("*") || asked.has(value);
}

/** The part of an actor that rules ask about: small, however many groups there are. */
export function askedClaims(actor: Actor, rules: readonly AllowRule[]): Actor {
  const asked = rules.flatMap((rule) => typeof rule === "boolean" ? [] : Object.entries(rule));
  const claims = Object.entries(actor).flatMap(([claim, value]) => {
    const wanted = new Set<unknown>(asked.filter(([name]) => name === claim).flatMap(([, values]) => [values].flat()));
    const values = [value].flat().filter(isValue);
    const kept = values.filter((one, index) => wanted.has(one) || (index === 0 && wanted.has("*")));
    return kept.length > 0 ? [[claim, kept] as const] : [];
  });
  return { ...Object.fromEntries(claims), id: actor.id };
}

/** A team that is `undefined`, `null`, empty or an object is none. */
function isValue(one: unknown): boolean {
  return one !== "" && isScalar(one);
}

function isScalar(one: unknown): boolean {
  return ["string", "number", "boolean"].includes(typeof one);
}

function isClaim(value: unknown): boolean {
  return Array.isArray(value) ? value.every(isScalar) : isScalar(value);
}

function invalid(name: string, reason: string): ConfigError {
  return new ConfigError(`Cannot use "${name}": ${reason}`);
}
