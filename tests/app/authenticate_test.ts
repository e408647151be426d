import { assertEquals, assertStringIncludes } from "@std/assert";
import { ConfigError, type S3SourceError } from "../../src/errors.ts";
import { createWorld } from "../support/app_world.ts";

for (const nobody of [undefined, null]) {
  Deno.test(`authenticate() that returns ${nobody} identifies nobody`, async () => {
    const { request } = createWorld({
      permissions: { "files-browse": { unauthenticated: true } },
      authenticate: () => nobody,
    });
    assertEquals((await request("/source/media.json")).status, 200);
  });
}

const garbage: [what: string, authenticate: () => unknown][] = [
  ["a text", () => "alice"],
  ["a number", () => 7],
  ["true", () => true],
  ["a list", () => [{ id: "alice" }]],
  ["an object without an id", () => ({ name: "alice" })],
  ["an empty id", () => ({ id: "" })],
  ["an id that is a number", () => ({ id: 7 })],
  ["a rejected promise", () => Promise.reject(new Error("the database is down"))],
  ["a rejected promise without an Error", () => Promise.reject("no")],
  ["an error", () => {
    throw new TypeError("bug");
  }],
  ["what is no Error", () => {
    throw null;
  }],
];

for (const [what, authenticate] of garbage) {
  Deno.test(`authenticate() that returns or throws ${what} lets nobody in, and is logged`, async () => {
    const logged: unknown[] = [];
    const world = createWorld({
      // What no compiler checked.
      authenticate: authenticate as () => null,
      onError: (error) => logged.push(error),
    });
    const response = await world.request("/source/media.json");
    assertEquals([response.status, logged.length], [500, 1]);
    assertEquals(logged[0] instanceof Error, true);
    assertEquals((await response.json()).errors, ["Something went wrong on the server. The operator can see why."]);
  });
}

Deno.test("authenticate() that returns a text is logged with the reason", async () => {
  let logged: unknown;
  const authenticate = (() => "alice") as unknown as () => null;
  await createWorld({ authenticate, onError: (error) => logged = error }).request("/sources.json");
  assertEquals(logged instanceof ConfigError, true);
  assertStringIncludes((logged as S3SourceError).message, '"authenticate": it returned a string without');
});
