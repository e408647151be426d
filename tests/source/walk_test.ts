import { assertEquals } from "@std/assert";
import { stubFetch, stubSource } from "../support/stub_fetch.ts";
import { contents, listing, queryOf } from "../support/stub_listing.ts";

Deno.test("walk() fetches the next page while one is used, and stops when it is left", async () => {
  const store = stubFetch(
    listing(contents("team/a") + contents("team/b"), { truncated: true, token: "t1" }),
    listing(contents("team/c"), { truncated: true, token: "t2" }),
  );
  for await (const { path } of stubSource(store).walk()) {
    assertEquals(path, "a");
    break;
  }
  assertEquals(store.requests.map(({ url }) => queryOf(url)["max-keys"]).slice(0, 1), ["1000"]);
  assertEquals(store.requests.length, 2);
});
