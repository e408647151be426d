import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import {
  createS3Source,
  IntegrityError,
  PreconditionFailedError,
  type S3SourceEvent,
  ServiceError,
  type TransferProgress,
} from "../../mod.ts";
import { withMultipart } from "../../src/operations/multipart.ts";
import { upload } from "../../src/operations/upload.ts";
import {
  KEYS,
  s3Error,
  s3Object,
  type SentRequest,
  stubContext,
  stubFetch,
  stubSource,
} from "../support/stub_fetch.ts";
import { multipartStore, pieces, steps } from "../support/stub_uploads.ts";

const MIB = 1024 ** 2;

for (
  const [facts, size, etag, isOurs] of [
    ["its size and number of parts", 9 * MIB, '"t-2"', true],
    ["another size", 9 * MIB - 1, '"t-2"', false],
    ["another number of parts", 9 * MIB, '"t-3"', false],
  ] as const
) {
  const verb = isOurs ? "takes" : "does not take";
  Deno.test(`upload() whose last answer was lost ${verb} a file of ${facts} for its own`, async () => {
    let completions = 0;
    const store = stubFetch(({ method, url }) => {
      if (method === "HEAD") return new Response(null, { headers: { etag, "content-length": `${size}` } });
      if (url.includes("uploads=")) return new Response("<R><UploadId>u</UploadId></R>");
      if (method === "PUT") return new Response(null, { headers: { etag: '"part"' } });
      if (method === "DELETE") return new Response(null, { status: 204 });
      if (completions++ === 0) throw new TypeError("connection reset");
      return s3Error(404, "NoSuchUpload");
    });
    const uploaded = stubSource(store).upload("a", new Uint8Array(9 * MIB));
    if (isOurs) assertEquals((await uploaded).etag, etag);
    else await assertRejects(() => uploaded, ServiceError);
  });
}

for (
  const [joined, checksums, hint] of [
    [0, "sha256", '; if it does not know the checksums of parts, set store.checksums: "none"'],
    [1, "none", ""],
  ] as const
) {
  Deno.test(`upload() in parts rejects a file that the store has made of ${joined} of 2, with checksums: "${checksums}"`, async () => {
    const store = stubFetch(({ method, url }) => {
      if (url.includes("uploads=")) return new Response("<R><UploadId>u</UploadId></R>");
      if (method === "PUT") return new Response(null, { headers: { etag: '"part"' } });
      if (method === "DELETE") return s3Error(404, "NoSuchUpload");
      return new Response(`<R><ETag>"d41d8cd98f00b204e9800998ecf8427e-${joined}"</ETag></R>`);
    });
    const uploading = () => stubSource(store, { store: { checksums } }).upload("a", new Uint8Array(9 * MIB));
    const error = await assertRejects(uploading, IntegrityError);
    assertEquals(
      [error.code, error.message],
      ["PartsMissing", `Cannot upload "a": the store has made a file of ${joined} parts instead of 2${hint}`],
    );
    assertEquals(store.requests.length, 5);
  });
}

for (
  const [kind, body] of [["Blob", new Blob([new Uint8Array(9 * MIB)])], [
    "Uint8Array",
    new Uint8Array(9 * MIB),
  ]] as const
) {
  Deno.test(`upload() of a ${kind} in parts stores its digest as metadata where the store rejects checksums`, async () => {
    const store = multipartStore();
    const { contentHash } = await stubSource(store, { store: { checksums: "none" } }).upload("a", body);
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
    onProgress: ({ transferredBytes, totalBytes }) => {
      assertEquals(totalBytes, 10 * MIB);
      reports.push(transferredBytes);
    },
  });
  assertEquals(failures, 2);
  // 256 KiB at a time.
  assertEquals(reports, Array.from({ length: 41 }, (_, index) => index * MIB / 4));
});

Deno.test("upload() learns the total of a stream at its end", async () => {
  const reports: TransferProgress[] = [];
  await stubSource(multipartStore()).upload("a", pieces(8 * MIB, MIB), {
    onProgress: (report) => reports.push(report),
  });
  assertEquals([reports[0], reports.at(-1)], [{ transferredBytes: 0 }, {
    transferredBytes: 9 * MIB,
    totalBytes: 9 * MIB,
  }]);
});

Deno.test("upload() sends a larger body in parts and completes them in order", async () => {
  const store = multipartStore();
  const progress: number[] = [];
  const info = await stubSource(store).upload("a", pieces(5 * MIB, 5 * MIB), {
    ifMatch: '"old"',
    contentType: "text/plain",
    onProgress: ({ transferredBytes }) => progress.push(transferredBytes),
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
    /<Part><PartNumber>1<\/PartNumber><ETag>"part-1"<\/ETag><ChecksumCRC32>[^<]{8}<\/ChecksumCRC32><\/Part><Part><PartNumber>2</,
  );
  assertEquals(complete?.headers.get("if-match"), '"old"');
  assertEquals(store.requests[0]?.headers.get("content-type"), "text/plain");
  assertEquals(store.requests[0]?.headers.get("x-amz-checksum-algorithm"), "CRC32");
  assertEquals(store.requests[0]?.headers.get("x-amz-checksum-type"), "FULL_OBJECT");
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
      // Responds only after the caller has been notified.
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

const digestOf = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest();
const COMPOSITE = digestOf(Buffer.concat([digestOf(new Uint8Array(8 * MIB)), digestOf(new Uint8Array(MIB))]));

for (
  const [name, checksum, isOurs] of [
    ["its own", `${COMPOSITE.toString("base64")}-2`, true],
    ["another", `${COMPOSITE.toString("base64")}-3`, false],
  ] as const
) {
  Deno.test(`upload() whose last response was lost compares ${name} checksum with that of its parts`, async () => {
    let completions = 0;
    const store = multipartStore(({ method }, query) => {
      // Size and tag are those of the upload in both cases.
      const headers = { etag: '"t-2"', "content-length": `${9 * MIB}`, "x-amz-checksum-sha256": checksum };
      if (method === "HEAD") return new Response(null, { headers });
      if (method !== "POST" || query.has("uploads")) return undefined;
      return completions++ === 0 ? s3Error(500, "InternalError") : s3Error(404, "NoSuchUpload");
    });
    const chosen = stubSource(store, { store: { checksums: "sha256" } });
    const uploaded = chosen.upload("a", new Uint8Array(9 * MIB));
    if (isOurs) assertEquals((await uploaded).etag, '"t-2"');
    else await assertRejects(() => uploaded, ServiceError, "NoSuchUpload");
  });
}

const md5Of = (bytes: Uint8Array) => createHash("md5").update(bytes).digest();
const MD5S = [md5Of(new Uint8Array(8 * MIB)), md5Of(new Uint8Array(MIB))];
const ETAG_OF_PARTS = `"${md5Of(Buffer.concat(MD5S)).toString("hex")}-2"`;

for (
  const [name, etag, encryption, isOurs] of [
    ["the tag of its parts", ETAG_OF_PARTS, {}, true],
    ["another tag", `"${"0".repeat(32)}-2"`, {}, false],
    ["the opaque tag of a KMS key", `"${"0".repeat(32)}-2"`, { "x-amz-server-side-encryption": "aws:kms" }, true],
  ] as const
) {
  const verb = isOurs ? "takes" : "does not take";
  Deno.test(`upload() whose last answer was lost ${verb} a file of its size with ${name} for its own`, async () => {
    const store = multipartStore(({ method }, query) => {
      if (method === "HEAD") {
        return new Response(null, { headers: { etag, "content-length": `${9 * MIB}`, ...encryption } });
      }
      const md5 = MD5S[Number(query.get("partNumber")) - 1];
      if (md5 !== undefined) return new Response(null, { headers: { etag: `"${md5.toString("hex")}"` } });
      return method === "POST" && !query.has("uploads") ? s3Error(404, "NoSuchUpload") : undefined;
    });
    const uploaded = stubSource(store).upload("a", new Uint8Array(9 * MIB));
    if (isOurs) assertEquals((await uploaded).etag, etag);
    else await assertRejects(() => uploaded, ServiceError, "NoSuchUpload");
  });
}

for (const wasRetried of [true, false]) {
  const behaviour = wasRetried ? "finds its own file after a retried" : "looks for no file after a first";
  Deno.test(`upload() ${behaviour} completion that fails the condition`, async () => {
    let completions = 0;
    const store = multipartStore(({ method }, query) => {
      const headers = { etag: '"t-2"', "content-length": `${9 * MIB}` };
      if (method === "HEAD") return new Response(null, { headers });
      if (method !== "POST" || query.has("uploads")) return undefined;
      return wasRetried && completions++ === 0 ? s3Error(500, "InternalError") : s3Error(412, "PreconditionFailed");
    });
    const uploaded = stubSource(store).upload("a", new Uint8Array(9 * MIB), { ifNoneMatch: "*" });
    if (wasRetried) assertEquals((await uploaded).etag, '"t-2"');
    else await assertRejects(() => uploaded, PreconditionFailedError);
    assertEquals(store.requests.some(({ method }) => method === "HEAD"), wasRetried);
  });
}

Deno.test("upload() escapes the tags of parts", async () => {
  const store = multipartStore((_, query) =>
    query.has("partNumber") ? new Response("", { headers: { etag: "<&>" } }) : undefined
  );
  await stubSource(store).upload("a", new Uint8Array(9 * MIB));
  assertEquals(store.requests.at(-1)?.body.includes("<ETag>&lt;&amp;&gt;</ETag>"), true);
});

Deno.test("upload() stops reading a body as soon as it is longer than declared", async () => {
  let chunks = 0;
  async function* endless() {
    for (; chunks < 100; chunks++) yield await Promise.resolve(new Uint8Array(MIB));
  }
  const store = multipartStore();
  await assertRejects(() => stubSource(store).upload("a", endless(), { size: 9 * MIB }), IntegrityError, "has more");
  assertEquals(chunks < 30, true, `${chunks} MiB`);
});

Deno.test("upload() does not warn of parts that are gone when it removes them a second time", async () => {
  const events: S3SourceEvent[] = [];
  let deletions = 0;
  const store = multipartStore(({ method }, query) => {
    if (method === "DELETE") return deletions++ === 0 ? s3Error(403, "AccessDenied") : s3Error(404, "NoSuchUpload");
    return query.has("partNumber") ? s3Error(400, "InvalidPart") : undefined;
  });
  const source = stubSource(store, {}, { onEvent: (event) => events.push(event) });
  await assertRejects(() => source.upload("a", new Uint8Array(9 * MIB)), ServiceError, "InvalidPart");
  assertEquals(events.filter(({ type }) => type === "warning"), []);
  assertEquals(deletions, 2);
});

Deno.test("withMultipart() begins nothing once it is aborted", async () => {
  const store = multipartStore();
  const signal = AbortSignal.abort(new RangeError("enough"));
  const target = { purpose: { action: "upload" }, path: "a", headers: {}, signal };
  const running = () => withMultipart(stubContext(store), target, () => Promise.resolve({ parts: [], size: 0 }));
  await assertRejects(running, RangeError, "enough");
  assertEquals(store.requests.length, 0);
});

Deno.test("upload() of unknown size doubles its parts after 900", async () => {
  const store = multipartStore();
  const settings = { partSizeBytes: 1, concurrency: 4 };
  await upload({ ...stubContext(store), upload: settings }, "a", pieces(904));
  const sizes = store.requests.flatMap(({ url, body }) => url.includes("partNumber=") ? [body.length] : []);
  assertEquals(sizes.toSorted((a, b) => a - b), [...new Array(900).fill(1), 2, 2]);
});

Deno.test("upload() and copy() do not take a page for the answer that the file is stored", async () => {
  const page = () => new Response("<html><title>Log in</title></html>");
  const store = multipartStore(({ method }, query) => method === "POST" && query.has("uploadId") ? page() : undefined);
  const source = stubSource(store, {}, { retry: { maxAttempts: 1 } });
  const uploading = () => source.upload("a", new Uint8Array(9 * MIB));
  await assertRejects(uploading, ServiceError, 'it is not a CompleteMultipartUploadResult (200, text/plain: "Log in")');
  const copies = stubFetch(({ method }) => method === "HEAD" ? s3Object("x") : page());
  const copying = stubSource(copies, {}, { retry: { maxAttempts: 1 } });
  await assertRejects(() => copying.copy("a", "b"), ServiceError, "it is not a CopyObjectResult");
  await assertRejects(() => copying.move("a", "b"), ServiceError, "it is not a CopyObjectResult");
  assertEquals(copies.requests.map(({ method }) => method), ["HEAD", "PUT", "HEAD", "PUT"]);
});

for (
  const [name, missing, body] of [
    ["upload id", "uploads", "<R><UploadId></UploadId></R>"],
    ["ETag of a part", "partNumber", null],
  ] as const
) {
  Deno.test(`upload() refuses a response with an empty ${name}`, async () => {
    const store = multipartStore((_, query) =>
      query.has(missing) ? new Response(body, { headers: { etag: "" } }) : undefined
    );
    const source = stubSource(store, {}, { retry: { maxAttempts: 1 } });
    const uploading = () => source.upload("a", new Uint8Array(9 * MIB));
    await assertRejects(uploading, ServiceError, "the response cannot be used: it has no");
  });
}
