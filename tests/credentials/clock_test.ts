import { assertEquals, assertRejects } from "@std/assert";
import { ConfigError, createS3Source, CredentialsExpiredError, ServiceError } from "../../mod.ts";
import { askAs, NOW, SECRET, stubBroker } from "../support/stub_broker.ts";
import { brokerReply, s3Error, s3Object, stubFetch, stubSource } from "../support/stub_fetch.ts";
import { stsError, stsReply } from "../support/stub_sts.ts";

const HOUR_MS = 3_600_000;

Deno.test("a source asks the broker again soon after the clock was set back", async () => {
  let nowMs = NOW;
  const reply = () => brokerReply({ Expiration: new Date(nowMs + 900_000).toISOString() });
  const broker = stubFetch(reply, new Response("", { status: 400 }), reply);
  const config = { credentialsUrl: "https://broker.test/", credentialsUrlSecret: "broker-secret" };
  const source = createS3Source(config, { fetch: broker.fetch, now: () => nowMs });
  await source.connect();
  nowMs += HOUR_MS;
  await assertRejects(() => source.connect(), CredentialsExpiredError);
  nowMs -= HOUR_MS / 2;
  await source.connect();
  assertEquals(broker.requests.length, 3);
});

Deno.test("a broker that is throttled asks STS again soon after the clock was set back", async () => {
  let nowMs = NOW;
  const { broker } = stubBroker(stubFetch(stsError(400, "Throttling"), stsReply()), { now: () => nowMs });
  assertEquals((await broker(askAs(SECRET))).status, 502);
  nowMs -= HOUR_MS;
  assertEquals((await broker(askAs(SECRET))).status, 200);
});

for (const date of ["Sat, 13 Sep 275760 00:00:00 GMT", "Sat, 13 Sep 20000 00:00:00 GMT", "-200000-01-01T00:00:00Z"]) {
  Deno.test(`a source does not take over a time that it cannot sign with: ${date}`, async () => {
    const store = stubFetch(s3Error(403, "RequestTimeTooSkewed", { headers: { date } }), s3Object("hello"));
    const source = stubSource(store, {}, { now: () => NOW });
    await assertRejects(() => source.read("a"), ServiceError, "the clock of this machine");
    await source.read("a");
    assertEquals(store.requests.map(({ headers }) => headers.get("x-amz-date")), [
      "20300101T000000Z",
      "20300101T000000Z",
    ]);
  });
}

Deno.test("a source refuses a time of its own that it cannot sign with", async () => {
  for (const now of [-1, 8.64e15, 8.7e15, Infinity]) {
    const source = stubSource(stubFetch(s3Object("hello")), {}, { now: () => now });
    await assertRejects(() => source.read("a"), ConfigError, '"now"');
  }
});
