import { assertEquals, assertThrows } from "@std/assert";
import { type BrokerOptions, createBroker } from "../../src/broker/mod.ts";
import { ConfigError } from "../../src/errors.ts";
import { createMemoryState } from "../../src/state/memory_state.ts";
import type { State } from "../../src/state/state.ts";
import { brokenState } from "../support/broken_state.ts";
import { askAs, NOW, SECRET, stubBroker } from "../support/stub_broker.ts";
import { stubFetch } from "../support/stub_fetch.ts";
import { stsReply } from "../support/stub_sts.ts";

const secret = "Zx9bW2nQ5tLk8VdR1yMc4JhG7sFp0oEa";

/** Processes of a broker with one STS and one state. */
function createProcesses(state: State, options: Partial<BrokerOptions> = {}, clock = { nowMs: NOW }) {
  let calls = 0;
  const sts = stubFetch(() => {
    calls++;
    return stsReply({ expiration: new Date(clock.nowMs + 3_600_000).toISOString(), accessKeyId: `KEY${calls}` });
  });
  const start = () =>
    stubBroker(sts, { state, secret, now: () => clock.nowMs, addressOf: () => "192.0.2.9", ...options });
  const keyOf = async (response: Response) => (await response.json()).AccessKeyId;
  const ask = async ({ broker }: ReturnType<typeof start>) => await keyOf(await broker(askAs(SECRET)));
  return { start, ask, calls: () => calls };
}

Deno.test("processes of a broker use the keys that one of them has got, and what they keep is sealed", async () => {
  const clock = { nowMs: NOW };
  const memory = createMemoryState({ now: () => clock.nowMs });
  const kept: string[] = [];
  const state: State = {
    ...memory,
    putIfAbsent(key, value, options) {
      kept.push(key, value);
      return memory.putIfAbsent(key, value, options);
    },
  };
  const { start, ask, calls } = createProcesses(state, {}, clock);
  const [first, second] = [start(), start()];
  assertEquals([await ask(first), await ask(second), await ask(start())], ["KEY1", "KEY1", "KEY1"]);
  assertEquals([first, second].map(({ log }) => log[0]?.isCached), [false, true]);
  // After half of their life, one of them gets new ones.
  clock.nowMs += 1_801_000;
  await ask(first);
  await new Promise((resolve) => setTimeout(resolve, 10));
  await ask(second);
  await new Promise((resolve) => setTimeout(resolve, 10));
  assertEquals([await ask(first), await ask(second), calls()], ["KEY2", "KEY2", 2]);
  clock.nowMs += 3_600_000;
  assertEquals([await ask(second), await ask(first), calls()], ["KEY3", "KEY3", 3]);
  assertEquals(kept.filter((text) => /KEY|team|token|secret/i.test(text)), []);
});

Deno.test("processes of a broker count wrong secrets together", async () => {
  const { start } = createProcesses(createMemoryState(), { maxFailuresPerMinute: 3 });
  const [first, second] = [start(), start()];
  const statuses: number[] = [];
  for (const { broker } of [first, second, first, second, first]) statuses.push((await broker(askAs("wrong"))).status);
  assertEquals(statuses, [403, 403, 403, 429, 429]);
});

Deno.test("a broker serves correct secrets while its state fails, and still limits wrong ones", async () => {
  const { start, ask } = createProcesses(brokenState(), { maxFailuresPerMinute: 1 });
  const process = start();
  assertEquals([await ask(process), await ask(process)], ["KEY1", "KEY1"]);
  const statuses = [(await process.broker(askAs("wrong"))).status, (await process.broker(askAs("wrong"))).status];
  assertEquals(statuses, [403, 429]);
});

Deno.test("createBroker() refuses a state without a secret", () => {
  const options = { sts: {}, tenants: {}, findTenant: () => Promise.resolve(undefined), state: createMemoryState() };
  assertThrows(
    () => createBroker(options),
    ConfigError,
    'Cannot use "state": it needs "secret", the same in every process',
  );
  assertThrows(() => createBroker({ ...options, secret: "short" }), ConfigError, "needs 32 or more");
});
