import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  InvalidArgumentError,
  InvalidPathError,
  type S3SourceEvent,
  ScopeChangedError,
  ServiceError,
} from "../../mod.ts";
import { brokerReply, s3Error, type StubFetch, stubFetch, stubSource } from "../support/stub_fetch.ts";
import { contents, listing, queryOf } from "../support/stub_listing.ts";

Deno.test("list() asks for the source's prefix and encoded keys", async () => {
  const store = stubFetch(listing(contents("team/a+b%2B.txt")));
  const { files, folders, cursor, skipped } = await stubSource(store).list();
  assertEquals(store.requests[0]?.url.startsWith("http://store.test:8333/media?"), true);
  assertEquals(queryOf(store.requests[0]?.url), {
    "list-type": "2",
    "encoding-type": "url",
    "max-keys": "100",
    prefix: "team/",
  });
  assertEquals(files, [
    { path: "a b+.txt", name: "a b+.txt", size: 3, etag: '"t"', lastModified: new Date("2030-01-01T00:00:00Z") },
  ]);
  assertEquals([folders, cursor, skipped], [[], null, 0]);
});

Deno.test("list() does not decode keys of a store that ignores encoding-type", async () => {
  const store = stubFetch(listing(contents("team/a+b%2B &amp;amp;.txt"), { encoded: false }));
  assertEquals((await stubSource(store).list()).files[0]?.path, "a+b%2B &amp;.txt");
});

for (const prefix of ["docs", "docs/", "docs/a b/..", ".", "..", "a//"]) {
  Deno.test(`list() sends the prefix "${prefix}" as it is`, async () => {
    const store = stubFetch(listing(""));
    await stubSource(store).list({ prefix, recursive: false });
    assertEquals(queryOf(store.requests[0]?.url).prefix, `team/${prefix}`);
    assertEquals(queryOf(store.requests[0]?.url).delimiter, "/");
  });
}

for (const prefix of ["/", "../", "a/../", "a/./b", "..\\a", "a\n", "a\ud800", "ü".repeat(513)]) {
  Deno.test(`list() and walk() refuse the prefix ${JSON.stringify(prefix).slice(0, 9)} and send nothing`, async () => {
    const store = stubFetch();
    await assertRejects(() => stubSource(store).list({ prefix }), InvalidPathError, "Cannot use the prefix");
    assertThrows(() => stubSource(store).walk({ prefix }), InvalidPathError, "Cannot use the prefix");
    assertEquals(store.requests.length, 0);
  });
}

Deno.test("list() has the file whose path is the prefix", async () => {
  const store = stubFetch(listing(contents("team/docs") + contents("team/docs-2/a") + contents("team/docs/b")));
  const { files, skipped } = await stubSource(store).list({ prefix: "docs" });
  assertEquals([files.map(({ path }) => path), skipped], [["docs", "docs-2/a", "docs/b"], 0]);
});

Deno.test("list() leaves out the folder's own marker, but no other", async () => {
  const store = stubFetch(listing(contents("team/") + contents("team/sub%2F") + contents("team/a")));
  assertEquals((await stubSource(store).list()).files.map(({ path }) => path), ["sub/", "a"]);
});

Deno.test("list() leaves out keys outside the prefix and keys no path can name, and reports them", async () => {
  const events: S3SourceEvent[] = [];
  const inner = contents("other/a") + contents("team/..%2Fb") + contents("team/c") +
    "<CommonPrefixes><Prefix>elsewhere/</Prefix></CommonPrefixes>";
  const source = stubSource(stubFetch(listing(inner)), {}, { onEvent: (event) => events.push(event) });
  const page = await source.list({ recursive: false });
  assertEquals([page.files.map(({ path }) => path), page.folders, page.skipped], [["c"], [], 3]);
  assertEquals(events.flatMap((event) => event.type === "warning" ? [event.code] : []), [
    "KeyOutsidePrefix",
    "UnusableKey",
    "KeyOutsidePrefix",
  ]);
});

Deno.test("list() of a folder leaves out its marker, and keys of its siblings", async () => {
  const events: S3SourceEvent[] = [];
  const inner = contents("team/docs-2/a") + contents("team/docs/") + contents("team/docs/b") +
    "<CommonPrefixes><Prefix>team/other/</Prefix></CommonPrefixes>";
  const source = stubSource(stubFetch(listing(inner)), {}, { onEvent: (event) => events.push(event) });
  const { files, folders, skipped } = await source.list({ prefix: "docs/", recursive: false });
  assertEquals([files.map(({ path }) => path), folders, skipped], [["docs/b"], [], 2]);
  assertEquals(events.flatMap((event) => event.type === "warning" ? [event.code] : []), [
    "KeyOutsidePrefix",
    "KeyOutsidePrefix",
  ]);
});

Deno.test("list() fills a limit above 1,000 with as many requests as it takes", async () => {
  const page = (from: number, count: number) =>
    Array.from({ length: count }, (_, index) => contents(`team/${String(from + index).padStart(5, "0")}`)).join("");
  const store = stubFetch(
    listing(page(0, 1000), { truncated: true, token: "t1" }),
    listing(page(1000, 1000), { truncated: true, token: "t2" }),
    listing(page(2000, 500), { truncated: true, token: "t3" }),
  );
  const { files, cursor } = await stubSource(store).list({ limit: 2500 });
  assertEquals([files.length, files.at(-1)?.path], [2500, "02499"]);
  assertEquals(store.requests.map(({ url }) => [queryOf(url)["max-keys"], queryOf(url)["continuation-token"]]), [
    ["1000", undefined],
    ["1000", "t1"],
    ["500", "t2"],
  ]);
  assertEquals(cursor?.endsWith(".t3"), true);
});

Deno.test("list() continues after a cursor, and requests another page when one is empty", async () => {
  const store = stubFetch(
    listing(contents("team/a"), { truncated: true, token: "a&amp;b= c" }),
    listing(contents("team/"), { truncated: true, token: "t2" }),
    listing(contents("team/b")),
  );
  const source = stubSource(store);
  const first = await source.list({ limit: 1 });
  const second = await source.list({ limit: 1, cursor: first.cursor });
  assertEquals([second.files.map(({ path }) => path), second.cursor], [["b"], null]);
  assertEquals(queryOf(store.requests[1]?.url)["continuation-token"], "a&b= c");
});

Deno.test("list() refuses a cursor of another listing", async () => {
  const store = stubFetch(listing(contents("team/a"), { truncated: true, token: "t" }));
  const source = stubSource(store);
  const { cursor } = await source.list({ limit: 1 });
  await assertRejects(() => source.list({ prefix: "other", cursor }), ScopeChangedError, "belongs to another listing");
  await assertRejects(() => source.list({ prefix: "a", cursor }), ScopeChangedError);
  await assertRejects(() => source.list({ recursive: false, cursor }), ScopeChangedError);
  await assertRejects(() => source.folder("sub").list({ cursor }), ScopeChangedError);
  assertEquals(store.requests.length, 1);
});

Deno.test("list() refuses a cursor from before the grant moved to another folder", async () => {
  let nowMs = Date.parse("2030-01-01T00:00:00Z");
  let grants = 0;
  const store = stubFetch(({ url }) => {
    if (!url.startsWith("https://broker.test")) {
      return listing(contents(`folder-${grants}/a`), { truncated: true, token: "t" });
    }
    grants++;
    const Expiration = new Date(nowMs + 900_000).toISOString();
    return brokerReply({ Expiration, AccessKeyId: `KEY-${grants}`, S3Folder: `s3://bucket/folder-${grants}/` });
  });
  const broker = { credentialsUrl: "https://broker.test", credentialsUrlSecret: "s" };
  const source = stubSource(store, { ...broker, endpointUrl: undefined, bucket: undefined }, { now: () => nowMs });
  const { cursor } = await source.list({ limit: 1 });
  nowMs += 900_000;
  await assertRejects(() => source.list({ cursor }), ScopeChangedError);
});

for (
  const [name, answer, message] of [
    ["is truncated without a token", listing("", { truncated: true }), "it is truncated without a token"],
    ["is another document", new Response("<Other/>"), 'it is not a ListBucketResult (200, text/plain: "<Other>")'],
    ["is cut off", new Response("<ListBucketResult><Conten"), "it is cut off"],
    ["is empty", new Response(""), "it is cut off, or not XML"],
    [
      "has a document type",
      new Response('<!DOCTYPE x [<!ENTITY a "b">]><ListBucketResult/>'),
      "a document type definition",
    ],
    ["is an error in a 200", s3Error(200, "MalformedACLError"), "MalformedACLError"],
  ] as const
) {
  Deno.test(`list() refuses a response that ${name}`, async () => {
    const source = stubSource(stubFetch(answer), {}, { retry: { maxAttempts: 1 } });
    await assertRejects(() => source.list(), ServiceError, message);
  });
}

Deno.test("list() refuses a page that repeats itself, instead of never ending", async () => {
  const store = stubFetch(listing("", { truncated: true, token: "same" }));
  await assertRejects(() => stubSource(store).list(), ServiceError, "the store repeats a page");
  assertEquals(store.requests.length, 2);
});

Deno.test("list() refuses a page after a cursor that leads to the same page", async () => {
  const store = stubFetch(listing(contents("team/a"), { truncated: true, token: "same" }));
  const source = stubSource(store);
  const { cursor } = await source.list({ limit: 1 });
  await assertRejects(() => source.list({ cursor }), ServiceError, "the store repeats a page");
  assertEquals(store.requests.length, 2);
});

for (const [emptyPages, isRefused] of [[999, false], [1_000, true]] as const) {
  Deno.test(`list() ${isRefused ? "refuses" : "takes"} ${emptyPages} empty pages before a file`, async () => {
    let pages = 0;
    const store = stubFetch(() =>
      ++pages <= emptyPages ? listing("", { truncated: true, token: `t${pages}` }) : listing(contents("team/a"))
    );
    const listed = stubSource(store).list();
    if (isRefused) await assertRejects(() => listed, ServiceError, "1000 pages in a row with nothing new");
    else assertEquals((await listed).files.length, 1);
  });
}

for (const length of [1, 2, 3, 50]) {
  for (const inner of ["", contents("team/a")]) {
    Deno.test(`list() and walk() end after ${length} ${inner && "full "}pages whose tokens go in a circle`, async () => {
      const names = ["list", "walk"] as const;
      for (const name of names) {
        let pages = 0;
        const page = () => inner.replace("team/a", `team/${++pages}`);
        const store = stubFetch(() =>
          listing(page(), { truncated: true, token: `t${store.requests.length % length}` })
        );
        const source = stubSource(store);
        const done = name === "list" ? source.list() : Array.fromAsync(source.walk());
        await assertRejects(() => done, ServiceError, "Cannot list the source: the store repeats a page");
        assertEquals(store.requests.length, length + 1);
      }
    });
  }
}

for (const [length, most] of [[1, 1], [2, 6], [3, 8], [50, 128]] as const) {
  Deno.test(`list() ends a circle of ${length} cursors, also with a page each`, async () => {
    let pages = 0;
    const page = () => contents(`team/${++pages}`);
    const store = stubFetch(() => listing(page(), { truncated: true, token: `t${store.requests.length % length}` }));
    const source = stubSource(store);
    let cursor: string | null = null;
    const listAll = async () => {
      do ({ cursor } = await source.list({ cursor, limit: 1 })); while (cursor !== null && pages <= most);
    };
    await assertRejects(listAll, ServiceError, "the store repeats a page");
  });
}

Deno.test("list() and walk() refuse the same files under another token", async () => {
  const open = () => {
    const store: StubFetch = stubFetch(() =>
      listing(contents("team/a"), { truncated: true, token: `t${store.requests.length}` })
    );
    return stubSource(store);
  };
  await assertRejects(() => open().list(), ServiceError, "the store repeats a page");
  await assertRejects(() => Array.fromAsync(open().walk()), ServiceError, "the store repeats a page");
});

Deno.test("list() goes on behind 150 pages of one folder, or of keys that cannot be paths", async () => {
  for (const inner of [contents("team/folder/a"), "<CommonPrefixes><Prefix>team/f/</Prefix></CommonPrefixes>"]) {
    let pages = 0;
    const store = stubFetch(() =>
      ++pages > 150
        ? listing(contents("team/last"))
        : listing(inner.replace("/a<", `/${pages}<`), { truncated: true, token: `t${pages}` })
    );
    const { files, folders } = await stubSource(store).list({ recursive: false });
    assertEquals([files.length, folders.length], [1, 1]);
  }
  let pages = 0;
  const store = stubFetch(() =>
    ++pages > 150
      ? listing(contents("team/last"))
      : listing(contents(`team//${pages}`), { truncated: true, token: `t${pages}` })
  );
  const { files, skipped } = await stubSource(store).list();
  assertEquals([files.length, skipped], [1, 150]);
});

Deno.test("list() takes IsTruncated at its word, and a token alone as more", async () => {
  const token = "<NextContinuationToken>t</NextContinuationToken>";
  for (const [flag, count] of [["<IsTruncated>false</IsTruncated>", 1], ["", 2]] as const) {
    const first = new Response(`<ListBucketResult>${flag}${token}${contents("team/a")}</ListBucketResult>`);
    const store = stubFetch(first, listing(contents("team/b")));
    assertEquals((await stubSource(store).list()).files.length, count);
  }
});

Deno.test("list() counts empty pages in a row only", async () => {
  let pages = 0;
  const store = stubFetch(() => {
    const inner = ++pages % 600 === 0 ? contents(`team/${pages}`) : "";
    return pages === 1_800 ? listing(inner) : listing(inner, { truncated: true, token: `t${pages}` });
  });
  assertEquals((await stubSource(store).list()).files.length, 3);
});

Deno.test("list() refuses invalid UTF-8", async () => {
  const broken = new TextEncoder().encode("<ListBucketResult><Key>ab</Key></ListBucketResult>");
  broken[24] = 0xe1;
  const source = stubSource(stubFetch(() => new Response(broken)), {}, { retry: { maxAttempts: 1 } });
  await assertRejects(() => source.list(), ServiceError, "the response is not UTF-8");
});

for (const limit of [-1, 0, 1.5, NaN, Infinity]) {
  Deno.test(`list() refuses the limit ${limit} and sends nothing`, async () => {
    const store = stubFetch();
    await assertRejects(() => stubSource(store).list({ limit }), InvalidArgumentError, '"limit": it must be');
    assertEquals(store.requests.length, 0);
  });
}

for (const cursor of ["", "x", "0123456789abcdef", "0123456789ABCDEF.token"]) {
  Deno.test(`list() refuses the cursor ${JSON.stringify(cursor)} and sends nothing`, async () => {
    const store = stubFetch();
    await assertRejects(() => stubSource(store).list({ cursor }), InvalidArgumentError, "the cursor is not one");
    assertEquals(store.requests.length, 0);
  });
}
