import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { createMemoryState } from "../../src/state/memory_state.ts";
import { sealState } from "../../src/state/sealed_state.ts";
import type { State } from "../../src/state/state.ts";
import { StateError } from "../../src/state/state_error.ts";
import { randomSecret } from "../../src/tokens/signing_secret.ts";
import { assertState } from "./conformance.ts";

const [secret, former] = [randomSecret(), randomSecret()];
const long = { expiresInMs: 60_000 };

/** A state in memory, and what it was given. */
function createOpenState() {
  const memory = createMemoryState();
  const given = new Map<string, string>();
  const state: State = {
    ...memory,
    putIfAbsent(key, value, options) {
      given.set(key, value);
      return memory.putIfAbsent(key, value, options);
    },
  };
  return { state, given };
}

Deno.test("sealState() keeps values and counts until they end", async () => {
  let nowMs = 0;
  const state = sealState(createMemoryState({ now: () => nowMs }), { secrets: [secret], deployment: "media" });
  await assertState({
    state,
    pass(ms) {
      nowMs += ms;
      return Promise.resolve();
    },
  });
});

Deno.test("sealState() shares with those who have the deployment and the secret, also the former one", async () => {
  const { state } = createOpenState();
  const old = sealState(state, { secrets: [former], deployment: "media" });
  const both = sealState(state, { secrets: [secret, former], deployment: "media" });
  const stranger = sealState(state, { secrets: [secret], deployment: "other" });
  await old.putIfAbsent("a", "by the former", long);
  assertEquals([await both.get("a"), await both.putIfAbsent("a", "", long)], ["by the former", false]);
  assertEquals([await stranger.get("a"), await stranger.putIfAbsent("a", "", long)], [undefined, true]);
  // A login that has ended would be good again if this were nothing.
  await both.putIfAbsent("b", "by the new", long);
  await assertRejects(() => old.get("b"), StateError, 'it has another "secret"');
});

Deno.test("sealState() shows neither keys nor values, and a value belongs to its key", async () => {
  const { state, given } = createOpenState();
  const sealed = sealState(state, { secrets: [secret], deployment: "media" });
  await sealed.putIfAbsent("promise/payroll.pdf", "tok_12345", long);
  await sealed.putIfAbsent("promise/other.pdf", "tok_12345", long);
  const [[first, a] = ["", ""], [second, b] = ["", ""]] = [...given];
  for (const key of [first, second]) assertMatch(key, /^[0-9a-f]{16}:[0-9a-f]{64}$/);
  for (const value of [a, b]) assertMatch(value, /^sealed:[\w-]{60,}$/);
  await state.delete(first);
  await state.putIfAbsent(first, b, long);
  await assertRejects(() => sealed.get("promise/payroll.pdf"), StateError, "Cannot read");
});

Deno.test("sealState() believes nothing that was written without the secret", async () => {
  const { state, given } = createOpenState();
  const sealed = sealState(state, { secrets: [secret], deployment: "media" });
  await sealed.putIfAbsent("token/1", '{"isOperator":false}', long);
  const [key = ""] = given.keys();
  for (const forged of ['{"isOperator":true}', "1 ", "1".repeat(17), "", "sealed:", "sealed:x"]) {
    await state.delete(key);
    await state.putIfAbsent(key, forged, long);
    await assertRejects(() => sealed.get("token/1"), StateError, "Cannot read", forged);
  }
});
