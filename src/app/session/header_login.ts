import type { HeaderSettings } from "../../options/app_options.ts";
import { isInRanges, parseAddressRange } from "../../options/address_range.ts";
import { RequestRefusal } from "../failure.ts";
import type { Person } from "./oidc/person.ts";

/**
 * Reads whom a proxy has logged in from its headers.
 *
 * @returns A function that returns `null` for nobody.
 */
export function createHeaderLogin(
  settings: HeaderSettings,
  onWarning: (reason: string) => void,
): (headers: Headers, peer: string | undefined) => Person | null {
  const ranges = settings.from.flatMap((range) => parseAddressRange(range) ?? []);
  const names = [settings.id, settings.name, settings.email, settings.groups].filter((name) => name !== undefined);
  const warned = new Set<string>();

  function refuse(name: string, peer = "an unknown address"): RequestRefusal {
    if (!warned.has(peer) && warned.size < MAX_WARNINGS) {
      warned.add(peer);
      onWarning(`"${name}" came from ${peer}, which is not in "login.header.from"; such requests are refused`);
    }
    return new RequestRefusal(403, "This request says who sends it, but does not come from the proxy that may say so.");
  }

  return (headers, peer) => {
    const given = names.find((name) => headers.has(name));
    if (given === undefined) return null;
    if (peer === undefined || !isInRanges(peer, ranges)) throw refuse(given, peer);
    const [id, name, email, groups] = [settings.id, settings.name, settings.email, settings.groups]
      .map((name) => name === undefined ? "" : readUtf8(headers.get(name) ?? ""));
    if (id === undefined || id === "") return null;
    // The proxy has added its header to one of the client's own.
    if (id.includes(", ")) throw new RequestRefusal(400, `This request has several headers “${settings.id}”.`);
    const list = (groups ?? "").split(settings.groupsSeparator).map((group) => group.trim()).filter(Boolean);
    return { id, ...name && { name }, ...email && { email }, ...list.length > 0 && { groups: list } };
  };
}

const MAX_WARNINGS = 100;

/** Headers are bytes, and proxies write UTF-8: runtimes show each byte as a character. */
function readUtf8(value: string): string {
  if (!/^[\0-\xff]*$/.test(value)) return value;
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Uint8Array.from(value, (char) => char.charCodeAt(0)));
  } catch {
    return value;
  }
}
