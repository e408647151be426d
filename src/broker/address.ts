/**
 * The part of a caller's address that failures are counted by: of IPv6 the first 64 bits, all of which one customer of a network has; an
 * IPv4 address that is written as IPv6 is one of IPv4. What is no address is taken as it is.
 */
export function networkOf(address: string): string {
  const text = address.slice(0, MAX_ADDRESS_LENGTH).toLowerCase().replace(/^\[|\]$/g, "").replace(/%.*$/, "");
  const mapped = /^(?:0*:)*:?(?:0*:)*ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(text)?.[1];
  if (mapped !== undefined) return mapped;
  if (!text.includes(":") || !URL.canParse(`http://[${text}]`)) return text;
  // The URL's own parser writes each address in one way only.
  const short = new URL(`http://[${text}]`).hostname.slice(1, -1);
  const [head = "", tail] = short.split("::");
  const groups = head === "" ? [] : head.split(":");
  if (tail !== undefined) {
    const last = tail === "" ? [] : tail.split(":");
    groups.push(...Array.from({ length: 8 - groups.length - last.length }, () => "0"), ...last);
  }
  if (groups.slice(0, 5).every((group) => group === "0") && groups[5] === "ffff") return ipv4Of(groups);
  return `${groups.slice(0, 4).join(":")}::/64`;
}

/** Longer than any address; what is longer is not shown in full, nor kept. */
export const MAX_ADDRESS_LENGTH = 100;

function ipv4Of([, , , , , , high = "0", low = "0"]: readonly string[]): string {
  return [high, low].flatMap((group) => {
    const value = parseInt(group, 16);
    return [value >> 8, value & 255];
  }).join(".");
}
