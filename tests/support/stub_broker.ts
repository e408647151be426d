import { assert } from "@std/assert";
import type { FakeTime } from "@std/testing/time";
import { createBrokerCore } from "../../src/broker/broker_core.ts";
import type { ProtocolName } from "../../src/broker/types.ts";
import type { BrokerLogEntry, BrokerOptions } from "../../src/broker/mod.ts";
import { KEYS, type StubFetch } from "./stub_fetch.ts";

export const NOW = Date.parse("2030-01-01T00:00:00Z");
export const SECRET = "team-secret-canary";
export const OTHER_SECRET = "other-secret-canary";

export const TEAM = {
  secretSha256: await sha256Of(SECRET),
  bucket: "media",
  prefix: "team",
  allow: ["read", "write"],
} as const;
const OTHER = { ...TEAM, secretSha256: await sha256Of(OTHER_SECRET), prefix: "other", allow: ["read"] } as const;

/** A broker on a stubbed STS, and what it logged: the main fields of each entry, and in `audit` all of them. */
export function stubBroker(sts: StubFetch, options: Partial<BrokerOptions> = {}) {
  const log: BrokerLogEntry[] = [];
  const audit: BrokerLogEntry[] = [];
  const core = createBrokerCore({
    sts: { roleArn: "arn:aws:iam::123456789012:role/files", ...KEYS },
    tenants: { team: TEAM, other: OTHER },
    fetch: sts.fetch,
    now: () => NOW,
    failureDelayMs: 0,
    log: (entry) => {
      log.push(mainFields(entry));
      audit.push(entry);
    },
    ...options,
  });
  return { broker: core.handle, core, log, audit };
}

function mainFields({ type, tenant, address, expiration, isCached, reason }: BrokerLogEntry): BrokerLogEntry {
  const fields = Object.entries({ type, tenant, address, expiration, isCached, reason });
  return { type, ...Object.fromEntries(fields.filter(([, value]) => value !== undefined)) };
}

export function post(
  body: BodyInit | null,
  { path = "/credentials", type = "application/x-www-form-urlencoded" } = {},
): Request {
  const headers: HeadersInit = type === "" ? {} : { "content-type": type };
  return new Request(`https://broker.test${path}`, { method: "POST", headers, body });
}

export const askAs = (secret: string) => post(new URLSearchParams({ secret }).toString());

/** What an AWS SDK sends if it has a URL for container credentials. */
export function get(authorization: string | undefined, query = ""): Request {
  const headers: HeadersInit = authorization === undefined ? {} : { authorization };
  return new Request(`https://broker.test/credentials${query}`, { headers });
}

/** What an AWS SDK sends to STS if it has a token file. */
export function assume(token: string, fields: Record<string, string> = {}): Request {
  const form = {
    Action: "AssumeRoleWithWebIdentity",
    Version: "2011-06-15",
    RoleArn: "arn:aws:iam::123456789012:role/files",
    RoleSessionName: "session",
    WebIdentityToken: token,
    ...fields,
  };
  return post(new URLSearchParams(form).toString(), { path: "/" });
}

export const PROTOCOLS = ["form", "container", "web_identity"] as const;

/** The same request in each protocol. */
export function askIn(secret: string, fields: Record<string, string> = {}): (protocol: ProtocolName) => Request {
  return (protocol) => {
    if (protocol === "form") return post(new URLSearchParams({ secret, ...fields }).toString());
    if (protocol === "web_identity") return assume(secret, fields);
    return get(secret, Object.keys(fields).length === 0 ? "" : `?${new URLSearchParams(fields)}`);
  };
}

export async function sha256Of(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Lets time pass, and what is not a timer happen, until something has come about. */
export async function tickUntil(time: FakeTime, isThere: () => boolean, stepMs = 0): Promise<void> {
  for (let i = 0; i < 100 && !isThere(); i++) await time.tickAsync(stepMs);
  assert(isThere(), "it did not come about");
}
