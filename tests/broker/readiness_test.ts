import { assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { get, NOW, OTHER_SECRET, SECRET, stubBroker, tickUntil } from "../support/stub_broker.ts";
import { stubFetch } from "../support/stub_fetch.ts";
import { stsError, stsReply } from "../support/stub_sts.ts";

const READYZ = new Request("https://broker.test/readyz");
const READY = [200, { status: "ok" }];

/** A broker whose time can be set, and its answers to `GET /readyz`. */
function readiness(sts: ReturnType<typeof stubFetch>) {
  let nowMs = NOW;
  const { broker, log } = stubBroker(sts, { now: () => nowMs });
  const ask = async () => {
    const response = await broker(READYZ.clone());
    return [response.status, await response.json()];
  };
  const askAfter = (ms: number) => {
    nowMs += ms;
    return ask();
  };
  return { broker, log, askAfter };
}

const notReady = (reason: string) => [503, { status: "failed", reason: `no credentials available: ${reason}` }];

Deno.test("GET /readyz gets a tenant's keys, once", async () => {
  const sts = stubFetch(() => stsReply());
  const { askAfter } = readiness(sts);
  assertEquals([await askAfter(0), await askAfter(0), await askAfter(60_000)], [READY, READY, READY]);
  assertEquals(sts.requests.length, 1);
});

Deno.test("GET /readyz needs no keys if a tenant has some", async () => {
  const sts = stubFetch(stsReply(), stsError(403, "AccessDenied"));
  const { broker, askAfter } = readiness(sts);
  await broker(get(SECRET));
  assertEquals(await askAfter(1_000), READY);
  assertEquals(sts.requests.length, 1);
});

Deno.test("GET /readyz answers 503 with the reason, and tries another tenant after 5 s", async () => {
  const sts = stubFetch(() => stsError(403, "AccessDenied", "said-canary"));
  const { askAfter, log } = readiness(sts);
  const refused = notReady("STS refuses the broker");
  assertEquals([await askAfter(0), await askAfter(4_999)], [refused, refused]);
  assertEquals(sts.requests.length, 1);
  assertEquals(await askAfter(1), refused);
  assertEquals(await askAfter(5_000), refused);
  assertEquals(log.map(({ type, tenant }) => `${type} ${tenant}`), ["failed team", "failed other", "failed team"]);
});

Deno.test("GET /readyz is ready again as soon as a tenant gets keys", async () => {
  const { broker, askAfter } = readiness(stubFetch(stsError(403, "AccessDenied"), stsReply()));
  assertEquals(await askAfter(0), notReady("STS refuses the broker"));
  await broker(get(OTHER_SECRET));
  assertEquals(await askAfter(1), READY);
});

Deno.test("GET /readyz is not ready when all keys have expired and there are no others", async () => {
  const { askAfter } = readiness(stubFetch(stsReply(), stsError(500, "InternalError")));
  assertEquals(await askAfter(0), READY);
  using time = new FakeTime(NOW);
  let answered: unknown;
  askAfter(901_000).then((value) => answered = value);
  await tickUntil(time, () => answered !== undefined, 50);
  assertEquals(answered, notReady("STS does not work"));
});

Deno.test("GET /readyz tries once for all who ask at the same time", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const sts = stubFetch(async () => {
    await promise;
    return stsReply();
  });
  const { askAfter } = readiness(sts);
  const answers = Array.from({ length: 10 }, () => askAfter(0));
  resolve();
  assertEquals(await Promise.all(answers), Array(10).fill(READY));
  assertEquals(sts.requests.length, 1);
});

Deno.test("GET /healthz is well without keys", async () => {
  const sts = stubFetch(stsError(403, "AccessDenied"));
  const { broker } = stubBroker(sts);
  assertEquals((await broker(new Request("https://broker.test/healthz"))).status, 200);
  assertEquals(sts.requests.length, 0);
});
