import { forwardedFrom, FORWARDING_HEADERS, isInRanges } from "../../options/address_range.ts";
import type { CheckedBrokerConfig } from "../../options/checked_broker.ts";
import { escapeUpTo } from "../../text/controls.ts";

/** Who has sent a request. */
export interface Caller {
  /** The caller's address, safe for a log; absent if it is unknown. */
  readonly address?: string | undefined;
  /** Whether a header that is not believed says that the request is someone else's. */
  readonly isForwarded: boolean;
}

/**
 * Finds out who has sent a request: the peer, or whom a trusted proxy names.
 *
 * @param peer The address of the connection's other end.
 */
export function readCaller(
  { headers }: Request,
  peer: string | undefined,
  { addressHeader, trustedProxies }: Pick<CheckedBrokerConfig, "addressHeader" | "trustedProxies">,
): Caller {
  const isTrusted = trustedProxies === undefined || (peer !== undefined && isInRanges(peer, trustedProxies));
  const header = addressHeader === undefined || !isTrusted ? null : headers.get(addressHeader);
  const given = forwardedFrom(header, trustedProxies ?? []);
  const isBelieved = given !== undefined && trustedProxies !== undefined;
  const address = given ?? peer;
  return {
    address: address === undefined ? undefined : escapeUpTo(address, MAX_CHARACTERS),
    isForwarded: !isBelieved && [...FORWARDING_HEADERS, addressHeader].some((name) => name && headers.has(name)),
  };
}

const MAX_CHARACTERS = 100;
