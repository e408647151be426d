import { show } from "../../errors.ts";
import { toHex } from "../../hash/hash.ts";
import { shortSha256 } from "../../hash/short_sha256.ts";
import { escapeUpTo } from "../../text/controls.ts";
import { safeCause } from "../../text/safe_text.ts";
import { clientOf } from "../../options/client_address.ts";
import type { FailureLimit } from "./failure_limit.ts";
import type { FoundTenants } from "./found_tenants.ts";
import type { BrokerLogEntry, UnknownCaller } from "../options.ts";
import { type Asked, Refusal, tooManyFailures, unavailable } from "../protocols/protocol.ts";
import type { KnownTenant, Tenants } from "./tenants.ts";
import { IssuerUnavailable, TokenRefusal, type TokenVerifier, type VerifiedToken } from "../types.ts";

/** What the log says of a caller. */
export type CallerNotes = Pick<BrokerLogEntry, "tenant" | "secret" | "identity" | "issuer" | "subject">;

/** Text of a caller in the log: bounded, and without control characters. */
export function toNote(text: string): string {
  return escapeUpTo(text, MAX_NOTE_CHARACTERS);
}

const MAX_NOTE_CHARACTERS = 200;

/** What {@link recognize} needs. */
export interface CallersContext {
  readonly tenants: Tenants;
  readonly verifier: TokenVerifier;
  /** The URL of an issuer. */
  readonly urlOf: (issuer: string) => string;
  readonly found?: FoundTenants | undefined;
  readonly limit: FailureLimit;
  /** The caller's address; failures of callers without one are not limited. */
  readonly address?: string | undefined;
  readonly now: () => number;
  /** Hears what the log should say of the caller, even if it is refused. */
  readonly note: (notes: CallerNotes) => void;
}

/**
 * Finds out which tenant a caller is. What is no secret of a tenant and looks like a JWT is verified as one.
 *
 * @throws {Refusal} If it is not a tenant, is more than one, or that cannot be found out.
 */
export async function recognize(asked: Asked, context: CallersContext): Promise<KnownTenant> {
  const { secret } = asked;
  if (secret === "") throw await refuseCaller("the secret is missing", { ...context, logged: "no secret" });
  const hash = shortSha256(new TextEncoder().encode(secret));
  const tenant = context.tenants.bySecret(hash) ??
    (JWT.test(secret) ? await byToken(asked, toHex(hash), context) : await lookUpSecret(toHex(hash), context));
  const { grant, secret: name, identity, expiresAtMs = Infinity } = tenant;
  context.note({
    tenant: grant.tenant,
    ...name !== undefined && { secret: name },
    ...identity !== undefined && { identity },
  });
  if (expiresAtMs <= context.now()) throw await refuseCaller(WRONG, { ...context, logged: "the secret has expired" });
  if (asked.tenant === undefined || asked.tenant === grant.tenant) return tenant;
  throw new Refusal(`the caller is not the tenant ${show(asked.tenant)}`, {
    status: 403,
    code: "AccessDenied",
    kind: "asked_too_much",
  });
}

const WRONG = "the secret is wrong";
/** Its first part is a JSON object in Base64. */
const JWT = /^ey[\w-]*(?:\.[\w-]*){2,4}$/;

async function lookUpSecret(secretSha256: string, context: CallersContext): Promise<KnownTenant> {
  return await lookUp(secretSha256, { secretSha256 }, context) ??
    failWith(await refuseCaller(WRONG, { ...context, logged: "a wrong secret" }));
}

async function byToken(asked: Asked, hash: string, context: CallersContext): Promise<KnownTenant> {
  const token = await verify(asked.secret, context);
  context.note({ issuer: token.issuer, ...token.subject !== undefined && { subject: toNote(token.subject) } });
  const fitting = context.tenants.byToken(token);
  if (fitting.length === 0) {
    const caller = { ...token, issuerUrl: context.urlOf(token.issuer) };
    return await lookUp(`token ${hash}`, caller, context) ?? failWith(await refuseToken("it fits no tenant", context));
  }
  const named = asked.tenant ?? asked.tenantIfSeveral;
  const tenant = fitting.length === 1 ? fitting[0] : fitting.find(({ grant }) => grant.tenant === named);
  if (tenant !== undefined) return tenant;
  throw new Refusal(
    'the token is refused: it fits more than one tenant; say which with "tenant", or at the end of the role ARN',
    {
      status: 403,
      code: "AccessDenied",
      kind: "ambiguous_tenant",
    },
  );
}

async function verify(token: string, context: CallersContext): Promise<VerifiedToken> {
  try {
    return await context.verifier.verify(token);
  } catch (error) {
    if (error instanceof TokenRefusal) throw await refuseToken(error.message, context);
    if (!(error instanceof IssuerUnavailable)) throw error;
    throw unavailable("the keys of the token's issuer cannot be fetched", error.message);
  }
}

/** Only answers that are known already are free: guesses must not become a flood of queries. */
async function lookUp(key: string, caller: UnknownCaller, context: CallersContext): Promise<KnownTenant | undefined> {
  const { found } = context;
  if (found === undefined) return undefined;
  let answer = found.cached(key);
  if (answer === undefined) {
    await assertMayTry(context);
    try {
      answer = await found.find(key, caller);
    } catch (error) {
      const { message } = safeCause(error, []);
      throw unavailable("the tenant cannot be looked up", `Cannot look the tenant up: ${message}`);
    }
  }
  return answer.grant && { grant: answer.grant };
}

async function refuseToken(reason: string, context: CallersContext): Promise<Refusal> {
  return await refuseCaller(`the token is refused: ${reason}`, context);
}

/** Only failures are limited: a tenant may share its address with someone who guesses. */
async function refuseCaller(
  message: string,
  { limit, address, ...context }: Pick<CallersContext, "limit" | "address"> & { readonly logged?: string },
): Promise<Refusal> {
  // In one step, so that the limit holds for concurrent requests.
  const waitSeconds = address === undefined ? 0 : await limit.record(clientOf(address));
  if (waitSeconds > 0) return tooManyFailures("too many wrong secrets", waitSeconds);
  return new Refusal(message, { status: 403, code: "AccessDenied", kind: "unknown_caller", logged: context.logged });
}

async function assertMayTry({ limit, address }: Pick<CallersContext, "limit" | "address">): Promise<void> {
  const waitSeconds = address === undefined ? 0 : await limit.waitSeconds(clientOf(address));
  if (waitSeconds > 0) throw tooManyFailures("too many wrong secrets", waitSeconds);
}

function failWith(error: Error): never {
  throw error;
}
