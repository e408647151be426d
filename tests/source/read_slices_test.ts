import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  AccessDeniedError,
  createS3Source,
  FileTooLargeError,
  IntegrityError,
  PreconditionFailedError,
  type S3Source,
  type S3SourceOptions,
} from "../../mod.ts";
import type { Fault, FaultRequest } from "../../src/testing/faults/plan.ts";
import { createFaultyFetch } from "../../src/testing/faults/proxy.ts";
import { createMemoryS3, type MemoryS3 } from "../../src/testing/memory_s3/memory_s3.ts";
import { isSame, someBytes } from "../conformance/suite.ts";
import { s3Error } from "../support/stub_fetch.ts";

/** `download.partSizeBytes`, by default. */
const SLICE_BYTES = 8 * 1024 ** 2;

const BYTES = someBytes(2 * SLICE_BYTES + 5);
const LAST = `bytes=${2 * SLICE_BYTES}-${2 * SLICE_BYTES + 4}`;
const SECOND = `bytes=${SLICE_BYTES}-${2 * SLICE_BYTES - 1}`;
const FIRST = `bytes=0-${SLICE_BYTES - 1}`;

interface Bench {
  readonly s3: MemoryS3;
  readonly source: S3Source;
  /** A source whose requests go through another `fetch`. */
  open(fetch: typeof globalThis.fetch, options?: S3SourceOptions): S3Source;
  /** The `Range` and `If-Match` of all requests for content, in any order. */
  ranges(): string[];
  /** Resolves when the store has handled every request, those that were given up as well. */
  settle(): Promise<unknown>;
}

/** A store with one large file, `a`, that has no checksum. */
function bench(metadata: Record<string, string> = {}): Bench {
  const memory = createMemoryS3();
  const responses: Promise<Response>[] = [];
  const s3: MemoryS3 = {
    ...memory,
    fetch(input, init) {
      const response = memory.fetch(input, init);
      responses.push(response);
      return response;
    },
  };
  s3.putObject({ bucket: "bucket", key: "a", body: BYTES, metadata });
  const open = (fetch: typeof globalThis.fetch, options: S3SourceOptions = {}) =>
    createS3Source(s3.config, { fetch, retry: { baseDelayMs: 0 }, ...options });
  return {
    s3,
    open,
    source: open(s3.fetch),
    settle: () => Promise.allSettled(responses),
    ranges: () =>
      s3.requests.filter(({ operation }) => operation === "GetObject")
        .map(({ headers }) => `${headers.range} ${headers["if-match"]}`).toSorted(),
  };
}

/** Requests fail by a plan. */
function faultyFetch(s3: MemoryS3, plan: (range: string | null, count: number) => Fault | undefined) {
  let count = 0;
  const ranges: (string | null)[] = [];
  const noting: typeof fetch = (input, init) => {
    ranges.push(new Headers(init?.headers).get("range"));
    return faulty.fetch(input, init);
  };
  const faulty = createFaultyFetch(s3.fetch, {
    plan: ({ method }: FaultRequest) => method === "GET" ? plan(ranges.at(-1) ?? null, count++) : undefined,
  });
  return noting;
}

async function sha256Hex(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

Deno.test("read() fetches a large file in slices of the same content", async () => {
  const { source, ranges } = bench();
  assert(isSame(await source.read("a"), BYTES));
  const { etag } = await source.stat("a") ?? {};
  assertEquals(ranges(), [`${LAST} ${etag}`, `${SECOND} ${etag}`, "undefined undefined"]);
});

Deno.test("read() fetches two slices and less in one request", async () => {
  const { s3, source, ranges } = bench();
  s3.putObject({ bucket: "bucket", key: "a", body: BYTES.slice(0, 2 * SLICE_BYTES) });
  assertEquals((await source.read("a")).byteLength, 2 * SLICE_BYTES);
  assertEquals(ranges(), ["undefined undefined"]);
});

Deno.test("read() fetches a large range in slices, and no other bytes", async () => {
  const { source, ranges } = bench();
  const range = { offset: 2, length: 2 * SLICE_BYTES + 1 };
  assert(isSame(await source.read("a", { range }), BYTES.subarray(2, 2 * SLICE_BYTES + 3)));
  assertEquals(ranges().map((line) => line.split(" ")[0]), [
    `bytes=${2 * SLICE_BYTES + 2}-${2 * SLICE_BYTES + 2}`,
    `bytes=2-${2 * SLICE_BYTES + 2}`,
    `bytes=${SLICE_BYTES + 2}-${2 * SLICE_BYTES + 1}`,
  ]);
});

Deno.test("read() fetches the last bytes of a file in slices", async () => {
  const { source } = bench();
  const range = { suffixLength: 2 * SLICE_BYTES + 4 };
  assert(isSame(await source.read("a", { range }), BYTES.subarray(1)));
});

Deno.test("read() with maxBytes fetches a file of just as many in slices", async () => {
  const { source } = bench();
  assert(isSame(await source.read("a", { maxBytes: BYTES.byteLength }), BYTES));
});

Deno.test("read() with maxBytes asks for no slice of a larger file", async () => {
  const { source, ranges } = bench();
  await assertRejects(() => source.read("a", { maxBytes: BYTES.byteLength - 1 }), FileTooLargeError);
  assertEquals(ranges(), [`bytes=0-${BYTES.byteLength - 1} undefined`]);
});

Deno.test("read() tries each slice again on its own", async () => {
  for (const failing of [null, SECOND, LAST]) {
    const { s3, open, ranges } = bench();
    let failures = 0;
    const fetch = faultyFetch(
      s3,
      (range) => range === failing && failures++ === 0 ? { kind: "resetInBody", at: 0 } : undefined,
    );
    assert(isSame(await open(fetch).read("a"), BYTES));
    const sent = ranges().map((line) => line.split(" ")[0]);
    assertEquals(
      sent,
      [FIRST, LAST, SECOND, "undefined"].filter((range) => failing === null || range !== FIRST)
        .flatMap((range) => range === failing ? [range, range] : [range]),
    );
  }
});

Deno.test("read() rejects with the failure of a slice, and stops the others", async () => {
  const { s3, open, settle } = bench();
  const active = new Set<AbortSignal>();
  const second = Promise.withResolvers<void>();
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const range = new Headers(init?.headers).get("range");
    if (range === LAST) {
      await second.promise;
      return s3Error(403, "AccessDenied");
    }
    const response = await s3.fetch(input, init);
    if (range === null || init?.signal == null) return response;
    // Never ends by itself.
    active.add(init.signal);
    second.resolve();
    return new Response(new ReadableStream(), response);
  };
  await assertRejects(() => open(fetch).read("a"), AccessDeniedError, 'Cannot read "a"');
  assertEquals(Array.from(active, (signal) => signal.aborted), [true]);
  await settle();
});

Deno.test("read() rejects with the final failure of the first slice, after its body broke", async () => {
  const { s3, open, settle } = bench();
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const range = new Headers(init?.headers).get("range");
    if (range === FIRST) return s3Error(403, "AccessDenied");
    const response = await s3.fetch(input, init);
    if (range !== null) return response;
    const broken = new ReadableStream({ start: (controller) => controller.error(new TypeError("connection reset")) });
    return new Response(broken, response);
  };
  await assertRejects(() => open(fetch).read("a"), AccessDeniedError, 'Cannot read "a"');
  await settle();
});

Deno.test("read() that is aborted while slices come stops them all", async () => {
  const { s3, open, settle } = bench();
  const controller = new AbortController();
  let pending = 0;
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const response = await s3.fetch(input, init);
    pending++;
    if (pending === 3) queueMicrotask(() => controller.abort(new RangeError("enough")));
    return new Response(new ReadableStream({ cancel: () => void pending-- }), response);
  };
  await assertRejects(() => open(fetch).read("a", { signal: controller.signal }), RangeError, "enough");
  assert(pending < 3);
  await settle();
});

Deno.test("read() never mixes slices of two contents", async () => {
  const { s3, open, settle } = bench();
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const response = await s3.fetch(input, init);
    s3.putObject({ bucket: "bucket", key: "a", body: BYTES.slice().reverse() });
    return response;
  };
  await assertRejects(() => open(fetch).read("a"), PreconditionFailedError, 'Cannot read "a"');
  await settle();
});

Deno.test("read() takes no slice of another content from a store that ignores If-Match", async () => {
  const { s3, open, settle } = bench();
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const response = await s3.fetch(input, init);
    if (new Headers(init?.headers).get("range") === LAST) response.headers.set("etag", '"other"');
    return response;
  };
  await assertRejects(() => open(fetch).read("a"), PreconditionFailedError, "it has changed meanwhile");
  await settle();
});

for (const etag of ["", 'W/"weak"']) {
  Deno.test(`read() fetches a large file at once if nothing pins its content [${etag || "no etag"}]`, async () => {
    const { s3, open, ranges } = bench();
    const fetch: typeof globalThis.fetch = async (input, init) => {
      const response = await s3.fetch(input, init);
      response.headers.set("etag", etag);
      return response;
    };
    assert(isSame(await open(fetch).read("a"), BYTES));
    assertEquals(ranges().length, 1);
  });
}

Deno.test("read() refuses a slice that is longer than it should be", async () => {
  const { s3, open, settle } = bench();
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const response = await s3.fetch(input, init);
    if (new Headers(init?.headers).get("range") !== LAST) return response;
    return new Response("longer than 5", response);
  };
  const source = open(fetch, { retry: { maxAttempts: 2, baseDelayMs: 0 } });
  await assertRejects(() => source.read("a"), IntegrityError, "13 bytes arrived of 5");
  await settle();
});

for (const flipped of [null, SECOND, LAST]) {
  Deno.test(`read() verifies slices together, and reads them again [${flipped ?? "first"}]`, async () => {
    const { s3, open, settle } = bench({ sha256: await sha256Hex(BYTES) });
    const plan = (times: number) => {
      let flips = 0;
      // At the beginning: of the first answer only the first slice is read.
      return faultyFetch(s3, (range) => {
        const isHit = range === flipped || (flipped === null && range === FIRST);
        return isHit && flips++ < times ? { kind: "flippedByte", direction: "response", at: 0 } : undefined;
      });
    };
    const reasons: string[] = [];
    const onEvent: S3SourceOptions["onEvent"] = (event) => void (event.type === "retry" && reasons.push(event.code));
    assert(isSame(await open(plan(1), { onEvent }).read("a"), BYTES));
    assertEquals(reasons, ["BadDigest"]);
    reasons.length = 0;
    const hopeless = open(plan(Infinity), { retry: { maxAttempts: 2, baseDelayMs: 0 }, onEvent });
    await assertRejects(() => hopeless.read("a"), IntegrityError, "the bytes do not match the stored checksum");
    assertEquals(reasons, ["BadDigest"]);
    await settle();
  });
}

Deno.test("read() fetches slices of the stored bytes of a file with a Content-Encoding", async () => {
  const { s3, open } = bench();
  const queries: string[] = [];
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const response = await s3.fetch(input, init);
    const { searchParams } = new URL(input instanceof Request ? input.url : input);
    const encoding = searchParams.get("response-content-encoding");
    queries.push(encoding ?? "");
    response.headers.set("content-encoding", encoding ?? "gzip");
    return response;
  };
  assert(isSame(await open(fetch).read("a"), BYTES));
  assertEquals(queries, ["", "identity", "identity", "identity"]);
});
