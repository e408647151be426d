import { assertEquals, assertRejects } from "@std/assert";
import { type S3SourceEvent, ServiceError } from "../../mod.ts";
import { type StubFetch, stubFetch, stubSource } from "../support/stub_fetch.ts";
import { contents, listing, queryOf } from "../support/stub_listing.ts";

const folder = (key: string) => `<CommonPrefixes><Prefix>${key}</Prefix></CommonPrefixes>`;

/** A source on the store, and the warnings of its events. */
function warnedSource(store: StubFetch) {
  const warnings: string[] = [];
  const onEvent = (event: S3SourceEvent) => {
    if (event.type === "warning") warnings.push(`${event.code}: ${event.message}`);
  };
  return { source: stubSource(store, {}, { onEvent }), warnings };
}

Deno.test("list() lists what it can use, counts the rest and warns once, in one request", async () => {
  const store = stubFetch(listing(
    "<Contents><Key>team/d</Key></Contents><Contents><Key>team/e</Key></Contents><Contents><Size>3</Size></Contents>" +
      contents("team/ok") + "<CommonPrefixes/>",
  ));
  const { source, warnings } = warnedSource(store);
  const { files, folders, skipped } = await source.list({ recursive: false });
  assertEquals([files.map(({ path }) => path), folders, skipped], [["ok"], [], 3]);
  assertEquals(warnings, [
    'OddListing: The listing of the source is odd: an object has no size ("team/d"); an object has no key; an element is empty',
  ]);
  assertEquals(store.requests.length, 1);
});

Deno.test("list() warns once of what is odd on several pages", async () => {
  const odd = "<Contents><Key>team/d</Key></Contents>";
  const store = stubFetch(
    listing(odd, { truncated: true, token: "t" }),
    listing(odd + contents("team/ok")),
  );
  const { source, warnings } = warnedSource(store);
  assertEquals([(await source.list()).skipped, warnings.length], [2, 1]);
});

Deno.test("walk() goes on behind objects without a size and keys that are not encoded, and warns once", async () => {
  const { source, warnings } = warnedSource(stubFetch(
    listing(`<Contents><Key>team/d</Key></Contents>${contents("team/100%.txt")}`, { truncated: true, token: "t" }),
    listing(`<Contents><Key>team/e</Key></Contents>${contents("team/ok")}`),
  ));
  assertEquals((await Array.fromAsync(source.walk())).map(({ path }) => path), ["100%.txt", "ok"]);
  assertEquals(warnings, [
    "StoreLearned: The store does not take encoding-type, so it lists names as they are; with the option " +
    "store.encodingType: false this is known from the start",
    'OddListing: The listing of the source is odd: its keys are not encoded, although it says so ("team/100%.txt"); ' +
    'an object has no size ("team/d")',
  ]);
});

for (const key of ["team/c d", "team/ü", "team/100%"]) {
  Deno.test(`list() reads all names of a page as they are that has "${key}", although it says they are encoded`, async () => {
    const page = listing(contents("team/a+b") + contents(key) + contents("team/%41"));
    const { files } = await stubSource(stubFetch(page)).list();
    assertEquals(files.map(({ path }) => `team/${path}`), ["team/a+b", key, "team/%41"]);
  });
}

Deno.test("list() asks for no encoding once a page has shown that the store says so and does not do it", async () => {
  const store = stubFetch(listing(contents("team/c d")), listing(contents("team/a+b")));
  const source = stubSource(store);
  await source.list();
  await source.list();
  assertEquals(store.requests.map(({ url }) => queryOf(url)["encoding-type"]), ["url", undefined]);
});

Deno.test("list() has a folder once that the store lists several times, also as its marker", async () => {
  const store = stubFetch(
    listing(contents("team/a/") + folder("team/a/") + folder("team/b/"), { truncated: true, token: "t" }),
    listing(folder("team/b/") + folder("team/c/") + folder("team/a/")),
  );
  const { files, folders } = await stubSource(store).list({ recursive: false });
  assertEquals([files, folders], [[], ["a/", "b/", "c/"]]);
});

Deno.test("list() has a folder once whose listing goes on after a cursor", async () => {
  const store = stubFetch(
    listing(folder("team/b/"), { truncated: true, token: "t.1" }),
    listing(folder("team/b/"), { truncated: true, token: "t.2" }),
    listing(folder("team/b/") + folder("team/c/")),
  );
  const source = stubSource(store);
  const first = await source.list({ recursive: false, limit: 1 });
  const second = await source.list({ recursive: false, limit: 5, cursor: first.cursor });
  assertEquals([first.folders, second.folders, second.cursor], [["b/"], ["c/"], null]);
  assertEquals(store.requests.map(({ url }) => queryOf(url)["continuation-token"]), [undefined, "t.1", "t.2"]);
});

Deno.test("list() groups by folder itself where the store ignores the delimiter", async () => {
  const keys = ["team/docs/a/1", "team/docs/a/2", "team/docs/b", "team/docs/"].map(contents);
  const { files, folders, skipped } = await stubSource(stubFetch(listing(keys.join("")))).list({
    prefix: "docs/",
    recursive: false,
  });
  assertEquals([files.map(({ path }) => path), folders, skipped], [["docs/b"], ["docs/a/"], 0]);
});

Deno.test("list() does not list a folder in itself, nor folders if it lists all levels", async () => {
  const store = stubFetch(listing(folder("team/docs/") + folder("team/docs/a/")));
  const source = stubSource(store);
  assertEquals((await source.list({ prefix: "docs/", recursive: false })).folders, ["docs/a/"]);
  assertEquals((await source.list({ prefix: "docs/" })).folders, []);
});

for (const length of [2, 3]) {
  Deno.test(`list(), walk() and deleteFolder() end when ${length} tokens go in a circle`, async () => {
    let count = 0;
    const store = stubFetch(({ method }) => {
      if (method !== "GET") return new Response(null, { status: 204 });
      const inner = Array.from({ length: 1000 }, (_, index) => folder(`team/f/${count}-${index}/`)).join("");
      return listing(inner, { truncated: true, token: `t${count++ % length}` });
    });
    const repeats = "the store repeats a page";
    await assertRejects(() => stubSource(store).list({ limit: 100_000, recursive: false }), ServiceError, repeats);
    await assertRejects(() => Array.fromAsync(stubSource(store).walk()), ServiceError, repeats);
    assertEquals(store.requests.length, 2 * (length + 1));
    // Nothing to delete, but folders without end.
    const folders = stubFetch(({ method, url }) => {
      if (method !== "GET") return new Response(null, { status: 204 });
      const { prefix, delimiter } = queryOf(url);
      if (delimiter === undefined || prefix !== "team/f/") return listing("");
      const inner = Array.from({ length: 1000 }, (_, index) => folder(`team/f/${count}-${index}/`)).join("");
      return listing(inner, { truncated: true, token: `t${count++ % length}` });
    });
    await assertRejects(() => stubSource(folders).deleteFolder("f"), ServiceError, repeats);
  });
}

Deno.test("list() decodes a token that is the last key of the page, encoded as such, and no other token", async () => {
  const tokens = async (inner: string, token: string, encoded = true) => {
    const store = stubFetch(listing(inner, { truncated: true, token, encoded }), listing(contents("team/z")));
    await Array.fromAsync(stubSource(store).walk());
    return queryOf(store.requests[1]?.url)["continuation-token"];
  };
  assertEquals(await tokens(contents("team/a") + contents("team/b%20c"), "team/b%20c"), "team/b c");
  assertEquals(await tokens(contents("team/%C3%BC%2B") + folder("team/a/"), "team/%C3%BC%2B"), "team/ü+");
  assertEquals(await tokens(contents("team/a") + folder("team/b+c/"), "team/b+c/"), "team/b c/");
  assertEquals(await tokens(contents("team/b%20c"), "team/b%20"), "team/b%20");
  assertEquals(await tokens(contents("team/b%20c"), "team/b%20c", false), "team/b%20c");
});
