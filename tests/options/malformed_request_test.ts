import { assertEquals } from "@std/assert";
import { findMalformed } from "../../src/options/malformed_request.ts";

/** A request as a server may pass it on, although `Request` forbids it. */
function requestWith(property: "method" | "url", value: string): Request {
  return Object.defineProperty(new Request("http://localhost/"), property, { value });
}

for (const method of ["TRACE", "trace", "Track", "connect"]) {
  Deno.test(`findMalformed() finds the method ${method}`, () => {
    const reason = `the method ${method} is not allowed`;
    assertEquals(findMalformed(requestWith("method", method)), { status: 405, reason });
  });
}

for (const url of ["/path", "http://", "ftp://localhost/"]) {
  Deno.test(`findMalformed() finds the URL ${url}`, () => {
    assertEquals(findMalformed(requestWith("url", url))?.status, 400);
  });
}

for (
  const [host, isGood] of [
    ["files.test", true],
    ["files.test:8001", true],
    ["[::1]:8001", true],
    ["", true],
    ["a.test, b.test", false],
    ["a/b", false],
    ["a:b", false],
    ["user@a.test", false],
  ] as const
) {
  Deno.test(`findMalformed() ${isGood ? "takes" : "finds"} the Host header "${host}"`, () => {
    const request = new Request("http://localhost/", { headers: { host } });
    assertEquals(findMalformed(request) === undefined, isGood);
  });
}

Deno.test("findMalformed() takes a request without a Host header", () => {
  assertEquals(findMalformed(new Request("https://localhost/a?b")), undefined);
});
