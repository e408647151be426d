import type { CheckedIdentity } from "../../options/checked_broker.ts";
import { isMapping } from "../../options/mapping.ts";
import type { VerifiedToken } from "../types.ts";

/** Whether a token is one of those that an identity means: everything in it has to fit exactly, and of a list one. */
export function identityFits(
  { issuer, subjects, audience, claims }: Omit<CheckedIdentity, "name">,
  token: VerifiedToken,
): boolean {
  return token.issuer === issuer &&
    (subjects === undefined || token.subject !== undefined && subjects.includes(token.subject)) &&
    (audience === undefined || token.audiences.includes(audience)) &&
    [...claims].every(([place, texts]) => {
      const found = claimAt(token.claims, place);
      return (Array.isArray(found) ? found : [found]).some((value) => isAnyOf(value, texts));
    });
}

/** The claim of this name, or at this JSON pointer: https://www.rfc-editor.org/rfc/rfc6901 */
function claimAt(claims: VerifiedToken["claims"], place: string): unknown {
  if (!place.startsWith("/")) return member(claims, place);
  const names = place.slice(1).split("/").map((name) => name.replaceAll("~1", "/").replaceAll("~0", "~"));
  return names.reduce<unknown>(member, claims);
}

function member(value: unknown, name: string): unknown {
  const isIndex = /^(?:0|[1-9]\d*)$/.test(name);
  if (!(Array.isArray(value) ? isIndex : isMapping(value)) || !Object.hasOwn(Object(value), name)) return undefined;
  return Reflect.get(Object(value), name);
}

/** Objects and null fit nothing, and neither do whole numbers of which JSON has already lost digits. */
function isAnyOf(value: unknown, texts: readonly string[]): boolean {
  const isExact = typeof value === "number" && Math.abs(value) <= Number.MAX_SAFE_INTEGER;
  return (typeof value === "string" || typeof value === "boolean" || isExact) && texts.includes(String(value));
}
