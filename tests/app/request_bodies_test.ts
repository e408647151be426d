import { assertEquals } from "@std/assert";
import { createWorld } from "../support/app_world.ts";

for (const body of ["", "[]", "null", "{", '"x"', "\xff"]) {
  Deno.test(`the body ${JSON.stringify(body)} is no JSON object`, async () => {
    const response = await createWorld().request("/source/media/-/folder", { method: "POST", body });
    assertEquals([response.status, (await response.json()).errors], [400, [
      "The body of this request must be a JSON object.",
    ]]);
  });
}

Deno.test("a body of JSON beyond 8 MiB is not read to its end", async () => {
  let pulls = 0;
  const body = new ReadableStream({
    pull(controller) {
      pulls++;
      controller.enqueue(new Uint8Array(1024 * 1024).fill(32));
    },
  });
  const response = await createWorld().request("/source/media/-/folder", { method: "POST", body });
  assertEquals([response.status, pulls < 12], [413, true]);
});

Deno.test("names of objects' own properties are no arguments", async () => {
  const { post } = createWorld();
  assertEquals((await post("/source/media/-/folder", {})).status, 400);
  assertEquals((await post("/source/constructor/-/folder", { path: "a" })).status, 404);
  assertEquals((await post("/source/media/-/folder", JSON.parse('{"__proto__": {"path": "a"}}'))).status, 400);
});
