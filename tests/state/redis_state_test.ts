import { assert, assertEquals, assertMatch, assertNotEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { openRedisState } from "../../src/state/redis_state.ts";
import { sealState } from "../../src/state/sealed_state.ts";
import { StateError } from "../../src/state/state_error.ts";
import { randomSecret } from "../../src/tokens/signing_secret.ts";
import { findFreePorts } from "../../tools/free_ports.ts";
import { findOrInstallRedis, findOrInstallValkey } from "../../tools/redis.ts";
import { orSkip } from "../support/or_skip.ts";
import { startRedis } from "../support/redis.ts";
import { assertState } from "./conformance.ts";

const SERVERS = {
  Redis: await orSkip("all tests of a state in Redis", findOrInstallRedis),
  Valkey: await orSkip("all tests of a state in Valkey", findOrInstallValkey),
};
const long = { expiresInMs: 60_000 };
const pass = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** Runs a test with states in a Redis, and in a Valkey. */
function redisTest(
  name: string,
  test: (redis: Awaited<ReturnType<typeof startRedis>>, open: typeof openRedisState) => Promise<void>,
): void {
  for (const [server, program] of Object.entries(SERVERS)) {
    const run = async () => {
      if (program === undefined) return;
      await using redis = await startRedis(program, "--requirepass", "open sesame");
      const opened: { close(): void }[] = [];
      try {
        await test(redis, async (url) => {
          const state = await openRedisState(url);
          opened.push(state);
          return state;
        });
      } finally {
        for (const state of opened) state.close();
      }
    };
    Deno.test({ name: `${name} [${server}]`, ignore: program === undefined, fn: run });
  }
}

const urlOf = ({ port }: { readonly port: number }) => `redis://:open%20sesame@127.0.0.1:${port}`;

redisTest("openRedisState() keeps values and counts until they end", async (redis, open) => {
  const { state } = await open(urlOf(redis));
  await assertState({ state, pass });
});

redisTest("openRedisState() gives everything an end, below a prefix of its own", async (redis, open) => {
  const { state } = await open(urlOf(redis));
  const sealed = sealState(state, { secrets: [randomSecret()], deployment: "media" });
  await sealed.putIfAbsent("promise/payroll.pdf", "tok_12345", { expiresInMs: 60_000 });
  await sealed.increment("failures/192.0.2.9", { expiresInMs: 60_000 });
  const { createClient } = await import("@redis/client");
  const client = createClient({ url: urlOf(redis) });
  await client.connect();
  const keys = await client.keys("*");
  assertEquals(keys.length, 2);
  for (const key of keys) {
    assertMatch(key, /^s3source:[0-9a-f]{16}:[0-9a-f]{64}$/);
    assert(await client.pTTL(key) > 0, "it has an end");
  }
  for (const value of await client.mGet(keys)) assertMatch(value ?? "", /^(?:1|sealed:[\w-]+)$/);
  client.destroy();
});

redisTest("openRedisState() fails at once while Redis is gone, and connects again by itself", async (redis, open) => {
  const opened = await open(urlOf(redis));
  const { state } = opened;
  await state.putIfAbsent("a", "1", long);
  await redis.stop();
  await pass(50);
  const startedMs = performance.now();
  for (let i = 0; i < 2_000; i++) {
    await assertRejects(() => state.get("a"), StateError, `Cannot reach the state at 127.0.0.1:${redis.port}: `);
  }
  assert(performance.now() - startedMs < 2_000, "it does not wait");
  assertEquals(opened.isUp(), false);
  await redis.start();
  for (let tries = 0; tries < 100 && !opened.isUp(); tries++) await pass(50);
  assertEquals([opened.isUp(), await state.putIfAbsent("a", "1", long)], [true, true]);
});

redisTest("openRedisState() holds 1,000 commands at most while Redis does not answer", async (redis, open) => {
  const opened = await open(urlOf(redis));
  redis.signal("SIGSTOP");
  const calls = Array.from({ length: 1_500 }, () => opened.state.get("a").catch((error: Error) => error.message));
  const surplus = await Promise.all(calls.slice(1_000));
  assertEquals(surplus.every((answer) => answer?.startsWith("Cannot reach the state")), true);
  redis.signal("SIGCONT");
  assertEquals((await Promise.all(calls.slice(0, 900))).filter((answer) => answer !== undefined), []);
});

redisTest("openRedisState() says what is wrong, without the password", async (redis) => {
  const [port = 0] = findFreePorts(1);
  const cases = [
    [`redis://:wrong%2Dword@127.0.0.1:${redis.port}`, "it refuses the user or the password"],
    [`redis://127.0.0.1:${redis.port}`, "it refuses the user or the password"],
    [`redis://:wrong%2Dword@127.0.0.1:${port}`, "connection refused"],
    [`redis://:wrong%2Dword@nowhere.invalid`, "name not found"],
    [`rediss://:wrong%2Dword@127.0.0.1:${redis.port}`, ""],
  ] as const;
  for (const [url, reason] of cases) {
    const error = await assertRejects(() => openRedisState(url), StateError);
    const { hostname, port } = new URL(url);
    assertStringIncludes(error.message, `Cannot reach the state at ${hostname}:${port || 6379}: ${reason}`);
    assertNotEquals(error.message, `Cannot reach the state at ${hostname}:${port || 6379}: `);
    assertEquals(/wrong|sesame/.test(`${error.message} ${error.stack} ${Deno.inspect(error)}`), false);
  }
});
