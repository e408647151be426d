import { assertEquals } from "@std/assert";
import { askIn, NOW, OTHER_SECRET, PROTOCOLS, SECRET, sha256Of, stubBroker, TEAM } from "../support/stub_broker.ts";
import { stubFetch } from "../support/stub_fetch.ts";
import { stsReply } from "../support/stub_sts.ts";

const DAY_MS = 86_400_000;
const { secretSha256: _, ...FOLDER } = TEAM;

/** A tenant "a" with the secret "spring", which ends, and "summer", which does not. */
async function rotating({ endsMs = NOW + 30 * DAY_MS, now = () => NOW } = {}) {
  const spring = { sha256: await sha256Of(SECRET), expiresAt: new Date(endsMs) };
  const summer = { sha256: await sha256Of(OTHER_SECRET) };
  const tenants = { a: { ...FOLDER, secrets: { spring, summer } } };
  const sts = stubFetch(() => stsReply({ expiration: new Date(now() + 3_600_000).toISOString() }));
  return stubBroker(sts, { tenants, now });
}

Deno.test("createBroker() knows a tenant by each of its secrets, and logs which", async () => {
  const { broker, audit } = await rotating();
  for (const secret of [SECRET, OTHER_SECRET]) {
    for (const protocol of PROTOCOLS) assertEquals((await broker(askIn(secret)(protocol))).status, 200);
  }
  assertEquals(audit.map(({ type, tenant, secret, protocol }) => [type, tenant, secret, protocol].join()), [
    "granted,a,spring,form",
    "granted,a,spring,container",
    "granted,a,spring,web_identity",
    "granted,a,summer,form",
    "granted,a,summer,container",
    "granted,a,summer,web_identity",
  ]);
});

Deno.test("createBroker() gives all secrets of a tenant the same keys", async () => {
  const { broker, log } = await rotating();
  for (const secret of [SECRET, OTHER_SECRET]) await broker(askIn(secret)("container"));
  assertEquals(log.map(({ isCached }) => isCached), [false, true]);
});

Deno.test("createBroker() refuses a secret from its end on, and only its log says why", async () => {
  let nowMs = NOW;
  const { broker, audit } = await rotating({ endsMs: NOW + 1_000, now: () => nowMs });
  nowMs = NOW + 999;
  assertEquals((await broker(askIn(SECRET)("container"))).status, 200);
  nowMs = NOW + 1_000;
  const ended = await broker(askIn(SECRET)("container"));
  const wrong = await broker(askIn("wrong")("container"));
  assertEquals([ended.status, await ended.json()], [403, await wrong.json()]);
  const { type, tenant, secret, reason } = audit.at(-2) ?? {};
  assertEquals([type, tenant, secret, reason], ["refused", "a", "spring", "the secret has expired"]);
  assertEquals((await broker(askIn(OTHER_SECRET)("container"))).status, 200);
});

Deno.test("createBroker() counts a secret that has expired as a failure", async () => {
  const tenants = {
    a: { ...FOLDER, secrets: { old: { sha256: await sha256Of(SECRET), expiresAt: "2029-12-31" } } },
  };
  const options = { tenants, addressOf: () => "192.0.2.1", maxFailuresPerMinute: 2 };
  const { broker } = stubBroker(stubFetch(), options);
  const statuses = [];
  for (let i = 0; i < 3; i++) statuses.push((await broker(askIn(SECRET)("form"))).status);
  assertEquals(statuses, [403, 403, 429]);
});

Deno.test("createBroker() warns once a day of a secret that is used and ends within 7 days", async () => {
  let nowMs = NOW;
  const { broker, log } = await rotating({ endsMs: NOW + 8 * DAY_MS, now: () => nowMs });
  const warningsOn = async (day: number) => {
    nowMs = NOW + day * DAY_MS + 60_000;
    log.length = 0;
    for (let i = 0; i < 3; i++) await broker(askIn(SECRET)("container"));
    return log.filter(({ type }) => type === "warning").map(({ tenant, reason }) => `${tenant}: ${reason}`);
  };
  const warning = (left: string) => [`a: The secret "spring" of "a" ends in ${left}, and has been used today`];
  assertEquals(await warningsOn(0), []);
  assertEquals(await warningsOn(1), warning("7 days"));
  assertEquals(await warningsOn(2), warning("6 days"));
  assertEquals(await warningsOn(7), warning("1 day"));
  assertEquals(await warningsOn(8), []);
});
