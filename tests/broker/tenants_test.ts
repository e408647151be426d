import { assert, assertEquals } from "@std/assert";
import { createTenants, isSameHash } from "../../src/broker/tenants.ts";
import { checkBrokerConfig } from "../../src/options/checked_broker.ts";
import type { KeyRequest } from "../../src/broker/types.ts";
import { shortSha256Hex } from "../../src/hash/short_sha256.ts";
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

Deno.test("createTenants() knows which keys a tenant gets", () => {
  const sts = { roleArn: "arn:1", durationSeconds: 1_800 };
  const checked: KeyRequest[] = [];
  const config = checkBrokerConfig({ sts, tenants: { team: { ...TEAM, sessionTags: { a: "b" } } } });
  const tenant = createTenants(config, (request) => checked.push(request)).find(SECRET);
  assertEquals(JSON.parse(JSON.stringify(tenant?.request)), {
    tenant: "team",
    bucket: "media",
    prefix: "team/",
    allow: ["read", "write"],
    roleArn: "arn:1",
    durationSeconds: 1_800,
    sessionTags: { a: "b" },
  });
  assertEquals(checked, [tenant?.request]);
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
    const tenants = createTenants(checkBrokerConfig(manyTenants(count)), () => {});
    const secret = `secret ${count - 1}`;
    assertEquals(tenants.find(secret)?.folder, `s3://media/folders/${count - 1}/`);
    return measure(() => {
      for (let i = 0; i < 100; i++) tenants.find(secret);
    });
  };
  const [fewMs, manyMs] = [measureFind(10), measureFind(2_000)];
  assert(manyMs < 10 * fewMs, `100 times among 10 took ${fewMs} ms, among 2,000 ${manyMs} ms`);
});
