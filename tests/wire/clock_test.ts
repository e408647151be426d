import { assertEquals, assertThrows } from "@std/assert";
import { ConfigError } from "../../mod.ts";
import { createClock, readServerTime } from "../../src/s3/clock.ts";

const timeOf = (date: string) => readServerTime(new Headers({ date }));

Deno.test("readServerTime() reads times from 1970 to 9999, and nothing else", () => {
  assertEquals(timeOf("Thu, 01 Jan 1970 00:00:00 GMT"), 0);
  assertEquals(timeOf("Fri, 31 Dec 9999 23:59:59 GMT"), Date.UTC(9999, 11, 31, 23, 59, 59));
  const others = ["Wed, 31 Dec 1969 23:59:59 GMT", "Sat, 01 Jan 10000 00:00:00 GMT", "soon", ""];
  assertEquals(others.map(timeOf), [NaN, NaN, NaN, NaN]);
  assertEquals(readServerTime(new Headers()), NaN);
});

Deno.test("createClock() corrects now(), but not uncorrected()", () => {
  let nowMs = 1_000;
  const clock = createClock(() => nowMs);
  assertEquals([clock.now(), clock.uncorrected()], [1_000, 1_000]);
  clock.adopt(61_000);
  nowMs += 5;
  assertEquals([clock.now(), clock.uncorrected()], [61_005, 1_005]);
});

Deno.test("createClock() refuses a time that cannot be signed", () => {
  for (const nowMs of [NaN, Infinity, -1, Date.UTC(9999, 11, 31, 23, 59, 59, 999) + 1]) {
    assertThrows(() => createClock(() => nowMs).now(), ConfigError, 'the option "now"');
  }
});
