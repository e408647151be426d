import { isInRanges, withoutPort } from "../../options/address_range.ts";
import type { CheckedBrokerConfig } from "../../options/checked_broker.ts";
import { escapeControls } from "../../text/controls.ts";

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
  const entries = addressHeader === undefined || !isTrusted ? [] : entriesOf(headers.get(addressHeader));
  const given = trustedProxies === undefined
    ? entries.at(-1)
    : entries.findLast((entry) => !isInRanges(withoutPort(entry), trustedProxies)) ?? entries[0];
  const isBelieved = given !== undefined && trustedProxies !== undefined;
  const address = given ?? peer;
  return {
    address: address === undefined ? undefined : safeAddress(address),
    isForwarded: !isBelieved && [...FORWARDING_HEADERS, addressHeader].some((name) => name && headers.has(name)),
  };
}

const FORWARDING_HEADERS = ["forwarded", "x-forwarded-for", "x-real-ip"];
const MAX_CHARACTERS = 100;

/** Proxies append the address they see, and the caller can write whatever precedes it. */
function entriesOf(header: string | null): string[] {
  return (header ?? "").split(",").map((entry) => entry.trim()).filter((entry) => entry !== "");
}

function safeAddress(address: string): string {
  return escapeControls(address.slice(0, MAX_CHARACTERS)).slice(0, MAX_CHARACTERS);
}
