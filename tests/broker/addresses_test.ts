import { assertEquals } from "@std/assert";
import { askAs, SECRET, stubBroker } from "../support/stub_broker.ts";
import { stubFetch } from "../support/stub_fetch.ts";
import { stsReply } from "../support/stub_sts.ts";

const PROXIES = { addressHeader: "X-Forwarded-For", trustedProxies: ["10.0.0.0/8", "::1"] };

for (
  const [peer, header, address] of [
    ["10.0.0.1", "192.0.2.1", "192.0.2.1"],
    ["10.0.0.1", "198.51.100.9, 192.0.2.1", "192.0.2.1"],
    ["10.0.0.1", "192.0.2.1, 10.0.0.2", "192.0.2.1"],
    ["::ffff:10.0.0.1", "192.0.2.1, 10.9.9.9,10.0.0.2 ", "192.0.2.1"],
    ["::1", "2001:db8::7, ::1", "2001:db8::7"],
    ["::1", "192.0.2.1:4711, 10.0.0.2:443, [::1]:80", "192.0.2.1"],
    ["10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"],
    ["10.0.0.1", "unknown", "unknown"],
    ["10.0.0.1", undefined, "10.0.0.1"],
    ["10.0.0.1", " , ", "10.0.0.1"],
    ["192.0.2.99", "192.0.2.1", "192.0.2.99"],
    ["11.0.0.1", "10.0.0.1", "11.0.0.1"],
    [undefined, "192.0.2.1", undefined],
  ] as const
) {
  Deno.test(`createBroker() takes ${peer}, forwarding for ${header}, for ${address}`, async () => {
    const { broker, audit } = stubBroker(stubFetch(stsReply()), { ...PROXIES, addressOf: () => peer });
    const request = askAs(SECRET);
    if (header !== undefined) request.headers.set("x-forwarded-for", header);
    await broker(request);
    assertEquals(audit[0]?.address, address);
  });
}

Deno.test("createBroker() limits failures by the address that a trusted proxy names", async () => {
  const { broker } = stubBroker(stubFetch(), { ...PROXIES, addressOf: () => "10.0.0.1", maxFailuresPerMinute: 1 });
  const ask = async (forwarded: string) => {
    const request = askAs("wrong");
    request.headers.set("x-forwarded-for", forwarded);
    return (await broker(request)).status;
  };
  assertEquals([await ask("192.0.2.1"), await ask("192.0.2.2"), await ask("1.1.1.1, 192.0.2.1")], [403, 403, 429]);
});

for (
  const [peer, headers, status] of [
    ["127.0.0.1", {}, 200],
    ["::1", {}, 200],
    ["::ffff:127.0.0.1", {}, 200],
    ["192.0.2.1", {}, 404],
    [undefined, {}, 404],
    ["127.0.0.1", { "x-forwarded-for": "127.0.0.1" }, 404],
    ["127.0.0.1", { forwarded: "for=127.0.0.1" }, 404],
    ["127.0.0.1", { "x-real-ip": "127.0.0.1" }, 404],
    // A trusted proxy: it depends on whom it forwards for.
    ["10.0.0.1", { "x-forwarded-for": "127.0.0.1" }, 200],
    ["10.0.0.1", { "x-forwarded-for": "127.0.0.1:4711" }, 200],
    ["10.0.0.1", { "x-forwarded-for": "192.0.2.1" }, 404],
    ["10.0.0.1", { "x-forwarded-for": "127.0.0.1, 192.0.2.1" }, 404],
    ["10.0.0.1", { "x-real-ip": "127.0.0.1" }, 404],
    ["10.0.0.1", {}, 404],
    ["192.0.2.1", { "x-forwarded-for": "127.0.0.1" }, 404],
  ] as const
) {
  Deno.test(`GET /metrics answers ${status} to ${peer} with ${JSON.stringify(headers)}`, async () => {
    const { broker } = stubBroker(stubFetch(), { ...PROXIES, addressOf: () => peer });
    assertEquals((await broker(new Request("https://broker.test/metrics", { headers }))).status, status);
  });
}

Deno.test("GET /metrics answers those whom metricsFrom names", async () => {
  const statuses = [];
  for (const peer of ["10.1.2.3", "127.0.0.1"]) {
    const { broker } = stubBroker(stubFetch(), { metricsFrom: ["10.0.0.0/8"], addressOf: () => peer });
    statuses.push((await broker(new Request("https://broker.test/metrics"))).status);
  }
  assertEquals(statuses, [200, 404]);
});

Deno.test("GET /metrics does not believe an address header without trusted proxies", async () => {
  const { broker } = stubBroker(stubFetch(), { addressHeader: "x-client", addressOf: () => "127.0.0.1" });
  const headers = { "x-client": "127.0.0.1" };
  assertEquals((await broker(new Request("https://broker.test/metrics", { headers }))).status, 404);
});
