import type { ClaimNames, OidcSettings } from "../../../options/app_options.ts";
import { isMapping } from "../../../options/mapping.ts";
import type { Actor } from "../../permissions/allow_rules.ts";
import { LoginFailure } from "./login_failure.ts";

/** Somebody who has logged in. */
export interface Person extends Actor {
  readonly name?: string;
  readonly email?: string;
  readonly groups?: readonly string[];
}

/** How a provider's claims are read. */
export interface PersonSettings extends Pick<OidcSettings, "claims" | "actorPrefix"> {
  readonly otherPrefixes: readonly string[];
}

/**
 * The person that a provider's claims describe. An address that the provider has not verified is left out: anyone could
 * have entered it.
 *
 * @param settings `otherPrefixes`: those of other providers, whose people and groups this provider does not know.
 * @throws {LoginFailure} If the claim for the id is missing, or says that the person is another provider's.
 */
export function personOf(
  claims: Readonly<Record<string, unknown>>,
  { claims: names, actorPrefix, otherPrefixes }: PersonSettings,
): Person {
  const isForeign = (text: string) =>
    otherPrefixes.some((other) => other.length > actorPrefix.length && text.startsWith(other));
  // Some providers send "false".
  const isUnverified = `${claims["email_verified"] ?? true}` !== "true";
  const believed = isUnverified ? { ...claims, email: undefined } : claims;
  const [id, name, email] = (["id", "name", "email"] as const).map((key) => textAt(believed, names[key]));
  if (id === undefined) throw new LoginFailure(`it sends no text as the claim "${names.id}", which identifies people`);
  if (isForeign(actorPrefix + id)) {
    throw new LoginFailure(`the claim "${names.id}" begins as those of another provider`);
  }
  const groups = groupsIn(believed, names).map((group) => actorPrefix + group).filter((group) => !isForeign(group));
  return {
    id: actorPrefix + id,
    ...name !== undefined && { name },
    ...email !== undefined && { email },
    ...groups.length > 0 && { groups },
  };
}

/** Whether claims have everything that is said about people. */
export function hasAll(claims: Readonly<Record<string, unknown>>, { id, name, email, groups }: ClaimNames): boolean {
  return [id, name, email, groups].every((place) => claimAt(claims, place) !== undefined);
}

function groupsIn(claims: Readonly<Record<string, unknown>>, names: ClaimNames): string[] {
  const groups = claimAt(claims, names.groups);
  return (Array.isArray(groups) ? groups : [groups]).filter((group) => typeof group === "string" && group !== "");
}

function textAt(claims: Readonly<Record<string, unknown>>, place: string): string | undefined {
  const value = claimAt(claims, place);
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** The claim of this name, or at this JSON pointer: https://www.rfc-editor.org/rfc/rfc6901 */
function claimAt(claims: Readonly<Record<string, unknown>>, place: string): unknown {
  if (!place.startsWith("/")) return member(claims, place);
  const names = place.slice(1).split("/").map((name) => name.replaceAll("~1", "/").replaceAll("~0", "~"));
  return names.reduce<unknown>(member, claims);
}

function member(value: unknown, name: string): unknown {
  return isMapping(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}
