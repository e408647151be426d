import { assertEquals } from "@std/assert";
import { ConfigError, FileNotFoundError, show } from "../../src/errors.ts";

Deno.test("an error escapes control characters in its message", () => {
  assertEquals(new ConfigError("one\ntwo\x1b[2J\u202e").message, "one\\u000atwo\\u001b[2J\\u202e");
});

Deno.test("an error has only the properties it was given, and the code of its class", () => {
  const error = new FileNotFoundError("gone");
  assertEquals([error.name, error.code], ["FileNotFoundError", "FileNotFound"]);
  assertEquals(["status", "path", "requestId", "cause"].filter((name) => name in error), []);
  const cause = new Error("underneath");
  const full = new ConfigError("gone", { code: "Some", status: 404, path: "a", requestId: "R", cause });
  assertEquals([full.code, full.status, full.path, full.requestId, full.cause], ["Some", 404, "a", "R", cause]);
});

Deno.test("show() puts any value on one short line", () => {
  const values = ["a\n", "x".repeat(201), "x".repeat(200), [1], () => {}, { a: 1 }, Object.create(null), null, 1n];
  assertEquals(values.map(show), [
    '"a\\n"',
    `"${"x".repeat(200)}…"`,
    `"${"x".repeat(200)}"`,
    "a list",
    "a function",
    "an object",
    "an object",
    "null",
    "1",
  ]);
  assertEquals(show(Symbol("s")), "Symbol(s)");
});
