import { assert, assertEquals, assertRejects } from "@std/assert";
import { InvalidArgumentError, ScopeChangedError, ServiceError } from "../../mod.ts";
import { oddStore, REFUSALS } from "../support/odd_store.ts";
import { s3Error, type SentRequest } from "../support/stub_fetch.ts";

/** How a store of old lists. */
interface Habits {
  /** What it says of `list-type=2`; without it, the store ignores that. */
  readonly refusal?: (typeof REFUSALS)[number];
  /** Whether it says where the next page begins. AWS does so only with a delimiter. */
  readonly hasNextMarker?: boolean;
  readonly mostKeys?: number;
  /** Whether it lists the folder again that is the marker. */
  readonly repeatsFolders?: boolean;
  readonly refusesEncoding?: boolean;
  /** Whether NextMarker is not encoded as the keys are. */
  readonly hasPlainMarker?: boolean;
}

const encode = (key: string) => encodeURIComponent(key).replaceAll("%2F", "/");

/** A store without ListObjectsV2. */
function oldStore(keys: string[], { refusal, mostKeys = 2, ...habits }: Habits = {}) {
  return (request: SentRequest): Response => {
    if (request.method === "POST") return deleteKeys(request, keys);
    const query = new URL(request.url).searchParams;
    if (refusal !== undefined && query.has("list-type")) {
      return s3Error(refusal[0], refusal[1], { message: refusal[2].replace("x-amz-checksum-NAME", "list-type") });
    }
    if (habits.refusesEncoding && query.has("encoding-type")) {
      return s3Error(400, "InvalidArgument", { message: "encoding-type" });
    }
    const prefix = query.get("prefix") ?? "";
    const marker = query.get("marker") ?? "";
    const delimiter = query.get("delimiter");
    const toEntry = (key: string) => {
      const end = delimiter === null ? -1 : key.indexOf(delimiter, prefix.length);
      return end < 0 ? key : key.slice(0, end + 1);
    };
    const isSeen = (entry: string) =>
      marker !== "" && (habits.repeatsFolders ? entry < marker : entry <= marker || marker.startsWith(entry));
    const found = keys.toSorted().filter((key) => key.startsWith(prefix) && (marker === "" || key > marker));
    const entries = [...new Set(found.map(toEntry))].filter((entry) => !entry.endsWith("/") || !isSeen(entry));
    const page = entries.slice(0, Math.min(mostKeys, Number(query.get("max-keys"))));
    const show = query.has("encoding-type") ? encode : (key: string) => key;
    const isTruncated = page.length < entries.length;
    const items = page.map((entry) =>
      delimiter !== null && entry.endsWith("/")
        ? `<CommonPrefixes><Prefix>${show(entry)}</Prefix></CommonPrefixes>`
        : `<Contents><Key>${show(entry)}</Key><Size>1</Size></Contents>`
    );
    return new Response(
      `<ListBucketResult>${query.has("encoding-type") ? "<EncodingType>url</EncodingType>" : ""}
        <IsTruncated>${isTruncated}</IsTruncated>${
        habits.hasNextMarker && isTruncated
          ? `<NextMarker>${(habits.hasPlainMarker ? String : show)(page.at(-1) ?? "")}</NextMarker>`
          : ""
      }${items.join("")}</ListBucketResult>`,
    );
  };
}

function deleteKeys({ body }: SentRequest, keys: string[]): Response {
  const gone = [...body.matchAll(/<Key>([^<]+)/g)].map(([, key = ""]) => key);
  for (const key of gone) if (keys.includes(key)) keys.splice(keys.indexOf(key), 1);
  return new Response(
    `<DeleteResult>${gone.map((key) => `<Deleted><Key>${key}</Key></Deleted>`).join("")}</DeleteResult>`,
  );
}

const queriesOf = (requests: readonly SentRequest[]) =>
  requests.map(({ url }) => {
    const query = new URL(url).searchParams;
    return `${query.has("list-type") ? "V2" : "V1"} ${query.get("marker") ?? query.get("continuation-token") ?? "-"}`;
  });

async function pathsOf(walk: AsyncIterable<{ path: string }>): Promise<string[]> {
  return (await Array.fromAsync(walk)).map(({ path }) => path);
}

const LEARNED =
  "StoreLearned: The store has no ListObjectsV2, so ListObjects is used; with the option store.listV2: false this is " +
  "known from the start";
const KEYS = ["a", "b +%/1", "b +%/2", "c", "\uff5e", "\u{1f600}"].map((path) => `team/${path}`);

for (const refusal of REFUSALS) {
  Deno.test(`walk() learns that ListObjectsV2 is refused with ${refusal[0]} ${refusal[1]} "${refusal[2]}"`, async () => {
    const { source, requests, warnings } = oddStore(oldStore(KEYS, { refusal }));
    assertEquals((await pathsOf(source.walk())).toSorted(), KEYS.map((key) => key.slice(5)).toSorted());
    const before = requests.length;
    assertEquals((await source.list({ limit: 2 })).files.length, 2);
    assertEquals(queriesOf(requests.slice(before)), ["V1 -"]);
    assertEquals(warnings, [LEARNED]);
  });
}

for (const hasNextMarker of [true, false]) {
  const marks = hasNextMarker ? "with NextMarker" : "without NextMarker";
  Deno.test(`walk() goes on by markers where list-type is ignored, ${marks}`, async () => {
    const { source, requests, warnings } = oddStore(oldStore(["team/a", "team/b", "team/c", "team/d", "team/e"], {
      hasNextMarker,
    }));
    assertEquals(await pathsOf(source.walk()), ["a", "b", "c", "d", "e"]);
    assertEquals(queriesOf(requests), ["V2 -", "V1 team/b", "V1 team/d"]);
    assertEquals(warnings, [LEARNED]);
    assertEquals(await pathsOf(source.walk({ prefix: "c" })), ["c"]);
    assertEquals(queriesOf(requests).slice(3), ["V1 -"]);
  });

  for (const repeatsFolders of [true, false]) {
    const repeats = repeatsFolders ? "repeated" : "not repeated";
    Deno.test(`list() of one level has each folder once, ${marks}, ${repeats}, with any limit`, async () => {
      const keys = ["a/1", "a/2", "b", "c/1", "d/1", "e"].map((path) => `team/${path}`);
      for (const limit of [1, 2, 3]) {
        const { source } = oddStore(oldStore(keys, { hasNextMarker, repeatsFolders }), { store: { listV2: false } });
        const found: string[] = [];
        let cursor: string | null = null;
        let pages = 0;
        do {
          const page: Awaited<ReturnType<typeof source.list>> = await source.list({ recursive: false, limit, cursor });
          found.push(...page.folders, ...page.files.map(({ path }) => path));
          cursor = page.cursor;
          assert(++pages < 20);
        } while (cursor !== null);
        assertEquals(found.toSorted(), ["a/", "b", "c/", "d/", "e"]);
      }
    });
  }
}

for (const hasPlainMarker of [true, false]) {
  Deno.test(`walk() goes on behind names that look encoded, ${hasPlainMarker ? "as" : "encoded as"} NextMarker`, async () => {
    const keys = ["a+1", "a+2", "a%201", "a%202", "b%"].map((path) => `team/${path}`);
    const { source } = oddStore(oldStore(keys, { hasNextMarker: true, hasPlainMarker, mostKeys: 1 }));
    assertEquals((await pathsOf(source.walk())).toSorted(), keys.map((key) => key.slice(5)).toSorted());
  });
}

Deno.test("deleteFolder() empties a folder of a store without ListObjectsV2", async () => {
  const keys = ["team/old/a", "team/old/b/c", "team/old/b/d", "team/older"];
  const { source } = oddStore(oldStore(keys, { refusal: [501, "NotImplemented", ""] }));
  assertEquals((await source.deleteFolder("old")).errors, []);
  assertEquals(keys, ["team/older"]);
});

Deno.test("cursors of tokens and of markers are told apart, by any source", async () => {
  const old = oldStore(["team/a", "team/b.c:d", "team/e"], { mostKeys: 1 });
  const { cursor: marked } = await oddStore(old).source.list({ limit: 1 });
  const placeOf = (cursor?: string | null) => cursor?.replace(/^[^.:]*/, "");
  assertEquals(placeOf(marked), ":a");
  const fresh = oddStore(old);
  const page = await fresh.source.list({ cursor: marked, limit: 1 });
  assertEquals([page.files.map(({ path }) => path), placeOf(page.cursor)], [["b.c:d"], ":b.c:d"]);
  assertEquals(queriesOf(fresh.requests), ["V1 team/a"]);
  assertEquals((await fresh.source.list({ cursor: page.cursor, limit: 1 })).files[0]?.path, "e");

  const modern = ({ url }: SentRequest) =>
    new Response(
      `<ListBucketResult><NextContinuationToken>${url.includes("token") ? "" : ":t"}</NextContinuationToken>` +
        "<Contents><Key>team/a</Key><Size>1</Size></Contents></ListBucketResult>",
    );
  const { cursor } = await oddStore(modern).source.list({ limit: 1 });
  const told = oddStore(modern, { store: { listV2: false } });
  await told.source.list({ cursor, limit: 1 });
  assertEquals(queriesOf(told.requests), ["V2 :t"]);
  await assertRejects(() => told.source.list({ cursor: marked, prefix: "x" }), ScopeChangedError);
  await assertRejects(() => told.source.list({ cursor: "a".repeat(16) }), InvalidArgumentError);
});

Deno.test("encoding-type is left out where it is refused, in both kinds of listing", async () => {
  for (const refusal of [undefined, REFUSALS[5]]) {
    const habits = { refusesEncoding: true, mostKeys: 9, ...refusal !== undefined && { refusal } };
    const { source, requests, warnings } = oddStore(oldStore(["team/a+b%20", "team/ü"], habits));
    assertEquals(await pathsOf(source.walk()), ["a+b%20", "ü"]);
    assert(warnings.some((warning) => warning.includes("store.encodingType: false")), warnings.join());
    const before = requests.length;
    assertEquals((await source.list()).files.length, 2);
    assertEquals(requests.length - before, 1);
  }
});

Deno.test("encodingType: false is obeyed at once", async () => {
  const { source, requests } = oddStore(oldStore(["team/a"]), { store: { encodingType: false, listV2: false } });
  await source.list();
  assertEquals(new URL(requests[0]?.url ?? "").search, "?max-keys=100&prefix=team%2F");
});

Deno.test("a store that refuses both kinds of listing fails with its first error, and teaches nothing", async () => {
  let count = 0;
  const { source, requests, warnings } = oddStore(() => s3Error(501, "NotImplemented", { message: `${++count}` }));
  await assertRejects(() => source.list(), ServiceError, "(NotImplemented: 1)");
  assertEquals([requests.length, warnings], [4, []]);
});

Deno.test("a denial of the other kind of listing is the error", async () => {
  const { source, warnings } = oddStore(({ url }) =>
    url.includes("list-type") ? s3Error(501, "NotImplemented") : s3Error(403, "AccessDenied")
  );
  const error = await assertRejects(() => source.list());
  assertEquals([error instanceof Error && error.name, warnings], ["AccessDeniedError", []]);
});

Deno.test("a store whose pages do not advance ends the walk", async () => {
  const { source, requests, warnings } = oddStore(() =>
    new Response(
      "<ListBucketResult><IsTruncated>true</IsTruncated><Contents><Key>team/a</Key><Size>1</Size></Contents></ListBucketResult>",
    )
  );
  await assertRejects(() => pathsOf(source.walk()), ServiceError, "the store repeats a page");
  assertEquals([requests.length, warnings], [2, []]);
});

Deno.test("list() skips no files where the store lists the file again that is the marker", async () => {
  const { source } = oddStore(() =>
    new Response(
      "<ListBucketResult><IsTruncated>true</IsTruncated><NextMarker>team/a</NextMarker>" +
        "<Contents><Key>team/a</Key><Size>1</Size></Contents></ListBucketResult>",
    )
  );
  await assertRejects(() => source.list({ recursive: false }), ServiceError, "the store repeats a page");
});

Deno.test("listV2: true takes a page without a token for an error", async () => {
  const { source } = oddStore(oldStore(["team/a", "team/b", "team/c"]), { store: { listV2: true } });
  await assertRejects(() => pathsOf(source.walk()), ServiceError, "it is truncated without a token for the rest");
});
