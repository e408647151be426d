import { assertEquals, assertFalse, assertMatch } from "@std/assert";
import { logLine } from "../../src/command/log_line.ts";
import { askIn, assume, get, PROTOCOLS, SECRET, sha256Of, stubBroker, TEAM } from "../support/stub_broker.ts";
import { stubFetch } from "../support/stub_fetch.ts";
import { stsError, stsReply } from "../support/stub_sts.ts";
import { openTestIssuer } from "../support/test_issuer.ts";

const { secretSha256: _, ...FOLDER } = TEAM;

Deno.test("createBroker() logs who got which keys, and what was asked for", async () => {
  await using issuer = await openTestIssuer();
  const { broker, audit } = stubBroker(stubFetch(stsReply({ expiration: "2999-01-01T00:00:00Z" })), {
    issuers: { cluster: { url: issuer.url, audiences: ["s3-broker"], fetch } },
    tenants: { "team-a": { ...FOLDER, identities: { uploader: { issuer: "cluster", subject: "alice" } } } },
    addressOf: () => "10.0.3.7",
    now: Date.now,
  });
  const request = assume(await issuer.issue({ sub: "alice" }), { prefix: "team/in", DurationSeconds: "1800" });
  request.headers.set("user-agent", "aws-cli/2.1");
  const response = await broker(request);
  assertEquals(audit, [{
    type: "granted",
    requestId: response.headers.get("x-request-id") ?? "none",
    protocol: "web_identity",
    tenant: "team-a",
    identity: "uploader",
    issuer: "cluster",
    subject: "alice",
    address: "10.0.3.7",
    userAgent: "aws-cli/2.1",
    asked: { folder: "team/in/", durationSeconds: 1_800 },
    folder: "s3://media/team/in/",
    accessKeyId: "ASIAMINTED",
    expiration: new Date("2999-01-01T00:00:00Z"),
    isCached: false,
    stsRequestId: "R1",
  }]);
});

Deno.test("createBroker() logs who was refused, and what was asked for", async () => {
  const { broker, audit } = stubBroker(stubFetch());
  const response = await broker(get(SECRET, "?allow=read,delete"));
  assertEquals(audit, [{
    type: "refused",
    requestId: response.headers.get("x-request-id") ?? "none",
    protocol: "container",
    tenant: "team",
    asked: { allow: ["read", "delete"] },
    reason: '"delete" is not permitted',
  }]);
});

Deno.test("createBroker() logs at most 200 characters of a user agent, and of a subject, without controls", async () => {
  await using issuer = await openTestIssuer();
  const { broker, audit } = stubBroker(stubFetch(), {
    issuers: { cluster: { url: issuer.url, audiences: ["s3-broker"], fetch } },
    now: Date.now,
  });
  const request = get(await issuer.issue({ sub: `a\n\u001b[2J${"x".repeat(1_000)}` }));
  request.headers.set("user-agent", `\u0080${"y".repeat(1_000)}`);
  await broker(request);
  const { subject, userAgent } = audit[0] ?? {};
  assertEquals([subject?.length, userAgent?.length], [200, 200]);
  assertMatch(subject ?? "", /^a\\u000a\\u001b\[2Jx+$/);
  assertMatch(userAgent ?? "", /^\\u0080y+$/);
});

for (const protocol of PROTOCOLS) {
  Deno.test(`createBroker() never logs or says a secret, a token or a key in the protocol ${protocol}`, async () => {
    await using issuer = await openTestIssuer();
    const tokens = [await issuer.issue({ sub: "alice" }), await issuer.issue({ sub: "mallory" })];
    const secrets = [SECRET, "wrong-secret-canary", ...tokens];
    const sts = stubFetch(
      stsReply({ expiration: "2999-01-01T00:00:00Z" }),
      stsError(403, "AccessDenied", "said-canary"),
    );
    const { broker, audit } = stubBroker(sts, {
      issuers: { cluster: { url: issuer.url, audiences: ["s3-broker"], fetch } },
      tenants: {
        team: { secretSha256: await sha256Of(SECRET), ...FOLDER },
        alice: { ...FOLDER, prefix: "alice", identities: { alice: { issuer: "cluster", subject: "alice" } } },
      },
      now: Date.now,
    });
    const failures = [];
    for (const secret of secrets) {
      for (const fields of [{}, { prefix: "elsewhere" }, { allow: secret }, { prefix: secret }]) {
        const response = await broker(askIn(secret, fields)(protocol));
        if (response.status !== 200) failures.push(await response.text());
      }
    }
    assertEquals(new Set(audit.map(({ type }) => type)), new Set(["granted", "refused", "failed"]));
    const logged = audit.map(logLine).join("\n");
    const hidden = [...secrets, "minted-key-canary", "minted-token-canary", "secret-key-canary"];
    for (const secret of hidden) assertFalse(logged.includes(secret), `${secret.slice(0, 20)} is in the log`);
    for (const hash of await Promise.all(secrets.map(sha256Of))) assertFalse(logged.includes(hash));
    const answered = failures.join("\n");
    for (const secret of [...hidden, "said-canary"]) {
      assertFalse(answered.includes(secret), `${secret.slice(0, 20)} is in a response`);
    }
  });
}
