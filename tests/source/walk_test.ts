import { assertEquals, assertRejects } from "@std/assert";
import { ServiceError } from "../../mod.ts";
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

Deno.test("walk() that is left stops the request for the next page", async () => {
  const signals: (AbortSignal | null | undefined)[] = [];
  const store = stubFetch(listing(contents("team/a"), { truncated: true, token: "t1" }), ({ init }) => {
    signals.push(init.signal);
    return new Promise(() => {});
  });
  for await (const _ of stubSource(store).walk()) break;
  assertEquals(signals.map((signal) => signal?.aborted), [true]);
});

Deno.test("walk() that is aborted ends with the reason at the next file", async () => {
  for (const last of ["a", "b"]) {
    const store = stubFetch(listing(contents("team/a") + contents("team/b")));
    const leaving = new AbortController();
    const reason = new Error("enough");
    const found: string[] = [];
    const error = await assertRejects(async () => {
      for await (const { path } of stubSource(store).walk({ signal: leaving.signal })) {
        found.push(path);
        if (path === last) leaving.abort(reason);
      }
    });
    assertEquals([error, found.at(-1)], [reason, last]);
  }
});

Deno.test("walk() refuses pages that come round again", async () => {
  const page = (key: string, token: string) => listing(contents(key), { truncated: true, token });
  const [one, two] = [page("team/a", "t1"), page("team/b", "t2")];
  const store = stubFetch(one, two, one, two);
  const paths: string[] = [];
  const walking = async () => {
    for await (const { path } of stubSource(store).walk()) paths.push(path);
  };
  await assertRejects(walking, ServiceError, "the store repeats a page");
  assertEquals(paths, ["a", "b"]);
});

Deno.test("walk() requests 1,000 files a page, also after a short one", async () => {
  const store = stubFetch(
    listing(contents("team/a"), { truncated: true, token: "t1" }),
    listing(contents("team/b")),
  );
  assertEquals(await Array.fromAsync(stubSource(store).walk(), ({ path }) => path), ["a", "b"]);
  assertEquals(store.requests.map(({ url }) => queryOf(url)["max-keys"]), ["1000", "1000"]);
});
