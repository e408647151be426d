import type { KeyRequest } from "../types.ts";

/** A cache by what is asked for: whatever was used least recently goes first. */
export interface RecentGrants<Entry> {
  /** The entry of a request, new if there is none. */
  get(request: KeyRequest): Entry;
  /** All of them. */
  entries(): Iterable<readonly [KeyRequest, Entry]>;
}

/** What {@link createRecentGrants} needs. */
export interface RecentGrantsOptions<Entry, Shared> {
  /** How many entries there can be. */
  readonly maxEntries: number;
  /** How many of them can be of one tenant, so that it does not push out others. */
  readonly maxOfTenant: number;
  /** Makes what the entries of a tenant share. */
  readonly newTenant: () => Shared;
  /** Makes an entry. */
  readonly newEntry: (request: KeyRequest, shared: Shared) => Entry;
}

/** Makes the cache. */
export function createRecentGrants<Entry, Shared>(options: RecentGrantsOptions<Entry, Shared>): RecentGrants<Entry> {
  const { maxEntries, maxOfTenant, newTenant, newEntry } = options;
  // Maps and sets keep the order in which keys were added.
  const slots = new Map<string, { readonly request: KeyRequest; readonly entry: Entry }>();
  const tenants = new Map<string, { readonly shared: Shared; readonly keys: Set<string> }>();

  function removeFirst([key = ""]: Iterable<string>): void {
    const tenant = slots.get(key)?.request.tenant ?? "";
    slots.delete(key);
    const keys = tenants.get(tenant)?.keys;
    keys?.delete(key);
    if (keys?.size === 0) tenants.delete(tenant);
  }

  return {
    get(request) {
      const key = keyOf(request);
      const tenant = tenants.get(request.tenant) ?? { shared: newTenant(), keys: new Set() };
      const slot = slots.get(key) ?? { request, entry: newEntry(request, tenant.shared) };
      slots.delete(key);
      slots.set(key, slot);
      tenant.keys.delete(key);
      tenant.keys.add(key);
      tenants.set(request.tenant, tenant);
      if (tenant.keys.size > maxOfTenant) removeFirst(tenant.keys);
      if (slots.size > maxEntries) removeFirst(slots.keys());
      return slot.entry;
    },
    *entries() {
      for (const { request, entry } of slots.values()) yield [request, entry];
    },
  };
}

/** The same for requests that ask for the same, whatever the order of their properties. */
export function keyOf(request: KeyRequest): string {
  const { tenant, bucket, prefix, allow, durationSeconds, roleArn, externalId, sessionTags, kmsKeyArns } = request;
  const tags = sessionTags && Object.entries(sessionTags).sort(([a], [b]) => a < b ? -1 : 1);
  return JSON.stringify([tenant, bucket, prefix, allow, durationSeconds, roleArn, externalId, tags, kmsKeyArns]);
}
