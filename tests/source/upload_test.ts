import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import {
  FileTooLargeError,
  IntegrityError,
  InvalidArgumentError,
  PreconditionFailedError,
  ServiceError,
  type TransferProgress,
} from "../../mod.ts";
import { s3Error, stubFetch, stubSource } from "../support/stub_fetch.ts";
import { pieces, SHA256_OF_HELLO, stored, takingAll } from "../support/stub_uploads.ts";

const MIB = 1024 ** 2;

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
    etag: '"tag"',
    lastModified: null,
    contentType: "text/plain",
    contentHash: `sha256:${SHA256_OF_HELLO}`,
    metadata: { author: "me" },
  });
});

Deno.test("upload() leaves the checksum out where the store rejects it", async () => {
  const store = stubFetch(stored());
  await stubSource(store, { store: { checksums: "none" } }).upload("a.txt", "hello");
  assertEquals(store.requests[0]?.headers.has("x-amz-checksum-sha256"), false);
  assertEquals(store.requests[0]?.headers.get("x-amz-content-sha256"), SHA256_OF_HELLO);
  assertEquals(store.requests[0]?.headers.get("x-amz-meta-sha256"), SHA256_OF_HELLO);
});

Deno.test("upload() of an empty file reports 0 of 0", async () => {
  const reports: TransferProgress[] = [];
  await stubSource(stubFetch(stored())).upload("a", "", { onProgress: (report) => reports.push(report) });
  assertEquals(reports, [{ transferredBytes: 0, totalBytes: 0 }]);
});

for (
  const [name, body, options, message] of [
    ["a negative size", "x", { size: -1 }, '"size": it must be a whole number'],
    ["a metadata name that is not a header", "x", { metadata: { "a b": "c" } }, 'the metadata name "a b"'],
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

for (const condition of [{ ifNoneMatch: "*" as const }, { ifMatch: '"old"' }]) {
  for (
    const [name, checksum, succeeds] of [
      ["its own file", "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=", true],
      ["another file", "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=", false],
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

for (
  const [name, response, reason] of [
    ["a login page", new Response("<html>Log in</html>"), "S3's has no body, and this one does"],
    [
      "a page with an ETag",
      new Response("<!doctype html><p>Log in", { headers: { etag: '"page"' } }),
      "S3's has no body, and this one does",
    ],
    ["JSON", new Response('{"ok":true}', { headers: { etag: '"page"' } }), "S3's has no body, and this one does"],
    ["nothing of S3", new Response(null), "it has no ETag"],
  ] as const
) {
  Deno.test(`upload() rejects a 200 with ${name}`, async () => {
    const source = stubSource(stubFetch(response), {}, { retry: { maxAttempts: 2, baseDelayMs: 0 } });
    const error = await assertRejects(() => source.upload("a", "A"), ServiceError, reason);
    assertEquals(error.code, "InvalidResponse");
  });
}

Deno.test("upload() treats a 200 with an <Error> as that error", async () => {
  const store = stubFetch(s3Error(200, "SlowDown"), new Response(null, { headers: { etag: '"t"' } }));
  assertEquals((await stubSource(store).upload("a", "A")).etag, '"t"');
  assertEquals(store.requests.length, 2);
});

Deno.test("upload() accepts a store without ETags", async () => {
  const store = stubFetch(new Response(null, { headers: { "x-amz-request-id": "R1" } }));
  assertEquals((await stubSource(store).upload("a", "A")).etag, null);
});

for (const code of ["BadDigest", "InvalidDigest", "XAmzContentSHA256Mismatch"]) {
  Deno.test(`upload() rejects with an IntegrityError for ${code}`, async () => {
    const source = stubSource(stubFetch(() => s3Error(400, code)), {}, { retry: { maxAttempts: 1 } });
    const error = await assertRejects(() => source.upload("a", "A"), IntegrityError, "other bytes arrived");
    assertEquals(error.code, code);
  });
}

Deno.test("upload() refuses an empty ifMatch, which some stores take for no condition", async () => {
  await assertRejects(
    () => stubSource(stubFetch()).upload("a", "A", { ifMatch: "" }),
    InvalidArgumentError,
    '"ifMatch": it must not be empty',
  );
});

for (const ifNoneMatch of ["", '"etag"', true]) {
  Deno.test(`upload() refuses ifNoneMatch ${JSON.stringify(ifNoneMatch)}, which is no condition that S3 has`, async () => {
    const options = JSON.parse(JSON.stringify({ ifNoneMatch }));
    const message = 'Cannot upload() with the option "ifNoneMatch": it must be "*"';
    await assertRejects(() => stubSource(stubFetch()).upload("a", "A", options), InvalidArgumentError, message);
  });
}

Deno.test("upload() refuses metadata whose names differ in case only", async () => {
  const { source } = takingAll();
  const metadata = { Author: "one", author: "two" };
  await assertRejects(() => source.upload("a", "x", { metadata }), InvalidArgumentError, '"author" is given twice');
});

for (const sendChecksums of [true, false]) {
  for (const [name, body] of Object.entries({ "one request": "x", parts: new Uint8Array(9 * MIB) })) {
    const how = `${name}, ${sendChecksums ? "with" : "without"} checksums`;
    Deno.test(`upload() in ${how} stores no metadata sha256 that reading would refuse`, async () => {
      const { source, requests } = takingAll(() => {}, sendChecksums);
      const metadata = { sha256: "0".repeat(64) };
      const error = await assertRejects(() => source.upload("a", body, { metadata }), IntegrityError, '"sha256"');
      assertEquals(error.code, "BadDigest");
      assert(requests.every(({ url, method }) => method !== "POST" || url.includes("?uploads")), "it was completed");
      assert(!requests.some(({ url, method }) => method === "PUT" && !url.includes("?")), "it was stored");
      const { contentHash } = await source.upload("a", body);
      const digest = contentHash?.replace("sha256:", "") ?? "";
      for (const sha256 of [digest, digest.toUpperCase(), "of something else"]) {
        await source.upload("a", body, { metadata: { sha256 } });
        const stored = requests.findLast(({ headers }) => headers.has("x-amz-meta-sha256"));
        assertEquals(stored?.headers.get("x-amz-meta-sha256"), sha256);
      }
    });
  }
}

Deno.test("upload() takes 2 KB of metadata, trimmed", async () => {
  const store = stubFetch(stored());
  const { metadata } = await stubSource(store).upload("a", "x", { metadata: { A: ` ${"x".repeat(2_045)} ` } });
  assertEquals(metadata, { a: "x".repeat(2_045) });
  assertEquals(store.requests[0]?.headers.get("x-amz-meta-a"), "x".repeat(2_045));
});

Deno.test("upload() refuses an ifMatch that cannot be sent", async () => {
  const store = stubFetch(stored());
  const uploading = () => stubSource(store).upload("a", "x", { ifMatch: "ü" });
  await assertRejects(uploading, InvalidArgumentError, "the value of ifMatch must be printable ASCII");
  assertEquals(store.requests.length, 0);
});

Deno.test("upload() refuses a file that no store can hold, and sends nothing", async () => {
  const store = stubFetch(stored());
  const size = 10_000 * 5 * 1024 ** 3 + 1;
  await assertRejects(() => stubSource(store).upload("a", pieces(1), { size }), FileTooLargeError, 'upload "a"');
  assertEquals(store.requests.length, 0);
});

Deno.test("upload() of a small stream learns the total before it sends", async () => {
  const reports: TransferProgress[] = [];
  await stubSource(stubFetch(stored())).upload("a", pieces(5), { onProgress: (report) => reports.push(report) });
  assertEquals(reports, [
    { transferredBytes: 0 },
    { transferredBytes: 0, totalBytes: 5 },
    { transferredBytes: 5, totalBytes: 5 },
  ]);
});

Deno.test("upload() that is aborted beforehand reads nothing of a stream, and cancels it", async () => {
  let pulls = 0;
  let isCancelled = false;
  const body = new ReadableStream<Uint8Array>({
    pull: () => void pulls++,
    cancel: () => void (isCancelled = true),
  }, { highWaterMark: 0 });
  const signal = AbortSignal.abort(new RangeError("enough"));
  await assertRejects(() => stubSource(stubFetch(stored())).upload("a", body, { signal }), RangeError, "enough");
  assertEquals([pulls, isCancelled], [0, true]);
});
