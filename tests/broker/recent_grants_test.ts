import { assertEquals } from "@std/assert";
import { createRecentGrants } from "../../src/broker/keys/recent_grants.ts";
import type { KeyRequest } from "../../src/broker/types.ts";

const request = (tenant: string, prefix = ""): KeyRequest => ({ tenant, bucket: "media", prefix, allow: ["read"] });

function stubCache(limits: { maxEntries: number; maxOfTenant: number }) {
  const shared: string[] = [];
  const made: string[] = [];
  const cache = createRecentGrants({
    ...limits,
    newTenant: () => `shared ${shared.push("")}`,
    newEntry: ({ tenant, prefix }, of) => ({ name: tenant + prefix, of, number: made.push(tenant + prefix) }),
  });
  return { cache, made, names: () => Array.from(cache.entries(), ([, { name }]) => name) };
}

Deno.test("createRecentGrants() drops what was used least recently", () => {
  const { cache, made, names } = stubCache({ maxEntries: 3, maxOfTenant: 3 });
  for (const tenant of ["a", "b", "c", "a", "d"]) cache.get(request(tenant));
  assertEquals(names(), ["c", "a", "d"]);
  cache.get(request("b"));
  assertEquals(made, ["a", "b", "c", "d", "b"]);
});

Deno.test("createRecentGrants() drops a tenant's own entries if it has too many", () => {
  const { cache, names } = stubCache({ maxEntries: 10, maxOfTenant: 2 });
  cache.get(request("a"));
  cache.get(request("b"));
  for (const prefix of ["1/", "2/"]) cache.get(request("b", prefix));
  cache.get(request("b", "1/"));
  cache.get(request("b", "3/"));
  assertEquals(names(), ["a", "b1/", "b3/"]);
});

Deno.test("createRecentGrants() shares something among the entries of a tenant, while there are any", () => {
  const { cache } = stubCache({ maxEntries: 2, maxOfTenant: 2 });
  assertEquals(cache.get(request("a")).of, "shared 1");
  assertEquals(cache.get(request("a", "x/")).of, "shared 1");
  for (const tenant of ["b", "c"]) cache.get(request(tenant));
  assertEquals(cache.get(request("a")).of, "shared 4");
});

Deno.test("createRecentGrants() stays within its limits, and keeps those it should", () => {
  const { cache, names } = stubCache({ maxEntries: 20_000, maxOfTenant: 100 });
  for (let index = 0; index < 10_000; index++) cache.get(request(`t${index}`));
  for (let index = 0; index < 30_000; index++) cache.get(request("greedy", `${index}/`));
  assertEquals(names().length, 10_100);
  for (let index = 0; index < 20_000; index++) cache.get(request(`u${index}`));
  assertEquals(names().length, 20_000);
  assertEquals(names()[0], "u0");
});
