import { assert, assertEquals, assertRejects } from "@std/assert";
import { createS3Source, IntegrityError, type S3SourceEvent, ServiceError } from "../../mod.ts";
import { isSized, prepareGetObject } from "../../src/operations/get_object.ts";
import { inferPartPlan } from "../../src/operations/part_layout.ts";
import { beginVerification } from "../../src/operations/verification.ts";
import { createMemoryS3, type MemoryS3 } from "../../src/testing/memory_s3/memory_s3.ts";
import { collect, PART_BYTES, someBytes } from "../conformance/suite.ts";
import { s3Object, stubContext, stubFetch, stubSource } from "../support/stub_fetch.ts";

const HELLO = "hello";
const CHECKSUMS: Readonly<Record<string, string>> = {
  sha256: "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=",
  sha1: "qvTGHdzF6KLavt4PO0gs2a6pQ00=",
  crc64nvme: "M3eFcAZSQlc=",
  crc32c: "mnG7TA==",
  crc32: "NhCmhg==",
};

type Reader = (headers: Record<string, string>, content?: string) => Promise<string>;

/** Both ways to read what a store answers. */
const READERS: Readonly<Record<string, Reader>> = {
  "read()": async (headers, content = HELLO) => {
    const source = stubSource(stubFetch(s3Object(content, headers)), {}, { retry: { maxAttempts: 1 } });
    return new TextDecoder().decode(await source.read("a"));
  },
  "stream()": async (headers, content = HELLO) => {
    const source = stubSource(stubFetch(s3Object(content, headers)));
    return await new Response((await source.stream("a")).body).text();
  },
};

const OTHER_SHA256 = CHECKSUMS["sha256"]?.replace("L", "M") ?? "";
const HEX = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

for (const [reader, readText] of Object.entries(READERS)) {
  for (const [algorithm, checksum] of Object.entries(CHECKSUMS)) {
    Deno.test(`${reader} verifies the ${algorithm} of a file`, async () => {
      const headers = { [`x-amz-checksum-${algorithm}`]: checksum };
      assertEquals(await readText(headers), HELLO);
      await assertRejects(
        () => readText(headers, "hellO"),
        IntegrityError,
        "the bytes do not match the stored checksum",
      );
    });
  }

  Deno.test(`${reader} verifies an empty file`, async () => {
    const headers = { "x-amz-checksum-crc32": "AAAAAA==" };
    assertEquals(await readText(headers, ""), "");
    await assertRejects(() => readText({ "x-amz-checksum-crc32": "AAAAAQ==" }, ""), IntegrityError);
  });

  Deno.test(`${reader} relies on the strongest of several checksums`, async () => {
    const wrong = { "x-amz-checksum-crc32": "AAAAAA==" };
    const algorithms = ["sha256", "sha1", "crc64nvme", "crc32c"];
    for (const [index, strongest] of algorithms.entries()) {
      const weaker = algorithms.slice(index + 1).map((name) => [
        `x-amz-checksum-${name}`,
        CHECKSUMS[name]?.replace(/^./, (first) => first === "A" ? "B" : "A") ?? "",
      ]);
      const right = { [`x-amz-checksum-${strongest}`]: CHECKSUMS[strongest] ?? "" };
      assertEquals(await readText({ ...wrong, ...Object.fromEntries(weaker), ...right }), HELLO);
    }
    await assertRejects(() => readText({ ...wrong, "x-amz-checksum-md5": "AAAAAA==" }), IntegrityError);
  });

  Deno.test(`${reader} relies on the metadata sha256 where the store has no checksum`, async () => {
    for (const hex of [HEX, HEX.toUpperCase()]) {
      assertEquals(await readText({ "x-amz-meta-sha256": hex }), HELLO);
      await assertRejects(() => readText({ "x-amz-meta-sha256": hex }, "hellO"), IntegrityError);
    }
    const known = { "x-amz-meta-sha256": "0".repeat(64), "x-amz-checksum-crc32": CHECKSUMS["crc32"] ?? "" };
    assertEquals(await readText(known), HELLO);
  });

  for (
    const [name, headers] of Object.entries({
      "that is not Base64": { "x-amz-checksum-sha256": OTHER_SHA256.replace("=", "!") },
      "of a wrong length": { "x-amz-checksum-sha256": OTHER_SHA256.slice(4) },
      "of parts that says otherwise": { "x-amz-checksum-sha256": OTHER_SHA256, "x-amz-checksum-type": "COMPOSITE" },
      "of the whole that counts parts": {
        "x-amz-checksum-sha256": `${OTHER_SHA256}-1`,
        "x-amz-checksum-type": "FULL_OBJECT",
      },
      "of an unknown kind": { "x-amz-checksum-xxhash3": "AAAAAAAAAAA=" },
      "in metadata that is not a digest": { "x-amz-meta-sha256": "the best file" },
    })
  ) {
    Deno.test(`${reader} leaves a checksum ${name} alone`, async () => {
      assertEquals(await readText(headers), HELLO);
    });
  }
}

Deno.test("read() and stream() do not compare a part of a file with the checksum of the whole", async () => {
  const headers = {
    "content-length": "3",
    "content-range": "bytes 0-2/5",
    "x-amz-checksum-sha256": CHECKSUMS["sha256"] ?? "",
  };
  const source = stubSource(stubFetch(() => new Response("hel", { status: 206, headers })));
  const range = { offset: 0, length: 3 };
  assertEquals(new TextDecoder().decode(await source.read("a", { range })), "hel");
  assertEquals(await new Response((await source.stream("a", { range })).body).text(), "hel");
});

const MIB = 1024 ** 2;

for (
  const [name, facts, sizes] of [
    ["equal parts", { size: 20 * MIB, first: 8 * MIB, partCount: 3 }, [8 * MIB, 8 * MIB]],
    ["full parts", { size: 16 * MIB, first: 8 * MIB, partCount: 2 }, [8 * MIB, 8 * MIB]],
    ["a single part", { size: 5, first: 5, partCount: 1 }, [5]],
    ["parts too many", { size: 16 * MIB, first: 8 * MIB, partCount: 3 }, undefined],
    ["parts too few", { size: 17 * MIB, first: 8 * MIB, partCount: 2 }, undefined],
  ] as const
) {
  Deno.test(`inferPartPlan() knows ${name} from others`, () => {
    const plan = inferPartPlan(facts);
    assertEquals<unknown>(plan && Array.from(sizes ?? [0], (_, index) => plan.sizeOf(index + 1)), sizes);
  });
}

Deno.test("inferPartPlan() knows parts that double, as uploads of unknown size have them", () => {
  const size = 900 * 8 * MIB + 100 * 16 * MIB + 1;
  const plan = inferPartPlan({ size, first: 8 * MIB, partCount: 1001 });
  assertEquals([plan?.sizeOf(900), plan?.sizeOf(901), plan?.sizeOf(1001)], [8 * MIB, 16 * MIB, 16 * MIB]);
  assertEquals(inferPartPlan({ size, first: 8 * MIB, partCount: 1002 }), undefined);
});

const PARTED = someBytes(2 * PART_BYTES + 9);

/** A store with a file of three parts; their digest is wrong if a byte of the answer is. */
async function partedStore(): Promise<MemoryS3> {
  const s3 = createMemoryS3();
  const upload = { partSizeBytes: PART_BYTES };
  await createS3Source({ ...s3.config, store: { checksums: "sha256" } }, { fetch: s3.fetch, upload }).upload(
    "a",
    PARTED,
  );
  return s3;
}

/** Reads the file with its first byte altered, and HEAD answered in another way. */
async function readAltered(
  s3: MemoryS3,
  answerHead: (send: (url: URL) => Promise<Response>, url: URL) => Promise<Response>,
): Promise<{ results: unknown[]; warnings: S3SourceEvent[] }> {
  const warnings: S3SourceEvent[] = [];
  const altered: typeof fetch = async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input);
    if (init?.method === "HEAD") return await answerHead((url) => s3.fetch(url, init), url);
    const response = await s3.fetch(url, init);
    const bytes = new Uint8Array(await response.arrayBuffer());
    if (bytes[0] !== undefined) bytes[0] ^= 1;
    return new Response(bytes, response);
  };
  const source = createS3Source(s3.config, {
    fetch: altered,
    retry: { maxAttempts: 1 },
    onEvent: (event) => void (event.type === "warning" && warnings.push(event)),
  });
  const results = [
    await source.read("a").catch((error) => error),
    await source.stream("a").then(({ body }) => collect(body)).catch((error) => error),
  ];
  return { results, warnings };
}

Deno.test("read() and stream() ask for the parts of a file whose checksum is one of parts", async () => {
  const s3 = await partedStore();
  const { etag } = await createS3Source(s3.config, { fetch: s3.fetch }).stat("a") ?? {};
  s3.requests.length = 0;
  const { results, warnings } = await readAltered(s3, (send, url) => send(url));
  assertEquals(results.map((result) => result instanceof IntegrityError), [true, true]);
  assertEquals(warnings, []);
  const heads = s3.requests.filter(({ method }) => method === "HEAD");
  assertEquals(
    heads.map(({ query, headers }) => `${query} ${headers["if-match"]}`),
    [1, 2, 1, 2].map((partNumber) => `partNumber=${partNumber} ${etag}`),
  );
});

Deno.test("read() and stream() leave parts of unknown sizes unverified where the store ignores partNumber", async () => {
  const s3 = await partedStore();
  const { results } = await readAltered(s3, async (_, url) => {
    const etag = (await createS3Source(s3.config, { fetch: s3.fetch }).stat("a"))?.etag ?? "";
    assert(url.searchParams.has("partNumber"));
    return new Response(null, { headers: { etag, "content-length": String(PARTED.byteLength) } });
  });
  assertEquals(results.filter((result) => result instanceof Error), []);
});

/** The answer to HEAD of a part, with another `Content-Range`. */
async function otherRange(
  send: (url: URL) => Promise<Response>,
  url: URL,
  change: (range: { first: number; last: number; size: number }) => { first: number; last: number; size: number },
): Promise<Response> {
  const response = await send(url);
  const [first = 0, last = 0, size = 0] = response.headers.get("content-range")?.match(/\d+/g)?.map(Number) ?? [];
  const other = change({ first, last, size });
  const headers = new Headers(response.headers);
  headers.set("content-range", `bytes ${other.first}-${other.last}/${other.size}`);
  return new Response(null, { status: 206, headers });
}

Deno.test("read() and stream() leave a file unverified whose second part has an unexpected size", async () => {
  const { results } = await readAltered(
    await partedStore(),
    (send, url) =>
      otherRange(
        send,
        url,
        (range) => url.searchParams.get("partNumber") === "2" ? { ...range, last: range.last - 1 } : range,
      ),
  );
  assertEquals(results.filter((result) => result instanceof Error), []);
});

Deno.test("read() and stream() leave a file unverified whose parts are those of another size", async () => {
  const { results } = await readAltered(
    await partedStore(),
    (send, url) => otherRange(send, url, (range) => ({ ...range, size: range.size + 1 })),
  );
  assertEquals(results.filter((result) => result instanceof Error), []);
});

Deno.test("read() and stream() warn when the parts cannot be asked for", async () => {
  const { results, warnings } = await readAltered(
    await partedStore(),
    () => Promise.resolve(new Response(null, { status: 501 })),
  );
  assertEquals(results.filter((result) => result instanceof Error), []);
  assertEquals(warnings.map((event) => event.type === "warning" && event.code), ["NotVerified", "NotVerified"]);
});

Deno.test("stream() that is cancelled stops asking for the parts", async () => {
  const s3 = await partedStore();
  const begun = Promise.withResolvers<AbortSignal>();
  const hanging: typeof fetch = async (input, init) => {
    if (init?.method !== "HEAD" || init.signal == null) return await s3.fetch(input, init);
    begun.resolve(init.signal);
    return await new Promise(() => {});
  };
  const reader = (await createS3Source(s3.config, { fetch: hanging }).stream("a")).body.getReader();
  const pending = reader.read();
  const signal = await begun.promise;
  await reader.cancel();
  await pending;
  assertEquals(signal.aborted, true);
});

Deno.test("read() that fails stops asking for the parts", async () => {
  const s3 = await partedStore();
  const begun = Promise.withResolvers<AbortSignal>();
  const failing: typeof fetch = async (input, init) => {
    if (init?.method === "HEAD" && init.signal != null) {
      begun.resolve(init.signal);
      return await new Promise(() => {});
    }
    const response = await s3.fetch(input, init);
    const body = new ReadableStream({
      async pull(controller) {
        await begun.promise;
        controller.error(new TypeError("connection reset"));
      },
    });
    return new Response(body, response);
  };
  const warnings: S3SourceEvent[] = [];
  const source = createS3Source(s3.config, {
    fetch: failing,
    retry: { maxAttempts: 1 },
    onEvent: (event) => void (event.type === "warning" && warnings.push(event)),
  });
  await assertRejects(() => source.read("a"), ServiceError, "the connection failed");
  assertEquals((await begun.promise).aborted, true);
  await new Promise((resolve) => setTimeout(resolve));
  assertEquals(warnings, []);
});

for (const pieces of [["he", "ll", "o"], ["", "hello"], ["hello", ""], ["he", "", "llo", ""]]) {
  const shown = JSON.stringify(pieces);
  Deno.test(`beginVerification() hashes ${shown} in the order of the calls, even if they are not awaited one by one`, async () => {
    const headers = { "x-amz-checksum-sha256": CHECKSUMS["sha256"] ?? "" };
    const context = stubContext(stubFetch(s3Object(HELLO, headers)));
    await prepareGetObject(context, "a", {})(await context.grants.get(), async (begun) => {
      assert(isSized(begun));
      const verification = beginVerification(context, begun);
      assert(verification !== undefined);
      await Promise.all(pieces.map((piece) => verification.update(new TextEncoder().encode(piece))));
      await verification.finish();
      await begun.exchange.cancel();
    });
  });
}

for (const header of ["x-amz-checksum-crc32", "x-amz-meta-sha256"]) {
  const wrong = { [header]: header.endsWith("crc32") ? "AAAAAA==" : "0".repeat(64) };

  Deno.test(`read() and stream() name ${header} and the way round it when the bytes do not match`, async () => {
    for (const read of Object.values(READERS)) {
      const error = await assertRejects(() => read(wrong), IntegrityError);
      const digests = header.endsWith("crc32") ? "NhCmhg==, not AAAAAA==" : `${HEX}, not ${"0".repeat(64)}`;
      const reason = `the bytes do not match the stored checksum, ${header}: theirs is ${digests}`;
      assertEquals(error.message, `Cannot read "a": ${reason}; read them anyway with verify: false`);
    }
  });

  Deno.test(`read(), stream() and readText() with verify: false ignore ${header}, but not the length`, async () => {
    const store = stubFetch(s3Object(HELLO, wrong));
    const source = stubSource(store);
    const verify = false;
    assertEquals(new TextDecoder().decode(await source.read("a", { verify })), HELLO);
    assertEquals(await new Response((await source.stream("a", { verify })).body).text(), HELLO);
    assertEquals(await source.readText("a", { verify }), HELLO);
    assertEquals(store.requests.map(({ headers }) => headers.get("x-amz-checksum-mode")), [null, null, null]);
    const short = s3Object(HELLO, { ...wrong, "content-length": "6" });
    const cut = stubSource(stubFetch(short), {}, { retry: { maxAttempts: 1 } });
    await assertRejects(() => cut.read("a", { verify }), IntegrityError, "5 bytes arrived of 6");
    await assertRejects(
      async () => await new Response((await cut.stream("a", { verify })).body).text(),
      IntegrityError,
      "5 bytes arrived of 6",
    );
  });
}

Deno.test("read() stops trying when the same bytes do not match their checksum twice", async () => {
  const store = stubFetch(s3Object(HELLO, { "x-amz-checksum-crc32": "AAAAAA==" }));
  const error = await assertRejects(() => stubSource(store).read("a"), IntegrityError, "x-amz-checksum-crc32");
  assertEquals([error.code, store.requests.length], ["BadDigest", 2]);
});

Deno.test("read() goes on trying while the bytes differ each time", async () => {
  const headers = { "x-amz-checksum-crc32": CHECKSUMS["crc32"] ?? "" };
  const store = stubFetch(...["hell0", "hel1o", "hello"].map((text) => s3Object(text, headers)));
  assertEquals(new TextDecoder().decode(await stubSource(store).read("a")), HELLO);
  assertEquals(store.requests.length, 3);
});

Deno.test("read() in slices stops trying when the same bytes do not match their checksum twice", async () => {
  const bytes = someBytes(200 * 1024);
  const store = stubFetch(({ headers }) => {
    const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(headers.get("range") ?? "") ?? [];
    const wrong = { "x-amz-checksum-crc32": "AAAAAA==", etag: '"t"' };
    if (from === undefined) return new Response(bytes, { headers: { ...wrong, "content-length": `${bytes.length}` } });
    const part = bytes.slice(Number(from), Number(to) + 1);
    const range = { "content-range": `bytes ${from}-${to}/${bytes.length}`, "content-length": `${part.length}` };
    return new Response(part, { status: 206, headers: { ...wrong, ...range } });
  });
  const events: S3SourceEvent[] = [];
  const source = stubSource(store, {}, {
    download: { partSizeBytes: 64 * 1024 },
    onEvent: (event) => events.push(event),
  });
  await assertRejects(() => source.read("a"), IntegrityError, "x-amz-checksum-crc32");
  assertEquals(events.filter(({ type }) => type === "retry").length, 1);
});
