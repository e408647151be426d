import { show } from "../../errors.ts";
import { didYouMean } from "../../options/did_you_mean.ts";
import type { Permission } from "../../options/broker_options.ts";
import { PERMISSIONS } from "../../options/broker_tables.ts";
import { pathProblem, toPrefix } from "../../s3/keys.ts";
import { type Asked, malformed, Refusal } from "./protocol.ts";
import { DEFAULT_SECONDS, LEAST_SECONDS } from "../keys/sts_client.ts";
import type { KeyRequest } from "../types.ts";

/** The fields by which a caller narrows its grant. */
export const NARROWING_FIELDS = ["tenant", "prefix", "allow", "duration_seconds"] as const;

/** The part of a tenant's grant that a caller asks for. */
export type NarrowedGrant = Partial<Pick<KeyRequest, "prefix" | "allow" | "durationSeconds">>;

/**
 * Reads how a caller asks for less.
 *
 * @throws {Refusal} If it is malformed.
 */
export function readNarrowing({ secret, tenant = "", prefix, allow, durationSeconds }: Asked): NarrowedGrant {
  // Logs and messages quote what is asked for.
  if (secret.length >= SECRET_CHARACTERS && `${tenant} ${prefix} ${allow}`.includes(secret)) {
    throw malformed("the secret is in another parameter, too");
  }
  return {
    ...prefix !== undefined && { prefix: readPrefix(prefix) },
    ...allow !== undefined && { allow: readAllow(allow) },
    ...durationSeconds !== undefined && { durationSeconds: readSeconds(durationSeconds) },
  };
}

/**
 * The keys to get for a caller.
 *
 * @param grant What the caller's tenant may have.
 * @throws {Refusal} If the caller asks for more, saying which part.
 */
export function narrow(grant: KeyRequest, asked: NarrowedGrant): KeyRequest {
  const { prefix = grant.prefix, allow = grant.allow } = asked;
  if (!prefix.startsWith(grant.prefix)) {
    throw tooMuch(`the prefix ${show(prefix)} is outside of ${show(grant.prefix)}`);
  }
  const excess = allow.find((permission) => !grant.allow.includes(permission));
  if (excess !== undefined) throw tooMuch(`"${excess}" is not permitted`);
  const mostSeconds = grant.durationSeconds ?? DEFAULT_SECONDS;
  const { durationSeconds = mostSeconds } = asked;
  if (durationSeconds > mostSeconds) throw tooMuch(`${durationSeconds} seconds are more than ${mostSeconds}`);
  // All that may be asked for is the same request as without asking, and shares its keys.
  return { ...grant, prefix, allow, ...durationSeconds < mostSeconds && { durationSeconds } };
}

/** A shorter secret may well be a part of a prefix. */
const SECRET_CHARACTERS = 16;

function tooMuch(reason: string): Refusal {
  return new Refusal(reason, { status: 403, code: "AccessDenied", kind: "asked_too_much" });
}

function readPrefix(prefix: string): string {
  const problem = prefixProblem(prefix);
  if (problem !== undefined) throw malformed(`the prefix ${show(prefix)} cannot be used: ${problem}`);
  return toPrefix(prefix);
}

function prefixProblem(prefix: string): string | undefined {
  if (/[?#]/.test(prefix)) return 'it has a "?" or "#"';
  // Clients may read the folder with `URL`, which takes %2e for a dot.
  return pathProblem(prefix) ?? pathProblem(prefix.replace(/%2e/gi, "."));
}

function readAllow(text: string): readonly Permission[] {
  const given = text.split(",").map((part) => part.trim());
  const unknown = given.find((part) => !PERMISSIONS.some((known) => known === part));
  if (unknown === "") throw malformed(`"allow" must be one or more of ${PERMISSIONS.join(",")}`);
  if (unknown !== undefined) {
    throw malformed(`there is no permission ${show(unknown)}${didYouMean(unknown, PERMISSIONS)}`);
  }
  return PERMISSIONS.filter((permission) => given.includes(permission));
}

function readSeconds(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw malformed("the duration must be a whole number of seconds");
  const seconds = Number(text);
  if (seconds < LEAST_SECONDS) throw malformed(`${seconds} seconds are less than ${LEAST_SECONDS}`);
  return seconds;
}
