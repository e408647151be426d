import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { createMemoryState } from "../../src/state/memory_state.ts";
import { StateError } from "../../src/state/state_error.ts";
import { ConfigError } from "../../src/errors.ts";
import { assertState } from "./conformance.ts";

Deno.test("createMemoryState() keeps values and counts until they end", async () => {
  let nowMs = 0;
  const state = createMemoryState({ now: () => nowMs });
  await assertState({
    state,
    pass(ms) {
      nowMs += ms;
      return Promise.resolve();
    },
  });
});

Deno.test("createMemoryState() refuses values when it is full, until some have ended", async () => {
  let nowMs = 0;
  const state = createMemoryState({ maxEntries: 2, now: () => nowMs });
  const put = (key: string, expiresInMs = 1_000) => state.putIfAbsent(key, "", { expiresInMs });
  assertEquals([await put("a", 10), await put("b"), await put("b")], [true, true, false]);
  const error = await assertRejects(() => put("c"), StateError, "Cannot remember anything else: there are 2 entries");
  assertEquals(error.code, "StateFull");
  nowMs = 10;
  assertEquals([await put("c"), await state.get("b")], [true, ""]);
});

Deno.test("createMemoryState() drops the count that has not grown for longest when there are too many", async () => {
  const state = createMemoryState({ maxEntries: 2, now: () => 0 });
  const grow = (key: string) => state.increment(key, { expiresInMs: 1_000 });
  for (const key of ["a", "b", "a", "c"]) await grow(key);
  assertEquals(await Promise.all(["a", "b", "c"].map((key) => state.get(key))), ["2", undefined, "1"]);
});

Deno.test("createMemoryState() removes what has ended once a minute", async () => {
  let nowMs = 0;
  const state = createMemoryState({ maxEntries: 1, now: () => nowMs });
  await state.putIfAbsent("a", "", { expiresInMs: 1 });
  await state.increment("n", { expiresInMs: 1 });
  nowMs = 60_000;
  await state.increment("m", { expiresInMs: 1 });
  assertEquals(await state.putIfAbsent("b", "", { expiresInMs: 1 }), true);
});

Deno.test("createMemoryState() begins a count again when the clock is set back", async () => {
  let nowMs = 3_600_000;
  const state = createMemoryState({ now: () => nowMs });
  await state.increment("n", { expiresInMs: 1_000 });
  nowMs = 0;
  assertEquals(await state.get("n"), undefined);
  assertEquals(await state.increment("n", { expiresInMs: 1_000 }), { count: 1, expiresInMs: 1_000 });
});

Deno.test("createMemoryState() refuses options that it cannot use", () => {
  assertThrows(() => createMemoryState({ maxEntries: 0 }), ConfigError, "maxEntries");
});
