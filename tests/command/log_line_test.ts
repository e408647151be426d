import { assert, assertEquals, assertMatch } from "@std/assert";
import { logLine } from "../../src/command/log_line.ts";

Deno.test("logLine() writes one line of JSON with the time", () => {
  const { time, ...entry } = JSON.parse(logLine({ type: "failed", reason: 'a "b"\r\nc' }));
  assertEquals(entry, { type: "failed", reason: 'a "b"\r\nc' });
  assertMatch(time, /^\d{4}-\d\d-\d\dT.*Z$/);
});

for (
  const unit of [
    "\n",
    "\r",
    "\0",
    "\x1b[31m",
    "\x7f",
    "\x9b31m",
    "\u202e",
    "\u2066",
    "\u200f",
    "\u061c",
    "\u2028",
    "\u{e0041}",
  ]
) {
  Deno.test(`logLine() escapes ${JSON.stringify(unit)} and keeps its meaning`, () => {
    const line = logLine({ reason: `a${unit}b` });
    assert(!line.includes(unit) && !line.includes(unit.charAt(0)), line);
    assertEquals(JSON.parse(line).reason, `a${unit}b`);
  });
}

Deno.test("logLine() cuts long texts, in what is nested too", () => {
  const line = logLine({ reason: "x".repeat(1_000_000), nested: { text: "\x9b".repeat(5_000) } });
  assertEquals(JSON.parse(line).reason.length, 1_001);
  assert(line.length < 10_000, `${line.length} characters`);
});

Deno.test("logLine() keeps a text of 1,000 characters whole", () => {
  assertEquals(JSON.parse(logLine({ reason: "x".repeat(1_000) })).reason, "x".repeat(1_000));
  assertEquals(JSON.parse(logLine({ reason: "x".repeat(1_001) })).reason, `${"x".repeat(1_000)}…`);
});

Deno.test("logLine() leaves other writing as it is", () => {
  assert(logLine({ reason: "Größe 文件 ملف 📁" }).includes('"Größe 文件 ملف 📁"'));
});
