import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import {
  createS3Source,
  IntegrityError,
  InvalidArgumentError,
  PreconditionFailedError,
  type S3SourceEvent,
  ServiceError,
  type UploadBody,
  type UploadProgress,
} from "../../mod.ts";
import { copy } from "../../src/operations/copy.ts";
import { planParts } from "../../src/operations/part_plan.ts";
import { KEYS, s3Error, type SentRequest, stubContext, stubFetch, stubSource } from "../support/stub_fetch.ts";

const MIB = 1024 ** 2;
const SHA256_OF_HELLO = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

const stored = () => new Response("", { headers: { etag: '"tag"' } });

/** A store that takes multipart uploads; `refuse` answers a request instead. */
function multipartStore(
  refuse: (request: SentRequest, query: URLSearchParams) => Response | undefined = () => undefined,
) {
  return stubFetch((request) => {
    const query = new URL(request.url).searchParams;
    const refusal = refuse(request, query);
    if (refusal !== undefined) return refusal;
    if (query.has("uploads")) return new Response("<R><UploadId>upload-1</UploadId></R>");
    if (query.has("partNumber")) return new Response("", { headers: { etag: `"part-${query.get("partNumber")}"` } });
    if (request.method === "DELETE") return new Response(null, { status: 204 });
    return new Response('<R><ETag>"whole-2"</ETag></R>');
  });
}

const steps = ({ requests }: { requests: SentRequest[] }) =>
  requests.map(({ method, url }) => `${method} ${url.slice(url.indexOf("?") + 1)}`);

async function* pieces(...sizes: number[]): AsyncGenerator<Uint8Array> {
  for (const size of sizes) yield await Promise.resolve(new Uint8Array(size));
}

Deno.test("upload() sends a small body as one PUT with its digests", async () => {
  const store = stubFetch(stored());
  const info = await stubSource(store).upload("a.txt", "hello", {
    contentType: "text/plain",
    cacheControl: "no-store",
    contentDisposition: "inline",
    metadata: { Author: "me" },
    ifNoneMatch: "*",
  });
  const [request] = store.requests;
  assertEquals([store.requests.length, request?.method, request?.body], [1, "PUT", "hello"]);
  const sent = Object.fromEntries(request?.headers ?? []);
  assertEquals(sent["x-amz-content-sha256"], SHA256_OF_HELLO);
  assertEquals(sent["x-amz-checksum-sha256"], "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=");
  assertEquals([sent["content-type"], sent["cache-control"], sent["content-disposition"]], [
    "text/plain",
    "no-store",
    "inline",
  ]);
  assertEquals([sent["x-amz-meta-author"], sent["if-none-match"]], ["me", "*"]);
  assertMatch(
    sent.authorization ?? "",
    /SignedHeaders=cache-control;content-disposition;content-type;host;if-none-match;/,
  );
  assertEquals(info, {
    path: "a.txt",
    name: "a.txt",
    size: 5,
    contentType: "text/plain",
    etag: '"tag"',
    contentHash: `sha256:${SHA256_OF_HELLO}`,
    metadata: { author: "me" },
  });
});

Deno.test("upload() leaves the checksum out where the store rejects it", async () => {
  const store = stubFetch(stored());
  await stubSource(store, {}, { upload: { sendChecksums: false } }).upload("a.txt", "hello");
  assertEquals(store.requests[0]?.headers.has("x-amz-checksum-sha256"), false);
  assertEquals(store.requests[0]?.headers.get("x-amz-content-sha256"), SHA256_OF_HELLO);
  assertEquals(store.requests[0]?.headers.get("x-amz-meta-sha256"), SHA256_OF_HELLO);
});

for (
  const [kind, body] of [["Blob", new Blob([new Uint8Array(9 * MIB)])], [
    "Uint8Array",
    new Uint8Array(9 * MIB),
  ]] as const
) {
  Deno.test(`upload() of a ${kind} in parts tells its digest where the store rejects checksums`, async () => {
    const store = multipartStore();
    const { contentHash } = await stubSource(store, {}, { upload: { sendChecksums: false } }).upload("a", body);
    assertEquals(`sha256:${store.requests[0]?.headers.get("x-amz-meta-sha256")}`, contentHash);
  });
}

Deno.test("upload() reports what a part has sent, and counts what is sent again once", async () => {
  let failures = 0;
  const store = multipartStore((_, query) =>
    query.get("partNumber") === "2" && failures++ === 0 ? s3Error(503, "SlowDown") : undefined
  );
  const reports: number[] = [];
  await stubSource(store).upload("a", new Blob([new Uint8Array(10 * MIB)]), {
    onProgress: ({ sentBytes, totalBytes }) => {
      assertEquals(totalBytes, 10 * MIB);
      reports.push(sentBytes);
    },
  });
  assertEquals(failures, 2);
  // 256 KiB at a time.
  assertEquals(reports, Array.from({ length: 41 }, (_, index) => index * MIB / 4));
});

Deno.test("upload() learns the total of a stream at its end", async () => {
  const reports: UploadProgress[] = [];
  await stubSource(multipartStore()).upload("a", pieces(8 * MIB, MIB), {
    onProgress: (report) => reports.push(report),
  });
  assertEquals([reports[0], reports.at(-1)], [{ sentBytes: 0 }, { sentBytes: 9 * MIB, totalBytes: 9 * MIB }]);
});

Deno.test("upload() of an empty file reports 0 of 0", async () => {
  const reports: UploadProgress[] = [];
  await stubSource(stubFetch(stored())).upload("a", "", { onProgress: (report) => reports.push(report) });
  assertEquals(reports, [{ sentBytes: 0, totalBytes: 0 }]);
});

const bodies: Record<string, () => UploadBody> = {
  string: () => "hello",
  Uint8Array: () => new TextEncoder().encode("hello"),
  "a view into a larger buffer": () => new TextEncoder().encode("(hello)").subarray(1, 6),
  "shared memory": () => {
    const bytes = new Uint8Array(new SharedArrayBuffer(5));
    bytes.set(new TextEncoder().encode("hello"));
    return bytes;
  },
  ArrayBuffer: () => new TextEncoder().encode("hello").buffer,
  Blob: () => new Blob(["hel", "lo"]),
  ReadableStream: () => new Blob(["hello"]).stream(),
  AsyncIterable: async function* () {
    yield new TextEncoder().encode("hel");
    yield await Promise.resolve(new Uint8Array());
    yield new TextEncoder().encode("lo");
  },
};
for (const [name, body] of Object.entries(bodies)) {
  Deno.test(`upload() takes ${name}`, async () => {
    const store = stubFetch(stored());
    assertEquals((await stubSource(store).upload("a.txt", body())).contentHash, `sha256:${SHA256_OF_HELLO}`);
    assertEquals(store.requests.map((request) => request.body), ["hello"]);
  });
}

Deno.test("upload() takes the type of a Blob unless it is told another", async () => {
  const store = stubFetch(stored());
  const blob = new Blob(["x"], { type: "image/png" });
  await stubSource(store).upload("a", blob);
  await stubSource(store).upload("a", blob, { contentType: "text/plain" });
  await stubSource(store).upload("a", "x");
  assertEquals(store.requests.map(({ headers }) => headers.get("content-type")), [
    "image/png",
    "text/plain",
    "application/octet-stream",
  ]);
});

for (
  const [name, body, options, message] of [
    ["a body of another type", 5, {}, "the body must be a Blob"],
    [
      "chunks that are no bytes",
      (async function* () {
        yield await Promise.resolve("text");
      })(),
      {},
      "a chunk of the body is not",
    ],
    ["a negative size", "x", { size: -1 }, '"size" must be a whole number'],
    ["a metadata name that is no header", "x", { metadata: { "a b": "c" } }, 'the metadata name "a b"'],
    ["a line break in a header", "x", { contentType: "text/plain\r\nx: y" }, "the value of content-type"],
    ["metadata beyond 2 KB", "x", { metadata: { a: "x".repeat(2048) } }, "the metadata has 2049 bytes"],
    ["another ifNoneMatch", "x", { ifNoneMatch: '"tag"' }, '"ifNoneMatch": it must be "*"'],
    ["both conditions", "x", { ifNoneMatch: "*", ifMatch: '"tag"' }, "exclude each other"],
  ] as const
) {
  Deno.test(`upload() refuses ${name} and sends nothing`, async () => {
    const store = stubFetch(stored());
    await assertRejects(
      () => stubSource(store).upload("a", body as never, options as never),
      InvalidArgumentError,
      message,
    );
    assertEquals(store.requests.length, 0);
  });
}

Deno.test("upload() refuses a stream that is locked to another reader", async () => {
  const stream = new Blob(["x"]).stream();
  stream.getReader();
  await assertRejects(() => stubSource(stubFetch(stored())).upload("a", stream), InvalidArgumentError, "locked");
});

for (
  const [name, size, body] of [["short", 6, () => pieces(5)], ["long", 4, () => pieces(5)], [
    "known",
    4,
    () => "hello",
  ]] as const
) {
  Deno.test(`upload() sends nothing of a small body whose declared size is wrong (${name})`, async () => {
    const store = stubFetch(stored());
    await assertRejects(() => stubSource(store).upload("a", body(), { size }), IntegrityError, "bytes");
    assertEquals(store.requests.length, 0);
  });
}

Deno.test("upload() sends a body of exactly one part as one PUT", async () => {
  const store = stubFetch(stored());
  await stubSource(store).upload("a", pieces(3 * MIB, 5 * MIB));
  assertEquals(store.requests.map(({ method }) => method), ["PUT"]);
});

Deno.test("upload() sends a larger body in parts and completes them in order", async () => {
  const store = multipartStore();
  const progress: number[] = [];
  const info = await stubSource(store).upload("a", pieces(5 * MIB, 5 * MIB), {
    ifMatch: '"old"',
    contentType: "text/plain",
    onProgress: ({ sentBytes }) => progress.push(sentBytes),
  });
  assertEquals(steps(store).slice(0, 1), ["POST uploads="]);
  assertEquals(steps(store).slice(1, 3).sort(), [
    "PUT partNumber=1&uploadId=upload-1",
    "PUT partNumber=2&uploadId=upload-1",
  ]);
  assertEquals(steps(store).slice(3), ["POST uploadId=upload-1"]);
  const complete = store.requests[3];
  assertMatch(
    complete?.body ?? "",
    /<Part><PartNumber>1<\/PartNumber><ETag>"part-1"<\/ETag><ChecksumSHA256>[^<]{44}<\/ChecksumSHA256><\/Part><Part><PartNumber>2</,
  );
  assertEquals(complete?.headers.get("if-match"), '"old"');
  assertEquals(store.requests[0]?.headers.get("content-type"), "text/plain");
  assertEquals([info.size, info.etag, progress.at(-1)], [10 * MIB, '"whole-2"', 10 * MIB]);
  assertEquals(info.contentHash, "sha256:e5b844cc57f57094ea4585e235f36c78c1cd222262bb89d53c94dcb4d6b3e55d");
});

Deno.test("upload() sends each part of its own again", async () => {
  let failures = 2;
  const store = multipartStore((_, query) =>
    query.get("partNumber") === "2" && failures-- > 0 ? s3Error(503, "SlowDown") : undefined
  );
  await stubSource(store).upload("a", new Uint8Array(9 * MIB));
  assertEquals(steps(store).filter((step) => step.includes("partNumber=1")).length, 1);
  assertEquals(steps(store).filter((step) => step.includes("partNumber=2")).length, 3);
});

for (
  const [name, refuse] of [
    [
      "a part is refused",
      (_: SentRequest, query: URLSearchParams) =>
        query.get("partNumber") === "2" ? s3Error(400, "InvalidPart") : undefined,
    ],
    [
      "completing is refused",
      ({ method }: SentRequest, query: URLSearchParams) =>
        method === "POST" && query.has("uploadId") ? s3Error(400, "InvalidPart") : undefined,
    ],
    [
      "completing fails within a 200",
      ({ method }: SentRequest, query: URLSearchParams) =>
        method === "POST" && query.has("uploadId") ? s3Error(200, "InvalidPart") : undefined,
    ],
  ] as const
) {
  Deno.test(`upload() removes the parts when ${name}`, async () => {
    const store = multipartStore(refuse);
    await assertRejects(() => stubSource(store).upload("a", pieces(9 * MIB, 9 * MIB)), ServiceError, "InvalidPart");
    assertEquals(steps(store).at(-1), "DELETE uploadId=upload-1");
  });
}

Deno.test("upload() removes the parts and rethrows when its source fails", async () => {
  const store = multipartStore();
  async function* failing() {
    yield* pieces(9 * MIB, 9 * MIB);
    throw new RangeError("the disk is gone");
  }
  await assertRejects(() => stubSource(store).upload("a", failing()), RangeError, "the disk is gone");
  assertEquals(steps(store).at(-1), "DELETE uploadId=upload-1");
  assertEquals(steps(store).includes("POST uploadId=upload-1"), false);
});

for (const [name, size] of [["short", 20 * MIB], ["long", 17 * MIB]] as const) {
  Deno.test(`upload() removes the parts of a large body whose declared size is wrong (${name})`, async () => {
    const store = multipartStore();
    await assertRejects(
      () => stubSource(store).upload("a", pieces(9 * MIB, 9 * MIB), { size }),
      IntegrityError,
      "should have",
    );
    assertEquals(steps(store).at(-1), "DELETE uploadId=upload-1");
  });
}

Deno.test("upload() removes the parts and cancels its source when it is aborted", async () => {
  const controller = new AbortController();
  let cancelled = false;
  const store = multipartStore((_, query) => {
    if (query.has("partNumber")) controller.abort(new RangeError("enough"));
    return undefined;
  });
  const body = new ReadableStream<Uint8Array>({
    pull: (stream) => stream.enqueue(new Uint8Array(MIB)),
    cancel: () => void (cancelled = true),
  }, { highWaterMark: 0 });
  const { signal } = controller;
  await assertRejects(() => stubSource(store).upload("a", body, { signal }), RangeError, "enough");
  assertEquals([steps(store).at(-1), cancelled], ["DELETE uploadId=upload-1", true]);
});

Deno.test("upload() that is aborted while it begins removes what the store began meanwhile", async () => {
  const controller = new AbortController();
  const inner = multipartStore();
  const store = stubFetch(async (request) => {
    if (request.url.endsWith("?uploads=")) {
      controller.abort(new RangeError("enough"));
      // Answers only after the caller has been told.
      await new Promise((resolve) => setTimeout(resolve));
    }
    return await inner.fetch(request.url, request.init);
  });
  const { signal } = controller;
  await assertRejects(() => stubSource(store).upload("a", new Uint8Array(9 * MIB), { signal }), RangeError, "enough");
  assertEquals(steps(store), ["POST uploads=", "DELETE uploadId=upload-1"]);
});

Deno.test("upload() reports its first failure, and that the parts could not be removed as a warning", async () => {
  const events: S3SourceEvent[] = [];
  const store = multipartStore(({ method }, query) =>
    method === "DELETE"
      ? s3Error(403, "AccessDenied")
      : query.has("partNumber")
      ? s3Error(400, "InvalidPart")
      : undefined
  );
  const source = stubSource(store, {}, { onEvent: (event) => events.push(event) });
  await assertRejects(() => source.upload("a", new Uint8Array(9 * MIB)), ServiceError, "InvalidPart");
  assertEquals(events.flatMap((event) => event.type === "warning" ? [event.code] : []), ["AbortFailed"]);
});

Deno.test("upload() finds out that a completion whose answer was lost has worked", async () => {
  let completions = 0;
  const store = multipartStore(({ method, headers }, query) => {
    if (method === "HEAD" && headers.has("x-amz-checksum-mode")) {
      return new Response(null, { headers: { etag: '"whole-2"', "content-length": String(9 * MIB) } });
    }
    if (method !== "POST" || !query.has("uploadId")) return undefined;
    return ++completions === 1 ? s3Error(500, "InternalError") : s3Error(404, "NoSuchUpload");
  });
  assertEquals((await stubSource(store).upload("a", new Uint8Array(9 * MIB))).etag, '"whole-2"');
});

for (
  const [name, body] of [
    ["never yields", async function* () {
      yield new Uint8Array(1);
      await new Promise(() => {});
    }],
    ["cannot be cancelled", () => new ReadableStream<Uint8Array>({ cancel: () => new Promise(() => {}) })],
  ] as const
) {
  Deno.test(`upload() of a source that ${name} ends when it is aborted`, async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const failed = assertRejects(
      () => stubSource(multipartStore()).upload("a", body(), { signal }),
      RangeError,
      "enough",
    );
    controller.abort(new RangeError("enough"));
    await failed;
  });
}

Deno.test("upload() leaves a stream alone when another argument is wrong", async () => {
  const stream = new Blob(["hello"]).stream();
  const source = stubSource(stubFetch(stored()));
  await assertRejects(() => source.upload("a", stream, { metadata: { "bad name": "x" } }), InvalidArgumentError);
  await assertRejects(() => source.upload("a", stream, { size: -1 }), InvalidArgumentError);
  await assertRejects(() => source.upload("../a", stream));
  assertEquals([stream.locked, await new Response(stream).text()], [false, "hello"]);
});

for (const condition of [{ ifNoneMatch: "*" as const }, { ifMatch: '"old"' }]) {
  for (
    const [name, checksum, succeeds] of [
      ["its own file", "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=", true],
      ["somebody else's file", "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=", false],
    ] as const
  ) {
    Deno.test(`upload() with ${JSON.stringify(condition)} whose first answer was lost meets ${name}`, async () => {
      const store = stubFetch(
        new TypeError("connection reset"),
        s3Error(412, "PreconditionFailed"),
        new Response(null, { headers: { etag: '"t"', "content-length": "5", "x-amz-checksum-sha256": checksum } }),
      );
      const uploaded = stubSource(store).upload("a", "hello", condition);
      if (succeeds) assertEquals((await uploaded).etag, '"t"');
      else await assertRejects(() => uploaded, PreconditionFailedError);
    });
  }
}

Deno.test("upload() with ifNoneMatch does not look twice when the first answer says there is a file", async () => {
  const store = stubFetch(s3Error(412, "PreconditionFailed"));
  await assertRejects(() => stubSource(store).upload("a", "hello", { ifNoneMatch: "*" }), PreconditionFailedError);
  assertEquals(store.requests.length, 1);
});

Deno.test("upload() has no more parts on their way than concurrency allows", async () => {
  let waiting: (() => void)[] = [];
  const groups: number[] = [];
  const inner = multipartStore();
  const store = stubFetch(async (request) => {
    // Of the nine parts, none is answered before three wait; a fourth would have its chance to come.
    if (request.url.includes("partNumber")) {
      await new Promise<void>((resolve) => {
        if (waiting.push(resolve) < 3) return;
        setTimeout(() => {
          groups.push(waiting.length);
          waiting.forEach((answer) => answer());
          waiting = [];
        }, 50);
      });
    }
    return await inner.fetch(request.url, request.init);
  });
  const options = { fetch: store.fetch, upload: { partSizeBytes: 5 * MIB, concurrency: 3 } };
  const source = createS3Source({ bucket: "media", endpointUrl: "http://store.test", ...KEYS }, options);
  await source.upload("a", new Uint8Array(41 * MIB));
  assertEquals([groups, store.requests.length], [[3, 3, 3], 11]);
});

Deno.test("planParts() needs at most 10,000 parts for any size up to 10,000 of 5 GiB", () => {
  const settings = { partSizeBytes: 8 * MIB, equalParts: false };
  for (
    const size of [0, 1, 8 * MIB, 80_000 * MIB, 80_000 * MIB + 1, 1024 ** 4, 5 * 1024 ** 4, 10_000 * 5 * 1024 ** 3]
  ) {
    const parts = Math.ceil(size / planParts(size, settings).sizeOf(1));
    assertEquals(parts <= 10_000, true, `${size} bytes in ${parts} parts`);
  }
});

Deno.test("planParts() reaches 5 TiB with parts that grow while the size is unknown", () => {
  const plan = planParts(undefined, { partSizeBytes: 8 * MIB, equalParts: false });
  assertEquals([1, 900, 901, 1801, 8101].map((part) => plan.sizeOf(part) / MIB), [8, 8, 16, 32, 4096]);
  let total = 0;
  for (let part = 1; part <= 10_000; part++) total += plan.sizeOf(part);
  assertEquals(total >= 5 * 1024 ** 4, true);
});

Deno.test("planParts() keeps parts equal where a store needs it", () => {
  const plan = planParts(undefined, { partSizeBytes: 8 * MIB, equalParts: true });
  assertEquals([plan.sizeOf(1), plan.sizeOf(10_000)], [8 * MIB, 8 * MIB]);
});

Deno.test("copy() copies a file beyond one request's limit in parts", async () => {
  const store = stubFetch(({ method, url }) => {
    if (method === "HEAD") return new Response(null, { headers: { etag: '"old"', "content-length": "25" } });
    if (url.includes("uploads=")) return new Response("<R><UploadId>u</UploadId></R>");
    return new Response('<R><ETag>"new"</ETag></R>');
  });
  const info = await copy(stubContext(store), "from +", "to", { maxCopyBytes: 20, partSizeBytes: 10 });
  assertEquals([info.path, info.size, info.etag], ["to", 25, '"new"']);
  const copied = store.requests.filter(({ url }) => url.includes("partNumber"));
  assertEquals(copied.map(({ headers }) => headers.get("x-amz-copy-source-range")), [
    "bytes=0-9",
    "bytes=10-19",
    "bytes=20-24",
  ]);
  assertEquals(copied[0]?.headers.get("x-amz-copy-source"), "/media/team/from%20%2B");
  assertEquals(copied[0]?.headers.get("x-amz-copy-source-if-match"), '"old"');
});
