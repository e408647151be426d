import { assert, assertEquals } from "@std/assert";
import { createTenants, isSameHash } from "../../src/broker/tenants.ts";
import { checkBrokerConfig } from "../../src/options/checked_broker.ts";
import { shortSha256, shortSha256Hex } from "../../src/hash/short_sha256.ts";
import { SECRET, stubBroker, TEAM } from "../support/stub_broker.ts";
import { stubFetch } from "../support/stub_fetch.ts";

Deno.test("isSameHash() compares every byte", () => {
  const hash = crypto.getRandomValues(new Uint8Array(32));
  assert(isSameHash(hash, hash.slice()));
  for (let index = 0; index < 32; index++) {
    for (const bit of [1, 128]) {
      const other = hash.map((byte, at) => at === index ? byte ^ bit : byte);
      assertEquals(isSameHash(hash, other), false, `byte ${index}`);
    }
  }
});

Deno.test("isSameHash() distinguishes hashes of different lengths", () => {
  assertEquals(isSameHash(new Uint8Array(32), new Uint8Array(31)), false);
  assertEquals(isSameHash(new Uint8Array(31), new Uint8Array(32)), false);
});

/** The tenants of a configuration of AWS. */
function tenantsOf(tenants: object, rest: object = {}) {
  return createTenants(checkBrokerConfig({ sts: { roleArn: "arn:aws:iam::1:role/files" }, tenants, ...rest }));
}

const hashOf = (secret: string) => shortSha256(new TextEncoder().encode(secret));

const KEY = "arn:aws:kms:eu-west-1:123456789012:key/1";

Deno.test("createTenants() knows all that a tenant may have", () => {
  const details = { durationSeconds: 1_800, externalId: "id", sessionTags: { a: "b" }, kmsKeyArn: KEY };
  const tenant = tenantsOf({ team: { ...TEAM, ...details } }).bySecret(hashOf(SECRET));
  assertEquals(JSON.parse(JSON.stringify(tenant?.grant)), {
    tenant: "team",
    bucket: "media",
    prefix: "team/",
    allow: ["read", "write"],
    roleArn: "arn:aws:iam::1:role/files",
    externalId: "id",
    durationSeconds: 1_800,
    sessionTags: { a: "b" },
    kmsKeyArns: [KEY],
  });
});

/** Who fits a token of the issuer "cluster", by tenant and identity. */
function fitting(identities: Record<string, Record<string, object>>, claims: Record<string, unknown>): string[] {
  const { secretSha256: _, ...folder } = TEAM;
  const tenants = Object.fromEntries(
    Object.entries(identities).map(([name, identities]) => [name, { ...folder, identities }]),
  );
  const issuers = { cluster: { url: "https://cluster.test", audiences: ["broker"] } };
  const token = {
    issuer: "cluster",
    audiences: ["broker"],
    claims,
    ...typeof claims.sub === "string" && { subject: claims.sub },
  };
  return tenantsOf(tenants, { issuers }).byToken(token).map(({ grant, identity }) => `${grant.tenant}.${identity}`);
}

Deno.test("createTenants() finds the tenants that a token fits by subject, claim and nested claim", () => {
  const issuer = "cluster";
  const identities = {
    a: { upload: { issuer, subject: ["alice", "bob"] } },
    b: { ci: { issuer, claims: { repository: "acme/site" } } },
    c: { space: { issuer, claims: { "/kubernetes.io/namespace": "team-c" } } },
    d: { one: { issuer, subject: "alice", claims: { admin: "true" } }, two: { issuer, subject: "bob" } },
  };
  assertEquals(fitting(identities, { sub: "alice" }), ["a.upload"]);
  assertEquals(fitting(identities, { sub: "bob" }), ["a.upload", "d.two"]);
  assertEquals(fitting(identities, { sub: "alice", admin: true }), ["a.upload", "d.one"]);
  assertEquals(fitting(identities, { sub: "x", repository: ["other", "acme/site"] }), ["b.ci"]);
  assertEquals(fitting(identities, { "kubernetes.io": { namespace: "team-c" } }), ["c.space"]);
  assertEquals(fitting(identities, { sub: "x", repository: { "acme/site": 1 } }), []);
  assertEquals(fitting(identities, {}), []);
});

/** A configuration of so many tenants, each with its own folder and secret. */
function manyTenants(count: number) {
  const tenants = Object.fromEntries(Array.from({ length: count }, (_, index) => {
    const secretSha256 = shortSha256Hex(`secret ${index}`);
    return [`tenant-${index}`, { secretSha256, bucket: "media", prefix: `folders/${index}`, allow: ["read"] as const }];
  }));
  return { sts: { endpointUrl: "http://store.test", accessKeyId: "a", secretAccessKey: "s" }, tenants };
}

/** The shortest of several runs, in milliseconds: other programs only make some of them longer. */
function measure(work: () => unknown): number {
  const runsMs = Array.from({ length: 3 }, () => {
    const startMs = performance.now();
    work();
    return performance.now() - startMs;
  });
  return Math.min(...runsMs);
}

Deno.test("createBroker() starts in a time that grows with the number of tenants, not with its square", () => {
  // As the command does it: the configuration is checked when it is read, and again by the broker.
  const start = (config: ReturnType<typeof manyTenants>) => {
    checkBrokerConfig(config);
    return stubBroker(stubFetch(), config);
  };
  const [few, many] = [manyTenants(250), manyTenants(2_500)];
  start(few);
  const [fewMs, manyMs] = [measure(() => start(few)), measure(() => start(many))];
  assert(manyMs < 50 * fewMs, `250 tenants took ${fewMs} ms, 2,500 took ${manyMs} ms`);
});

Deno.test("createTenants() finds a secret among 2,000 tenants as fast as among 10", () => {
  const measureFind = (count: number) => {
    const tenants = createTenants(checkBrokerConfig(manyTenants(count)));
    const hash = hashOf(`secret ${count - 1}`);
    assertEquals(tenants.bySecret(hash)?.grant.prefix, `folders/${count - 1}/`);
    return measure(() => {
      for (let i = 0; i < 1_000; i++) tenants.bySecret(hash);
    });
  };
  const [fewMs, manyMs] = [measureFind(10), measureFind(2_000)];
  assert(manyMs < 10 * fewMs, `1,000 times among 10 took ${fewMs} ms, among 2,000 ${manyMs} ms`);
});
