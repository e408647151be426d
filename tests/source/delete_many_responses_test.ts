import { assert, assertEquals } from "@std/assert";
import { stubFetch, stubSource } from "../support/stub_fetch.ts";

/** A source on a store that responds to every request with this document. */
function sourceOf(xml: string) {
  return stubSource(stubFetch(() => new Response(xml)), {}, { retry: { maxAttempts: 1 } });
}

Deno.test("deleteMany() reports only on the files it was asked to delete", async () => {
  const failed = (key: string) => `<Error><Key>${key}</Key><Code>AccessDenied</Code><Message>no</Message></Error>`;
  const others = ["other/secret.txt", "team/z", ""].map(failed).join("");
  const deleted = ["a", "b"].map((path) => `<Deleted><Key>team/${path}</Key></Deleted>`).join("");
  const xml = `<DeleteResult>${deleted}${others}${failed("team/b")}${failed("team/b")}</DeleteResult>`;
  const { deletedCount, errors } = await sourceOf(xml).deleteMany(["a", "b"]);
  assertEquals([deletedCount, errors.map(({ path }) => path)], [1, ["b"]]);
});

Deno.test("deleteMany() reads a response with a million errors in reasonable time", async () => {
  const xml = `<DeleteResult><Deleted><Key>team/a</Key></Deleted>${"<Error/>".repeat(1_000_000)}</DeleteResult>`;
  const startedMs = performance.now();
  assertEquals(await sourceOf(xml).deleteMany(["a"]), { deletedCount: 1, errors: [] });
  // It took 21 s.
  assert(performance.now() - startedMs < 10_000);
});
