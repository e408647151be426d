import { assertEquals, assertRejects } from "@std/assert";
import { InvalidArgumentError } from "../../mod.ts";
import { stubFetch, stubSource } from "../support/stub_fetch.ts";

Deno.test("deleteMany() refuses a string, which is an iterable of characters", async () => {
  const store = stubFetch();
  await assertRejects(() => stubSource(store).deleteMany("abc"), InvalidArgumentError, "must be a list");
  assertEquals(store.requests.length, 0);
});

Deno.test("deleteMany() tries again when the response does not mention every file", async () => {
  const answer = (...names: string[]) =>
    new Response(
      `<DeleteResult>${names.map((name) => `<Deleted><Key>team/${name}</Key></Deleted>`).join("")}</DeleteResult>`,
    );
  const store = stubFetch(answer("a", "x"), answer("a", "b"));
  assertEquals(await stubSource(store).deleteMany(["a", "b"]), { deleted: ["a", "b"], errors: [] });
  assertEquals(store.requests.length, 2);
});
