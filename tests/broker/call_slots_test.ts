import { assertEquals } from "@std/assert";
import { createCallSlots } from "../../src/broker/keys/call_slots.ts";

Deno.test("createCallSlots() offers no slot that a waiting call is about to take", async () => {
  let nowMs = 0;
  const slots = createCallSlots({ count: 1, longestCallMs: 9_000, now: () => nowMs });
  const { promise: answer, resolve: end } = Promise.withResolvers<string>();
  const first = slots.run(() => answer);
  const second = slots.run(() => Promise.resolve("second"));
  assertEquals(slots.free(), -1);
  // The first no longer counts, and the second has not noticed yet.
  nowMs = 9_001;
  assertEquals(slots.free(), 0);
  end("first");
  assertEquals(await Promise.all([first, second]), ["first", "second"]);
  assertEquals(slots.free(), 1);
});
