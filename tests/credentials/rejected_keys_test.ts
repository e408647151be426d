import { assertEquals, assertRejects } from "@std/assert";
import { stub } from "@std/testing/mock";
import { FakeTime } from "@std/testing/time";
import { createS3Source, ServiceError } from "../../mod.ts";
import { s3Error, s3Object, stubFetch } from "../support/stub_fetch.ts";
import { createWorld, down, MINUTE, newKeys, START } from "./broker_world.ts";

Deno.test("a source whose keys cannot change keeps using them after the store has rejected them once", async () => {
  using _time = new FakeTime(START);
  let provided = 0;
  const store = stubFetch(s3Error(403, "InvalidAccessKeyId"), s3Object("hello"));
  const source = createS3Source({ bucket: "media" }, {
    fetch: store.fetch,
    credentials() {
      provided++;
      return Promise.resolve({ accessKeyId: "KEY", secretAccessKey: "s" });
    },
  });
  await assertRejects(() => source.read("a.txt"), ServiceError, "InvalidAccessKeyId");
  assertEquals((await source.read("a.txt")).byteLength, 5);
  assertEquals([provided, store.requests.length], [2, 2]);
});

for (
  const [status, code] of [
    [401, "Unauthorized"],
    [401, "AccessDenied"],
    [403, "InvalidTokenId"],
    [400, "TokenRefreshRequired"],
    [403, "InvalidClientTokenId"],
    [403, "UnrecognizedClientException"],
    [400, "ExpiredTokenException"],
  ] as const
) {
  Deno.test(`read() asks for newer keys once after ${status} ${code}`, async () => {
    let provided = 0;
    const store = stubFetch(({ headers }) =>
      headers.get("authorization")?.includes("KEY-1/") ? s3Error(status, code) : s3Object("hello")
    );
    const source = createS3Source({ bucket: "media" }, {
      fetch: store.fetch,
      credentials: () => Promise.resolve({ accessKeyId: `KEY-${++provided}`, secretAccessKey: "s" }),
    });
    assertEquals((await source.read("a.txt")).byteLength, 5);
    assertEquals([provided, store.requests.length], [2, 2]);
  });
}

Deno.test("stat() asks for newer keys once after a 401, which has no code", async () => {
  let provided = 0;
  const store = stubFetch(new Response(null, { status: 401 }), s3Object("hello"));
  const source = createS3Source({ bucket: "media" }, {
    fetch: store.fetch,
    credentials: () => Promise.resolve({ accessKeyId: `KEY-${++provided}`, secretAccessKey: "s" }),
  });
  assertEquals((await source.stat("a.txt"))?.size, 5);
  assertEquals([provided, store.requests.length], [2, 2]);
});

Deno.test("a store that accepts no keys does not make each operation call the provider", async () => {
  using _time = new FakeTime(START);
  let provided = 0;
  const { fetch } = stubFetch(s3Error(403, "InvalidAccessKeyId"));
  const source = createS3Source({ bucket: "media" }, {
    fetch,
    credentials: () =>
      Promise.resolve({
        accessKeyId: `KEY-${++provided}`,
        secretAccessKey: "s",
        expiration: new Date(Date.now() + 15 * MINUTE),
      }),
  });
  for (let operation = 0; operation < 50; operation++) {
    await assertRejects(() => source.read("a.txt"), ServiceError, "the store does not know the access key");
  }
  assertEquals(provided, 7);
});

Deno.test("read() keeps keys that the store has rejected while the broker must not be called", async () => {
  using time = new FakeTime(START);
  // The longest pause.
  using _random = stub(Math, "random", () => 0.9999);
  const world = createWorld(newKeys());
  await world.source.credentials();
  world.broker = down;
  time.tick(14 * MINUTE);
  await world.source.credentials();
  await time.tickAsync(0);
  const calls = world.callsMs.length;
  world.store = () => s3Error(403, "InvalidAccessKeyId");
  await assertRejects(() => world.source.read("a.txt"), ServiceError, "InvalidAccessKeyId");
  world.store = () => s3Object("hello");
  assertEquals((await world.source.read("a.txt")).byteLength, 5);
  assertEquals(world.callsMs.length, calls);
});
