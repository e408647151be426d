import { assertEquals, assertRejects } from "@std/assert";
import { createLearnedTraits } from "../../src/s3/learned_traits.ts";
import { AccessDeniedError, createS3Source, type S3SourceEvent } from "../../mod.ts";
import { copy } from "../../src/operations/copy.ts";
import {
  KEYS,
  s3Error,
  type SentRequest,
  stubContext,
  type StubFetch,
  stubFetch,
  stubSource,
} from "../support/stub_fetch.ts";

const TAGS = "<Tagging><TagSet><Tag><Key>a b</Key><Value>c+d&amp;e</Value></Tag>" +
  "<Tag><Key>ü</Key><Value></Value></Tag></TagSet></Tagging>";

/** A store with a file that has as many tags as `count` says. */
function taggedStore(
  { count, refuse = () => undefined }: { count?: string; refuse?: (request: SentRequest) => Response | undefined },
): StubFetch {
  return stubFetch((request) => {
    const { method, url } = request;
    const refusal = refuse(request);
    if (refusal !== undefined) return refusal;
    if (method === "HEAD") {
      const tagging: Record<string, string> = count === undefined ? {} : { "x-amz-tagging-count": count };
      return new Response(null, { headers: { etag: '"old"', "content-length": "5", ...tagging } });
    }
    if (method === "DELETE") return new Response(null, { status: 204 });
    if (url.includes("tagging")) return new Response(TAGS);
    if (url.includes("uploads")) return new Response("<R><UploadId>u</UploadId></R>");
    return new Response('<R><ETag>"new"</ETag></R>');
  });
}

const IN_PARTS = { maxCopyBytes: 0, partSizeBytes: 5 };

/** Methods with the queries that matter. */
function sent({ requests }: StubFetch): string[] {
  return requests.map(({ method, url }) => `${method}${/\?(?:tagging|uploads|partNumber)/.exec(url)?.[0] ?? ""}`);
}

Deno.test("copy() in parts reads the tags of the original, and sends them as the upload begins", async () => {
  const store = taggedStore({ count: "2" });
  await copy(stubContext(store), "a", "b", IN_PARTS);
  assertEquals(sent(store), ["HEAD", "GET?tagging", "POST?uploads", "PUT?partNumber", "POST"]);
  assertEquals(store.requests[1]?.url, "http://store.test:8333/media/team/a?tagging=");
  assertEquals(store.requests[2]?.headers.get("x-amz-tagging"), "a%20b=c%2Bd%26e&%C3%BC=");
});

Deno.test("copy() in one request leaves tags to the store, also when it replaces attributes", async () => {
  const store = taggedStore({ count: "2" });
  await stubSource(store).copy("a", "b", { contentType: "text/plain" });
  assertEquals(sent(store), ["HEAD", "PUT"]);
  const { headers = new Headers() } = store.requests[1] ?? {};
  assertEquals([headers.get("x-amz-metadata-directive"), headers.get("x-amz-tagging-directive")], ["REPLACE", null]);
});

Deno.test("copy() in parts of a file without tags does not ask for them", async () => {
  for (const count of ["0", undefined]) {
    const store = taggedStore({ ...count !== undefined && { count } });
    await copy(stubContext(store), "a", "b", IN_PARTS);
    assertEquals(sent(store), ["HEAD", "POST?uploads", "PUT?partNumber", "POST"]);
  }
});

for (
  const [name, isRefused] of [
    ["read", ({ url }: SentRequest) => url.includes("tagging")],
    ["written", ({ method }: SentRequest) => method === "POST"],
  ] as const
) {
  Deno.test(`copy() in parts of a file whose tags cannot be ${name} says so, and copies nothing`, async () => {
    const store = taggedStore({
      count: "1",
      refuse: (request) => isRefused(request) ? s3Error(403, "AccessDenied", { message: "no" }) : undefined,
    });
    const error = await assertRejects(() => copy(stubContext(store), "a", "b", IN_PARTS), AccessDeniedError);
    assertEquals(
      error.message,
      'Cannot copy "a" to "b": the credentials do not allow it (AccessDenied: no); ' +
        "it has tags, which need s3:GetObjectTagging and s3:PutObjectTagging; nothing was copied",
    );
    assertEquals([error.code, error.status, error.requestId], ["AccessDenied", 403, "R1"]);
  });
}

Deno.test("move() of a file with tags that cannot be copied keeps the original, and says why", async () => {
  const store = taggedStore({
    count: "1",
    refuse: ({ method }) => method === "PUT" ? s3Error(403, "AccessDenied") : undefined,
  });
  const moving = () => stubSource(store).move("a", "b");
  await assertRejects(moving, AccessDeniedError, "it has tags, which need s3:GetObjectTagging and s3:PutObjectTagging");
  assertEquals(sent(store), ["HEAD", "PUT"]);
});

Deno.test("copy() that is denied for another reason does not speak of tags", async () => {
  const store = taggedStore({ refuse: ({ method }) => method === "PUT" ? s3Error(403, "AccessDenied") : undefined });
  const error = await assertRejects(() => stubSource(store).copy("a", "b"), AccessDeniedError);
  assertEquals(error.message, 'Cannot copy "a" to "b": the credentials do not allow it (AccessDenied)');
});

Deno.test("copy() in parts on AWS asks for tags that HEAD may hide, and warns if it may not", async () => {
  for (const mayRead of [true, false]) {
    const events: S3SourceEvent[] = [];
    const huge = { etag: '"old"', "content-length": String(6 * 1024 ** 3) };
    const store = taggedStore({
      refuse({ method, url }) {
        if (method === "HEAD") return new Response(null, { headers: huge });
        return url.includes("tagging") && !mayRead ? s3Error(403, "AccessDenied") : undefined;
      },
    });
    const config = { bucket: "media", region: "eu-west-1", ...KEYS };
    await createS3Source(config, { fetch: store.fetch, onEvent: (event) => events.push(event) }).copy("a", "b");
    const begun = store.requests.find(({ url }) => url.includes("uploads"));
    assertEquals(begun?.headers.get("x-amz-tagging"), mayRead ? "a%20b=c%2Bd%26e&%C3%BC=" : null);
    assertEquals(
      events.filter(({ type }) => type === "warning"),
      mayRead ? [] : [{
        type: "warning",
        code: "TagsUnknown",
        message: 'If "a" has tags, its copy has none: the credentials may not read them',
      }],
    );
  }
});

Deno.test("copy() above the limit has as many parts as the store takes", async () => {
  const store = taggedStore({});
  const context = stubContext(store);
  const traits = createLearnedTraits({ equalParts: false, maxParts: 2 }, { isTrusted: true, emit: undefined });
  await copy({ ...context, traits }, "a", "b", { maxCopyBytes: 0, partSizeBytes: 1 });
  assertEquals(
    store.requests.map(({ headers }) => headers.get("x-amz-copy-source-range")).filter((range) => range !== null),
    ["bytes=0-2", "bytes=3-4"],
  );
});
