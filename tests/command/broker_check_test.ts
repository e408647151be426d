import { assertEquals } from "@std/assert";
import type { IssueKeys } from "../../src/broker/types.ts";
import { checkBroker } from "../../src/command/broker_check.ts";
import { ServiceError } from "../../src/errors.ts";
import type { Permission } from "../../src/options/broker_options.ts";
import { checkBrokerConfig } from "../../src/options/checked_broker.ts";
import { createMemoryS3 } from "../../src/testing/mod.ts";
import { openTestIssuer } from "../support/test_issuer.ts";

/** A store whose keys permit what their name says, such as `ASIA-read.write-1`. */
function openWorld(tenants: Readonly<Record<string, { prefix?: string; allow: readonly Permission[] }>>) {
  const s3 = createMemoryS3({ buckets: ["media"] });
  const config = checkBrokerConfig({
    sts: { endpointUrl: s3.config.endpointUrl },
    tenants: Object.fromEntries(
      Object.entries(tenants).map(([name, { prefix = name, allow }], index) => {
        return [name, { secretSha256: `${index}`.repeat(64), bucket: "media", prefix, allow }];
      }),
    ),
  });
  let issued = 0;
  /** What the keys of a tenant permit instead. */
  const instead: Record<string, { allow?: readonly Permission[]; prefix?: string }> = {};
  const issue: IssueKeys = ({ tenant, bucket, prefix, allow }) => {
    const grant = { allow, prefix, ...instead[tenant] };
    const accessKeyId = `ASIA-${grant.allow.join(".")}-${++issued}`;
    s3.credentials.set(accessKeyId, { secretAccessKey: "s", sessionToken: "t", bucket, prefix: grant.prefix });
    return Promise.resolve({ accessKeyId, secretAccessKey: "s", sessionToken: "t", expiration: Date.now() + 900_000 });
  };
  const fetch = async (input: RequestInfo | URL, init?: RequestInit) => {
    const { method, headers } = new Request(input, init);
    const [, allow = ""] = /ASIA-([\w.]*)-\d/.exec(headers.get("authorization") ?? "") ?? [];
    const needed = method === "GET" || method === "HEAD" ? "read" : method === "DELETE" ? "delete" : "write";
    if (allow.split(".").includes(needed)) return await s3.fetch(input, init);
    return new Response("<Error><Code>AccessDenied</Code><Message>No</Message></Error>", { status: 403 });
  };
  return { s3, config, instead, issue, fetch };
}

Deno.test("checkBroker() finds that tenants work, each with what it is allowed, and leaves nothing behind", async () => {
  const { s3, config, issue, fetch } = openWorld({
    all: { allow: ["read", "write", "delete"] },
    reader: { prefix: "all", allow: ["read"] },
    writer: { allow: ["read", "write"] },
    inbox: { allow: ["write"] },
    sweeper: { allow: ["delete"] },
  });
  const { tenants, issuers } = await checkBroker(config, { issue, fetch });
  const works = (tenant: string, folder = tenant) => {
    return { tenant, folder: `s3://media/${folder}/`, ok: true, result: "works", reason: "" } as const;
  };
  assertEquals(tenants, [works("all"), works("reader", "all"), works("writer"), works("inbox"), works("sweeper")]);
  assertEquals(issuers, []);
  assertEquals(s3.listKeys("media"), []);
});

Deno.test("checkBroker() says why a tenant gets no keys, and checks the others", async () => {
  const { config, issue, fetch } = openWorld({ bad: { allow: ["read"] }, good: { allow: ["read"] } });
  const reason = "Cannot get keys from STS: User is not authorized to perform sts:AssumeRole on role/fiels";
  const refusing: IssueKeys = async (request) => {
    if (request.tenant === "bad") throw new ServiceError(reason, { code: "AccessDenied", status: 403 });
    return await issue(request);
  };
  const { tenants } = await checkBroker(config, { issue: refusing, fetch });
  assertEquals(tenants.map(({ result, reason }) => [result, reason]), [["no keys", reason], ["works", ""]]);
});

Deno.test("checkBroker() says everything about a tenant whose bucket does not exist", async () => {
  const { config, issue, fetch } = openWorld({ a: { allow: ["read", "write"] } });
  const [tenant] = Object.values(config.tenants);
  const missing = { ...config, tenants: { a: { ...tenant, bucket: "mdia" } } } as typeof config;
  const { tenants: [check] } = await checkBroker(missing, { issue, fetch });
  assertEquals([check?.result, check?.reason], [
    "unknown",
    "the store has no such bucket; are its name and the endpoint correct? (NoSuchBucket: The specified " +
    "bucket does not exist)",
  ]);
});

Deno.test("checkBroker() says that nobody can be a tenant whose secrets have all expired", async () => {
  const { s3, issue, fetch } = openWorld({ b: { allow: ["read"] } });
  const tenant = { bucket: "media", prefix: "a", allow: ["read"] };
  const [old, good] = [{ sha256: "0".repeat(64), expiresAt: "2020-01-01" }, { sha256: "1".repeat(64) }];
  const config = checkBrokerConfig({
    sts: { endpointUrl: s3.config.endpointUrl },
    tenants: {
      a: { ...tenant, secrets: { old } },
      b: { ...tenant, secrets: { old: { ...old, sha256: "2".repeat(64) }, good } },
    },
  });
  const { tenants } = await checkBroker(config, { issue, fetch });
  assertEquals(tenants.map(({ result, reason }) => [result, reason]), [
    ["no keys", "all of its secrets have expired"],
    ["works", ""],
  ]);
});

Deno.test("checkBroker() finds keys that permit less or more than they should", async () => {
  const { config, instead, issue, fetch } = openWorld({
    less: { allow: ["read", "write"] },
    more: { allow: ["read"] },
    leak: { allow: ["read"] },
  });
  instead["less"] = { allow: ["read"] };
  instead["more"] = { allow: ["read", "delete"] };
  instead["leak"] = { prefix: "" };
  const { tenants } = await checkBroker(config, { issue, fetch });
  assertEquals(tenants.map(({ ok, result, reason }) => [ok, result, reason]), [
    [
      false,
      "less",
      'files cannot be written, which "allow" has; files cannot be uploaded in parts, which limits their size, which ' +
      '"allow" has',
    ],
    [false, "more", 'files can be deleted, which "allow" does not have'],
    [
      false,
      "more",
      "LEAK: the whole bucket can be listed; LEAK: a sibling folder can be listed; LEAK: a sibling folder's files can be read",
    ],
  ]);
});

Deno.test("checkBroker() does not say that a tenant works whose store does not answer", async () => {
  const { config, issue } = openWorld({ team: { allow: ["read"] } });
  const fetch = () => Promise.reject(new TypeError("no route"));
  const { tenants: [team] } = await checkBroker(config, { issue, fetch });
  assertEquals([team?.ok, team?.result], [false, "unknown"]);
});

Deno.test("checkBroker() says which files it cannot remove", async () => {
  const { s3, config, issue, fetch } = openWorld({ inbox: { allow: ["write"] } });
  const once: IssueKeys = async (request) => {
    if (request.allow.length > 1) throw new ServiceError("no", { code: "AccessDenied", status: 403 });
    return await issue(request);
  };
  const { tenants: [inbox] } = await checkBroker(config, { issue: once, fetch });
  const left = s3.listKeys("media").map((key) => key.slice("inbox/".length));
  assertEquals([left.length, inbox?.result], [2, "works"]);
  assertEquals(inbox?.reason.split(" cannot be removed")[0]?.split(" and ").toSorted(), left.toSorted());
});

Deno.test("checkBroker() asks for the keys of four tenants at once", async () => {
  const names = ["a", "b", "c", "d", "e", "f"];
  const { config, issue, fetch } = openWorld(Object.fromEntries(names.map((name) => [name, { allow: ["read"] }])));
  let [running, most] = [0, 0];
  const counting: IssueKeys = async (request) => {
    most = Math.max(most, ++running);
    await new Promise((resolve) => setTimeout(resolve));
    running--;
    return await issue(request);
  };
  const { tenants } = await checkBroker(config, { issue: counting, fetch });
  assertEquals([tenants.map(({ tenant }) => tenant), most <= 4 && most > 1], [names, true]);
});

Deno.test("checkBroker() fetches the keys of issuers", async () => {
  await using issuer = await openTestIssuer();
  const { config, issue, fetch } = openWorld({ team: { allow: ["read"] } });
  const dead = {
    url: "https://dead.test",
    audiences: ["a"],
    fetch: () => Promise.resolve(new Response(null, { status: 404 })),
  };
  const issuers = { live: { url: issuer.url, audiences: ["a"], fetch: globalThis.fetch }, dead };
  const check = await checkBroker({ ...config, issuers }, { issue, fetch });
  assertEquals(check.issuers, [
    { issuer: "live", url: issuer.url, ok: true, reason: "" },
    { issuer: "dead", url: "https://dead.test", ok: false, reason: "Cannot get its keys: it answered 404" },
  ]);
});

Deno.test("checkBroker() tries tenants that only tokens can be", async () => {
  const { s3, issue, fetch } = openWorld({ team: { allow: ["read"] } });
  const config = checkBrokerConfig({
    sts: { endpointUrl: s3.config.endpointUrl },
    issuers: {
      ci: { url: "https://ci.test", audiences: ["a"], fetch: () => Promise.resolve(Response.json({ keys: [] })) },
    },
    tenants: {
      deploy: {
        bucket: "media",
        prefix: "d",
        allow: ["read"],
        identities: { main: { issuer: "ci", subject: "main" } },
      },
    },
  });
  const { tenants } = await checkBroker(config, { issue, fetch });
  assertEquals(tenants.map(({ tenant, result }) => [tenant, result]), [["deploy", "works"]]);
});
