import { assertEquals } from "@std/assert";
import type { BrokerOptions } from "../../src/broker/mod.ts";
import { askIn, assume, get, PROTOCOLS, SECRET, stubBroker, TEAM } from "../support/stub_broker.ts";
import { stubFetch } from "../support/stub_fetch.ts";
import { stsReply } from "../support/stub_sts.ts";
import { openTestIssuer, type TestIssuer } from "../support/test_issuer.ts";

const { secretSha256: _, ...FOLDER } = TEAM;

/** A broker that believes an issuer: "a" is alice, "b" too and bob, "c" is known by a secret or a claim. */
function believing({ url }: TestIssuer, options: Partial<BrokerOptions> = {}) {
  const issuer = "cluster";
  return stubBroker(stubFetch(() => stsReply({ expiration: new Date(Date.now() + 3_600_000).toISOString() })), {
    issuers: { cluster: { url, audiences: ["s3-broker"], fetch } },
    tenants: {
      a: { ...FOLDER, prefix: "a", identities: { alice: { issuer, subject: "alice" } } },
      b: { ...FOLDER, prefix: "b", identities: { people: { issuer, subject: ["alice", "bob"] } } },
      c: { ...TEAM, prefix: "c", identities: { ci: { issuer, claims: { repository: "acme/site" } } } },
    },
    now: Date.now,
    ...options,
  });
}

Deno.test("createBroker() knows a tenant by its JWT in each protocol, and logs whose it is", async () => {
  await using issuer = await openTestIssuer();
  const { broker, audit } = believing(issuer);
  const token = await issuer.issue({ sub: "bob" });
  for (const protocol of PROTOCOLS) {
    const response = await broker(askIn(token)(protocol));
    assertEquals(response.status, 200);
    await response.body?.cancel();
  }
  assertEquals(
    audit.map(({ type, protocol, tenant, identity, issuer, subject }) => {
      return [type, protocol, tenant, identity, issuer, subject].join();
    }),
    PROTOCOLS.map((protocol) => `granted,${protocol},b,people,cluster,bob`),
  );
});

Deno.test("createBroker() knows a tenant by a secret as well as by a JWT", async () => {
  await using issuer = await openTestIssuer();
  const { broker } = believing(issuer);
  for (const secret of [SECRET, await issuer.issue({ repository: "acme/site" })]) {
    assertEquals((await (await broker(get(secret))).json()).S3Folder, "s3://media/c/");
  }
});

Deno.test("createBroker() asks which tenant is meant if a JWT fits several", async () => {
  await using issuer = await openTestIssuer();
  const { broker, log } = believing(issuer);
  const token = await issuer.issue({ sub: "alice" });
  const message =
    'the token is refused: it fits more than one tenant; say which with "tenant", or at the end of the role ARN';
  const response = await broker(get(token));
  assertEquals([response.status, (await response.json()).message], [403, message]);
  assertEquals(log.map(({ type, reason }) => [type, reason]), [["refused", message]]);
  assertEquals((await (await broker(get(token, "?tenant=b"))).json()).S3Folder, "s3://media/b/");
  const form = await broker(askIn(token, { tenant: "a" })("form"));
  assertEquals((await form.json()).S3Folder, "s3://media/a/");
  assertEquals((await broker(get(token, "?tenant=c"))).status, 403);
});

Deno.test("createBroker() takes the last part of RoleArn for the tenant only if a JWT fits several", async () => {
  await using issuer = await openTestIssuer();
  const { broker, audit } = believing(issuer);
  const ask = async (sub: string, role: string) => {
    await broker(assume(await issuer.issue({ sub }), { RoleArn: `arn:aws:iam::123456789012:role/x/${role}` }));
    return audit.at(-1)?.tenant;
  };
  assertEquals(await ask("alice", "b"), "b");
  assertEquals(await ask("alice", "a"), "a");
  assertEquals(await ask("alice", "c"), undefined);
  assertEquals(await ask("bob", "a"), "b");
});

Deno.test("createBroker() refuses a tenant that the caller is not", async () => {
  await using issuer = await openTestIssuer();
  const { broker } = believing(issuer);
  for (const secret of [SECRET, await issuer.issue({ sub: "bob" })]) {
    const response = await broker(get(secret, "?tenant=a"));
    assertEquals([response.status, (await response.json()).message], [403, 'the caller is not the tenant "a"']);
  }
});

for (
  const [name, claims, reason] of [
    ["ended", { exp: 1_000_000_000 }, "it ended at 2001-09-09T01:46:40Z"],
    ["for someone else", { aud: "other" }, "it is for another audience"],
    ["of a stranger", { sub: "carol" }, "it fits no tenant"],
  ] as const
) {
  Deno.test(`createBroker() refuses a JWT that is ${name}, says why, and counts it`, async () => {
    await using issuer = await openTestIssuer();
    const { broker, log } = believing(issuer, { addressOf: () => "192.0.2.1", maxFailuresPerMinute: 2 });
    const token = await issuer.issue(claims);
    const message = `the token is refused: ${reason}`;
    const response = await broker(get(token));
    assertEquals([response.status, (await response.json()).message], [403, message]);
    assertEquals(log.map(({ type, reason }) => [type, reason]), [["refused", message]]);
    const form = await broker(askIn(token)("form"));
    assertEquals([form.status, await form.json()], [403, { error: "Forbidden" }]);
    assertEquals((await broker(get(token))).status, 429);
    assertEquals((await broker(get(await issuer.issue({ sub: "bob" })))).status, 200);
  });
}

Deno.test("createBroker() refuses a JWT if it believes no one", async () => {
  await using issuer = await openTestIssuer();
  const { broker } = stubBroker(stubFetch());
  const { message } = await (await broker(get(await issuer.issue()))).json();
  assertEquals(message, `the token is refused: its issuer "${issuer.url}" is not known`);
});

Deno.test("createBroker() answers 502 if the issuer's keys cannot be fetched", async () => {
  await using issuer = await openTestIssuer();
  issuer.answer = () => new Response(null, { status: 500 });
  const { broker, log } = believing(issuer);
  const response = await broker(get(await issuer.issue({ sub: "bob" })));
  const message = "no credentials available: the keys of the token's issuer cannot be fetched";
  assertEquals([response.status, response.headers.get("retry-after"), (await response.json()).message], [
    502,
    "2",
    message,
  ]);
  assertEquals(log[0]?.type, "failed");
  assertEquals(log[0]?.reason?.startsWith('Cannot get the keys of the issuer "cluster": '), true);
});

for (
  const sub of [
    { toString: 1, valueOf: 1 },
    [{ toString: 1 }],
    JSON.parse("[".repeat(5_000) + "]".repeat(5_000)),
  ]
) {
  Deno.test(`createBroker() knows nobody by the subject ${JSON.stringify(sub).slice(0, 40)}`, async () => {
    await using issuer = await openTestIssuer();
    const { broker } = believing(issuer);
    const response = await broker(get(await issuer.issue({ sub })));
    const { message } = await response.json();
    assertEquals([response.status, message], [403, "the token is refused: it fits no tenant"]);
  });
}
