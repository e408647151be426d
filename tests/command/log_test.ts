import { assertEquals, assertMatch } from "@std/assert";
import { stub } from "@std/testing/mock";
import { type LogEntry, type LogFormat, writeLog } from "../../src/command/log.ts";

function written(format: LogFormat, entry: LogEntry): string {
  using error = stub(console, "error", () => {});
  writeLog(format, entry);
  assertEquals(error.calls.length, 1);
  return String(error.calls[0]?.args[0]);
}

for (
  const [type, reason, text] of [
    ["reloaded", "broker.yaml was taken up", "broker.yaml was taken up"],
    ["warning", "a secret ends", "Warning: a secret ends"],
    ["failed", "two mistakes:\na\nb", "two mistakes:\n  a\n  b"],
    ["failed", "a\u001b[2J\rb", "a\\u001b[2J\\u000db"],
  ] as const
) {
  Deno.test(`writeLog() writes ${JSON.stringify(reason)} as text, behind the time`, () => {
    const line = written("text", { type, reason });
    assertMatch(line, /^\d{4}-\d\d-\d\dT[\d:.]+Z /);
    assertEquals(line.slice(line.indexOf(" ") + 1), text);
  });
}

Deno.test("writeLog() writes JSON, on one line", () => {
  const line = written("json", { type: "failed", reason: "a\nb" });
  const { time, ...entry } = JSON.parse(line);
  assertMatch(time, /^\d{4}-/);
  assertEquals([entry, line.includes("\n")], [{ type: "failed", reason: "a\nb" }, false]);
});
