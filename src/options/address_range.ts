/** Addresses that begin with the same bits. IPv4 addresses are those of `::ffff:0:0/96`. */
export interface AddressRange {
  /** The eight groups of the first address. */
  readonly groups: readonly number[];
  /** How many bits all addresses have in common, of 128. */
  readonly bits: number;
}

/**
 * Reads an address such as `10.0.0.7` or `2001:db8::1`, or a range such as `10.0.0.0/8`; `undefined` if it is neither.
 * https://www.rfc-editor.org/rfc/rfc4632#section-3.1
 */
export function parseAddressRange(text: string): AddressRange | undefined {
  const [, address = "", length] = /^([^/]*)(?:\/(0|[1-9]\d{0,2}))?$/.exec(text) ?? [];
  const groups = readAddress(address);
  if (groups === undefined) return undefined;
  const size = address.includes(":") ? 128 : 32;
  const prefixLength = length === undefined ? size : Number(length);
  return prefixLength > size ? undefined : { groups, bits: 128 - size + prefixLength };
}

/** Whether an address lies in one of the ranges; `false` for what is no address. */
export function isInRanges(address: string, ranges: readonly AddressRange[]): boolean {
  const groups = readAddress(address);
  return groups !== undefined && ranges.some((range) => isInRange(groups, range));
}

/**
 * The client that a header such as `X-Forwarded-For` names: proxies append the address they see, and the client can
 * write whatever precedes it.
 *
 * @param trusted The proxies that are believed.
 */
export function forwardedFrom(header: string | null, trusted: readonly AddressRange[]): string | undefined {
  const entries = (header ?? "").split(",").map((entry) => entry.trim()).filter((entry) => entry !== "");
  const given = entries.findLast((entry) => !isInRanges(withoutPort(entry), trusted)) ?? entries[0];
  return given && withoutPort(given);
}

/** Headers in which proxies say that a request is someone else's. */
export const FORWARDING_HEADERS: readonly string[] = ["forwarded", "x-forwarded-for", "x-real-ip"];

/** An address without the port that some proxies append to it, and without brackets. */
export function withoutPort(address: string): string {
  const [, bare = address] = /^\[([^\]]*)\](?::\d+)?$/.exec(address) ?? /^([\d.]+):\d+$/.exec(address) ?? [];
  return bare;
}

/** Whether a range has all addresses of IPv4 or of IPv6. */
export function hasAll(text: string): boolean {
  const ranges = [parseAddressRange(text)].flatMap((range) => range ?? []);
  const has = (first: string, last: string) => isInRanges(first, ranges) && isInRanges(last, ranges);
  return has("0.0.0.0", "255.255.255.255") || has("::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
}

function isInRange(groups: readonly number[], range: AddressRange): boolean {
  return groups.every((group, index) => {
    const rest = Math.max(0, 16 - Math.max(0, range.bits - index * 16));
    return group >> rest === (range.groups[index] ?? 0) >> rest;
  });
}

/**
 * The eight groups of an IPv6 address, with or without a zone, or of the IPv4-mapped one.
 * https://www.rfc-editor.org/rfc/rfc4291#section-2.5.5.2
 */
export function readAddress(text: string): readonly number[] | undefined {
  if (!text.includes(":")) return IPV4.test(text) ? readIpv6(`::ffff:${text}`) : undefined;
  return readIpv6(text.replace(/%.*$/s, ""));
}

const OCTET = "(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
const IPV4 = new RegExp(`^(?:${OCTET}\\.){3}${OCTET}$`);

/** The eight groups of an address, as `URL` reads it. */
function readIpv6(text: string): readonly number[] | undefined {
  if (text.length > 45 || !/^[\da-f:.]+$/i.test(text)) return undefined;
  const written = URL.parse(`http://[${text}]`)?.hostname.slice(1, -1);
  if (written === undefined) return undefined;
  const [before = "", after] = written.split("::");
  const read = (part: string) => part === "" ? [] : part.split(":").map((group) => parseInt(group, 16));
  const [first, last] = [read(before), read(after ?? "")];
  return [...first, ...Array(8 - first.length - last.length).fill(0), ...last];
}
