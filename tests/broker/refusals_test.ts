import { assert, assertEquals, assertFalse, assertStringIncludes, assertThrows } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { ConfigError } from "../../mod.ts";
import type { BrokerOptions } from "../../src/broker/mod.ts";
import {
  askAs,
  assume,
  get,
  NOW,
  OTHER_SECRET,
  post,
  SECRET,
  stubBroker,
  TEAM,
  tickUntil,
} from "../support/stub_broker.ts";
import { KEYS, stubFetch } from "../support/stub_fetch.ts";
import { childElement, childText, readXml } from "../../src/s3/xml/xml.ts";
import { stsError, stsReply } from "../support/stub_sts.ts";

for (
  const [name, body] of Object.entries({
    "a wrong secret": "secret=wrong",
    "no secret": "other=1",
    "an empty secret": "secret=",
    "an empty body": "",
    "two secrets": `secret=${SECRET}&secret=${SECRET}`,
    "the hash instead of the secret": `secret=${TEAM.secretSha256}`,
    "a secret with a suffix": `secret=${SECRET}x`,
  })
) {
  Deno.test(`createBroker() answers 403 to ${name}`, async () => {
    const sts = stubFetch(stsReply());
    const { broker, log } = stubBroker(sts);
    const response = await broker(post(body));
    assertEquals([response.status, await response.json()], [403, { error: "Forbidden" }]);
    const isEmpty = new URLSearchParams(body).getAll("secret").join("") === "" || name === "two secrets";
    assertEquals(log, [{ type: "refused", reason: isEmpty ? "no secret" : "a wrong secret" }]);
    assertEquals(sts.requests.length, 0);
  });
}

for (
  const [name, request, status, allow] of [
    ["HEAD", new Request("https://broker.test/credentials", { method: "HEAD" }), 405, "GET, POST"],
    ["PUT", new Request("https://broker.test/credentials", { method: "PUT", body: "secret=x" }), 405, "GET, POST"],
    ["GET /", new Request("https://broker.test/"), 405, "POST"],
    ["POST /healthz", post("", { path: "/healthz" }), 405, "GET, HEAD"],
    ["another path", post(`secret=${SECRET}`, { path: "/credentials/" }), 404, null],
    ["JSON", post(JSON.stringify({ secret: SECRET }), { type: "application/json" }), 415, null],
    ["a multipart form", post("", { type: "multipart/form-data; boundary=x" }), 415, null],
    ["no content type", post(new Uint8Array(), { type: "" }), 415, null],
    ["more than 32 KiB", post(`secret=${"x".repeat(32 * 1024)}`), 413, null],
  ] as const
) {
  Deno.test(`createBroker() answers ${status} to ${name}`, async () => {
    const sts = stubFetch(stsReply());
    const response = await stubBroker(sts).broker(request);
    await response.body?.cancel();
    assertEquals([response.status, response.headers.get("allow")], [status, allow]);
    assertEquals(response.headers.get("cache-control"), "no-store");
    const accepted = status === 415 ? "application/x-www-form-urlencoded" : null;
    assertEquals(response.headers.get("accept-post"), accepted);
    assertEquals(sts.requests.length, 0);
  });
}

Deno.test("createBroker() accepts a form of 32 KiB", async () => {
  const { broker } = stubBroker(stubFetch(stsReply()));
  const form = `secret=${SECRET}&padding=`;
  assertEquals((await broker(post(form.padEnd(32 * 1024, "x")))).status, 200);
});

Deno.test("createBroker() stops reading a body that is larger than it declares and than the limit", async () => {
  let chunks = 0;
  let isCancelled = false;
  const body = new ReadableStream({
    pull(controller) {
      chunks++;
      controller.enqueue(new Uint8Array(1024));
    },
    cancel() {
      isCancelled = true;
    },
  });
  const headers = { "content-type": "application/x-www-form-urlencoded", "content-length": "10" };
  const request = new Request("https://broker.test/credentials", { method: "POST", headers, body });
  assertEquals((await stubBroker(stubFetch(stsReply())).broker(request)).status, 413);
  assert(chunks <= 36 && isCancelled, `${chunks} KiB were read`);
});

Deno.test("createBroker() answers 408 to a body that does not arrive", async () => {
  using time = new FakeTime(NOW);
  let isCancelled = false;
  const cancel = () => void (isCancelled = true);
  const request = post(new ReadableStream({ pull: () => new Promise(() => {}), cancel }));
  let status: number | undefined;
  stubBroker(stubFetch(stsReply())).broker(request).then((response) => status = response.status);
  await tickUntil(time, () => status !== undefined, 1_000);
  assertEquals([status, isCancelled], [408, true]);
});

Deno.test("createBroker() answers 400 to a body that breaks off", async () => {
  const body = new ReadableStream({ pull: (controller) => controller.error(new TypeError("reset")) });
  assertEquals((await stubBroker(stubFetch(stsReply())).broker(post(body))).status, 400);
});

Deno.test("createBroker() answers 400 to an invalid URL, with one entry in the log", async () => {
  const { broker, log } = stubBroker(stubFetch());
  const request = Object.defineProperty(askAs(SECRET), "url", { value: "http://a b/credentials" });
  const response = await broker(request);
  assertEquals([response.status, await response.json()], [400, { error: "Bad request" }]);
  assertEquals(log.map(({ type }) => type), ["refused"]);
});

Deno.test("createBroker() answers 405 to TRACE", async () => {
  const { broker } = stubBroker(stubFetch());
  const response = await broker(Object.defineProperty(askAs(SECRET), "method", { value: "TRACE" }));
  assertEquals([response.status, await response.json()], [405, { error: "Method not allowed" }]);
});

for (const method of ["GET", "HEAD"]) {
  Deno.test(`createBroker() answers ${method} /healthz without a secret and without STS`, async () => {
    const sts = stubFetch(stsReply());
    const response = await stubBroker(sts).broker(new Request("https://broker.test/healthz", { method }));
    assertEquals([response.status, response.headers.get("cache-control")], [200, "no-store"]);
    assertEquals(sts.requests.length, 0);
  });
}

Deno.test("createBroker() forbids caching of keys and refusals", async () => {
  const { broker } = stubBroker(stubFetch(stsReply(), stsError(403, "AccessDenied")));
  for (const secret of [SECRET, OTHER_SECRET, "wrong"]) {
    assertEquals((await broker(askAs(secret))).headers.get("cache-control"), "no-store");
  }
});

Deno.test("createBroker() keeps secrets out of its log and of refusals", async () => {
  const said = `${KEYS.secretAccessKey} The Canonical String`;
  const { broker, log } = stubBroker(stubFetch(stsReply(), stsError(403, "SignatureDoesNotMatch", said)));
  const refusals = [];
  for (const secret of [SECRET, OTHER_SECRET, "wrong-secret-canary"]) {
    const response = await broker(askAs(secret));
    if (response.status !== 200) refusals.push(await response.text(), [...response.headers]);
  }
  assertEquals(log.map(({ type, expiration }) => [type, expiration !== undefined]), [
    ["granted", true],
    ["failed", false],
    ["refused", false],
  ]);
  assertFalse(/canary/.test(Deno.inspect([log, refusals, broker], { depth: 20 })));
});

for (
  const [name, options, message] of [
    ["a limit of 0", { maxFailuresPerMinute: 0 }, '"maxFailuresPerMinute": it must be a whole number from 1 to 1000'],
    ["no role on AWS", { sts: {} }, 'Cannot use "broker.sts.role_arn": AWS needs it'],
    ["no tenant", { tenants: {} }, 'Cannot use "broker.tenants": it has no tenant'],
    [
      "a prefix with a wildcard that SeaweedFS and MinIO cannot escape",
      { sts: { endpointUrl: "http://store.test" }, tenants: { a: { ...TEAM, prefix: "team-*" } } },
      'the prefix "team-*/" of the bucket "media": its "*" would also match other folders',
    ],
    [
      "a prefix that is too long for a policy",
      { tenants: { a: { ...TEAM, prefix: "x".repeat(1000) } } },
      "more than the 2048 that STS accepts; choose a shorter prefix",
    ],
  ] as const
) {
  Deno.test(`createBroker() refuses ${name} when it is created`, () => {
    assertStringIncludes(
      assertThrows(() => stubBroker(stubFetch(), options as Partial<BrokerOptions>), ConfigError).message,
      message,
    );
  });
}

Deno.test("createBroker() reads a slow body into a buffer of 1 KiB, not 64 KiB", async () => {
  const { broker } = stubBroker(stubFetch(stsReply()));
  const rest = [...new TextEncoder().encode(new URLSearchParams({ secret: SECRET }).toString())];
  const lent: number[] = [];
  const sender: UnderlyingByteSource = {
    type: "bytes",
    pull(controller) {
      const { byobRequest } = controller;
      const [byte] = rest.splice(0, 1);
      if (byte === undefined) controller.close();
      if (!byobRequest?.view) return;
      lent.push(byobRequest.view.byteLength);
      new Uint8Array(byobRequest.view.buffer, byobRequest.view.byteOffset)[0] = byte ?? 0;
      byobRequest.respond(byte === undefined ? 0 : 1);
    },
  };
  assertEquals((await broker(post(new ReadableStream(sender)))).status, 200);
  assert(lent.length > 0 && lent.every((bytes) => bytes <= 1_024), `${lent.slice(0, 5)}`);
});

Deno.test("createBroker() repeats no parameter's name that may be a secret", async () => {
  const { broker, log } = stubBroker(stubFetch());
  const { message } = await (await broker(get(undefined, `?${SECRET}-of-43-characters`))).json();
  assertEquals([message, log[0]?.reason], ["there is no parameter of this name", message]);
});

Deno.test("createBroker() answers in XML whatever characters a request has", async () => {
  const { broker } = stubBroker(stubFetch());
  for (
    const [fields, message] of [
      [{ tenant: "a\ufffeb\uffff" }, 'the caller is not the tenant "a\ufffdb\ufffd"'],
      [{ "PolicyArns\u0000\u001b": "x" }, 'PolicyArns is not supported; ask for less with "prefix" and "allow"'],
    ] as const
  ) {
    const text = await (await broker(assume(SECRET, fields))).text();
    assertEquals(childText(childElement(readXml(text), "Error") ?? readXml(text), "Message"), message);
  }
});
