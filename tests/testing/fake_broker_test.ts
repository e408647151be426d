import { assertEquals, assertRejects } from "@std/assert";
import { createS3Source } from "../../mod.ts";
import { combineFetch, createFakeBroker, type FakeBroker } from "../../src/testing/fake_broker.ts";
import { createMemoryS3 } from "../../src/testing/memory_s3/memory_s3.ts";

const NOW = Date.UTC(2026, 0, 2, 3, 4, 5);

function createBroker(): FakeBroker {
  return createFakeBroker({ secret: "open sesame", grant: { s3Folder: "s3://bucket/team/" }, now: () => NOW });
}

function send(broker: FakeBroker, init: RequestInit): Promise<Response> {
  return broker.fetch("https://broker.test/credentials", init);
}

function post(secret: string): RequestInit {
  return { method: "POST", body: new URLSearchParams({ secret }) };
}

Deno.test("createFakeBroker() replies with the five fields", async () => {
  const response = await send(createBroker(), post("open sesame"));
  assertEquals([response.status, await response.json()], [200, {
    AccessKeyId: "memory-access-key",
    SecretAccessKey: "memory-secret-key",
    SessionToken: "session-token",
    Expiration: "2026-01-02T04:04:05.000Z",
    S3Folder: "s3://bucket/team/",
  }]);
});

Deno.test("createFakeBroker() remembers its calls", async () => {
  const broker = createBroker();
  await send(broker, post("open sesame"));
  assertEquals(broker.calls, [{
    method: "POST",
    contentType: "application/x-www-form-urlencoded;charset=UTF-8",
    body: "secret=open+sesame",
  }]);
});

for (
  const [name, init, status] of [
    ["another method", { method: "PUT", body: "secret=open+sesame" }, 405],
    ["another content type", { method: "POST", body: "secret=open+sesame" }, 415],
    ["another secret", post("wrong"), 403],
  ] as const
) {
  Deno.test(`createFakeBroker() refuses ${name}`, async () => {
    assertEquals((await send(createBroker(), init)).status, status);
  });
}

Deno.test("createFakeBroker() rejects for another URL", async () => {
  await assertRejects(() => createBroker().fetch("https://broker.test/other"), TypeError, "not at this URL");
});

Deno.test("createFakeBroker() grants by the number of the call", async () => {
  const broker = createFakeBroker({ secret: "s", grant: (callNumber) => ({ s3Folder: `s3://bucket/${callNumber}/` }) });
  await send(broker, post("s"));
  assertEquals((await (await send(broker, post("s"))).json()).S3Folder, "s3://bucket/2/");
});

Deno.test("createFakeBroker() replies as respondWith() says, until that is undone", async () => {
  const broker = createBroker();
  broker.respondWith(() => new Response("gone", { status: 404 }));
  assertEquals((await send(broker, post("open sesame"))).status, 404);
  broker.respondWith(undefined);
  assertEquals((await send(broker, post("open sesame"))).status, 200);
});

Deno.test("combineFetch() routes requests by origin", async () => {
  const s3 = createMemoryS3({
    credentials: { ASIA: { secretAccessKey: "s", sessionToken: "t", bucket: "bucket", prefix: "team/" } },
  });
  const broker = createFakeBroker({
    secret: "open sesame",
    grant: { accessKeyId: "ASIA", secretAccessKey: "s", sessionToken: "t", s3Folder: "s3://bucket/team/" },
  });
  const { endpointUrl } = s3.config;
  const source = createS3Source({ ...broker.config, endpointUrl }, {
    fetch: combineFetch({ "https://broker.test": broker.fetch, [endpointUrl]: s3.fetch }),
  });
  await source.upload("a.txt", "A");
  assertEquals(s3.listKeys("bucket"), ["team/a.txt"]);
});

Deno.test("combineFetch() routes requests for a bucket's host to its store", async () => {
  const s3 = createMemoryS3({ buckets: ["media"] });
  const stranger = () => Promise.reject(new Error("not asked"));
  const fetch = combineFetch({
    "http://memory.s3.test": stranger,
    "https://media.memory.s3.test:8443": stranger,
    [s3.config.endpointUrl]: s3.fetch,
  });
  const source = createS3Source({ ...s3.config, store: { addressing: "virtual" } }, { fetch });
  await source.upload("a.txt", "A");
  assertEquals(s3.listKeys("media"), ["a.txt"]);
});

Deno.test("combineFetch() rejects for an unknown origin", async () => {
  const error = await assertRejects(() => combineFetch({})("https://example.com/"), TypeError);
  assertEquals(error.message, "fetch failed: nothing answers for https://example.com");
});
