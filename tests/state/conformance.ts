import { assertEquals } from "@std/assert";
import type { State } from "../../src/state/state.ts";

/** A state to test, and a way to let its time pass. */
export interface TestedState {
  readonly state: State;
  readonly pass: (ms: number) => Promise<void>;
}

/** What every state must do. */
export async function assertState({ state, pass }: TestedState): Promise<void> {
  const own = crypto.randomUUID();
  const key = (name: string) => `${own}/${name}`;
  const short = { expiresInMs: 150 };
  const long = { expiresInMs: 60_000 };

  // Of many at once, one stores its value.
  const tries = await Promise.all(["a", "b", "c"].map((value) => state.putIfAbsent(key("x"), value, long)));
  assertEquals(tries.filter((isStored) => isStored).length, 1);
  assertEquals(await state.get(key("x")), ["a", "b", "c"][tries.indexOf(true)]);

  // A key is free again when it was removed, or has ended.
  await state.delete(key("x"));
  await state.delete(key("nothing"));
  assertEquals([await state.get(key("x")), await state.get(key("nothing"))], [undefined, undefined]);
  assertEquals(await state.putIfAbsent(key("x"), "", short), true);
  assertEquals(await state.get(key("x")), "");
  await pass(200);
  assertEquals(await state.get(key("x")), undefined);
  assertEquals(await state.putIfAbsent(key("x"), '{"ü":"\\u0000"}\0', long), true);
  assertEquals(await state.get(key("x")), '{"ü":"\\u0000"}\0');

  // A count ends when its first increment said.
  const counts = await Promise.all([1, 2, 3].map(() => state.increment(key("n"), short)));
  assertEquals(counts.map(({ count }) => count), [1, 2, 3]);
  await pass(100);
  const { count, expiresInMs } = await state.increment(key("n"), long);
  assertEquals([count, expiresInMs > 0 && expiresInMs <= 50, await state.get(key("n"))], [4, true, "4"]);
  assertEquals(await state.putIfAbsent(key("n"), "", long), false);
  await pass(100);
  assertEquals([await state.get(key("n")), (await state.increment(key("n"), long)).count], [undefined, 1]);
  await state.delete(key("n"));
  assertEquals((await state.increment(key("n"), long)).count, 1);
}
