import { assertEquals } from "@std/assert";
import { createMeter } from "../../src/app/browser/transfer_rate.js";

Deno.test("the transfer rate is that of the last five seconds", () => {
  let now = 0;
  const meter = createMeter(() => now);
  assertEquals(meter.rate(), 0);
  for (; now < 4_000; now += 1_000) meter.add(2_000_000);
  assertEquals(meter.rate(), 2_000_000);
  now = 60_000;
  assertEquals(meter.rate(), 0);
});

Deno.test("the transfer rate ignores bytes that have to be sent again", () => {
  const meter = createMeter(() => 0);
  meter.add(1_000);
  meter.add(-1_000);
  assertEquals(meter.rate(), 1_000);
});
