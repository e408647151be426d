import { readAddress, withoutPort } from "./address_range.ts";

/**
 * The client that an address belongs to: of an IPv6 address its /64, as providers assign those; of an IPv4-mapped one
 * the IPv4 address. Anything else, such as a proxy's own identifier, stays as it is, up to 100 characters.
 */
export function clientOf(address: string): string {
  const bare = withoutPort(address);
  const groups = bare.includes(":") ? readAddress(bare) : undefined;
  if (groups === undefined) return bare.slice(0, MAX_CHARACTERS).toLowerCase();
  const [high = 0, low = 0] = groups.slice(6);
  // https://www.rfc-editor.org/rfc/rfc4291#section-2.5.5.2
  const isMapped = groups[5] === 0xffff && groups.slice(0, 5).every((group) => group === 0);
  if (isMapped) return [high >> 8, high & 255, low >> 8, low & 255].join(".");
  return `${groups.slice(0, 4).map((group) => group.toString(16)).join(":")}::/64`;
}

const MAX_CHARACTERS = 100;
