import { sleep } from "../async/abort.ts";
import { ConfigError } from "../errors.ts";
import type { BrokerMetrics } from "./broker_metrics.ts";
import type { BrokerState } from "./broker_state.ts";
import { type CallerNotes, recognize, toNote } from "./callers/recognize.ts";
import type { FailureLimit } from "./callers/failure_limit.ts";
import type { FoundTenants } from "./callers/found_tenants.ts";
import { narrow, readNarrowing } from "./protocols/narrowing.ts";
import type { AskedFor, BrokerLogEntry } from "./options.ts";
import { folderOf, malformed, type Protocol, Refusal, tooManyFailures } from "./protocols/protocol.ts";
import { createSecretWarnings } from "./callers/secret_warnings.ts";
import type { TenantGrants } from "./keys/tenant_grants.ts";
import type { KeyRequest, TokenVerifier } from "./types.ts";
import { noKeys } from "./unavailable_keys.ts";

/** A request for keys. */
export interface GrantRequest {
  readonly request: Request;
  readonly protocol: Protocol;
  readonly requestId: string;
  /** The caller's address; absent if it is unknown. */
  readonly address?: string | undefined;
  /** The configuration when the request arrived. */
  readonly state: BrokerState;
  /** Believes that configuration's issuers. */
  readonly verifier: TokenVerifier;
  readonly limit: FailureLimit;
}

/** What {@link createGrantHandler} needs. */
export interface GrantHandlerOptions {
  readonly grants: TenantGrants;
  readonly found?: FoundTenants | undefined;
  readonly metrics: BrokerMetrics;
  readonly failureDelayMs: number;
  readonly log: (entry: BrokerLogEntry) => void;
  readonly now: () => number;
}

/** Makes the function that answers requests for keys, in whichever protocol. */
export function createGrantHandler(options: GrantHandlerOptions): (asked: GrantRequest) => Promise<Response> {
  const { grants, found, metrics, failureDelayMs, log, now } = options;
  const warnOfEnd = createSecretWarnings({
    now,
    warn: (tenant, reason) => log({ type: "warning", tenant, reason }),
  });
  let heldBack = 0;

  /** Responds to guesses late, so that they take long. */
  async function holdBack(): Promise<void> {
    heldBack++;
    await sleep(failureDelayMs).finally(() => heldBack--);
  }

  function logRefusal(refusal: Refusal, notes: Notes): void {
    const { tenant } = notes;
    const isFailure = refusal.kind === "unavailable";
    if (isFailure && tenant !== undefined) metrics.onGrant({ tenant, result: "failed" });
    else metrics.onRefusal({ reason: refusal.kind });
    const type = isFailure ? "failed" : "refused";
    log({ type, ...notes, reason: refusal.logged });
  }

  async function getKeys(request: KeyRequest, { issuer: { service, fingerprint } }: BrokerState) {
    try {
      return await grants.get(request, fingerprint);
    } catch (error) {
      if (error instanceof ConfigError) throw error;
      throw noKeys(error, { service, retryAfterSeconds: grants.retryAfterSeconds() });
    }
  }

  async function grant(asking: GrantRequest, notes: Notes) {
    const { request, protocol, requestId, address, state, verifier, limit } = asking;
    const asked = await protocol.read(request);
    const narrowing = readNarrowing(asked);
    Object.assign(notes, askedFor(narrowing));
    const { tenants, config } = state;
    const tenant = await recognize(asked, {
      ...{ tenants, verifier, found, limit, address, now },
      urlOf: (issuer) => config.issuers[issuer]?.url ?? "",
      note: (caller) => void Object.assign(notes, caller),
    });
    warnOfEnd(tenant);
    const keyRequest = narrow(tenant.grant, narrowing);
    if (keyRequest.prefix !== tenant.grant.prefix || keyRequest.allow !== tenant.grant.allow) {
      assertPossible(keyRequest, state);
    }
    const { keys, isCached } = await getKeys(keyRequest, state);
    metrics.onGrant({ tenant: keyRequest.tenant, result: isCached ? "cached" : "new" });
    log({
      type: "granted",
      ...notes,
      folder: folderOf(keyRequest),
      accessKeyId: keys.accessKeyId,
      expiration: new Date(keys.expiration),
      isCached,
      ...keys.requestId !== undefined && { stsRequestId: keys.requestId },
    });
    return protocol.grant({ keys, request: keyRequest, requestId });
  }

  return async (asked) => {
    const { protocol, requestId } = asked;
    const notes: Notes = notesOf(asked);
    try {
      return await grant(asked, notes);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const isGuess = error.kind === "unknown_caller";
      const refusal = isGuess && heldBack >= MAX_HELD_BACK ? TOO_MANY_GUESSES : error;
      logRefusal(refusal, notes);
      if (refusal.kind === "unknown_caller") await holdBack();
      return protocol.refuse(refusal, requestId);
    }
  };
}

const MAX_HELD_BACK = 1_000;
const TOO_MANY_GUESSES = tooManyFailures("too many wrong secrets from all callers together", 1);

/** What the log says of a request, as far as it is known. */
interface Notes extends Pick<BrokerLogEntry, "requestId" | "protocol" | "address" | "userAgent">, CallerNotes {
  asked?: AskedFor;
}

function notesOf({ request, protocol, requestId, address }: GrantRequest): Notes {
  const userAgent = request.headers.get("user-agent") ?? "";
  return {
    requestId,
    protocol: protocol.name,
    ...address !== undefined && { address },
    ...userAgent !== "" && { userAgent: toNote(userAgent) },
  };
}

function askedFor({ prefix, allow, durationSeconds }: ReturnType<typeof readNarrowing>): { asked?: AskedFor } {
  const asked = {
    ...prefix !== undefined && { folder: prefix },
    ...allow !== undefined && { allow },
    ...durationSeconds !== undefined && { durationSeconds },
  };
  return Object.keys(asked).length === 0 ? {} : { asked };
}

/** A part of what a tenant may have can still be more than a session policy, or R2's API, can express. */
function assertPossible(request: KeyRequest, { issuer }: BrokerState): void {
  try {
    issuer.check(request);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw malformed("keys cannot be limited to what is asked for", { logged: error.message });
  }
}
