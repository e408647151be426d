import { assertEquals, assertRejects } from "@std/assert";
import { createS3Source, ServiceError } from "../../mod.ts";
import { createFaultyFetch, createMemoryS3, type Fault, FAULT_KINDS } from "../../src/testing/mod.ts";

const URL_OF_FILE = "http://store.test/bucket/a";

/** A `fetch` that responds with ten bytes, and records request bodies. */
function echo() {
  const bodies: string[] = [];
  const fetch = async (input: RequestInfo | URL, init?: RequestInit) => {
    bodies.push(await new Request(input, init).text());
    return new Response("0123456789", { headers: { "content-length": "10", etag: '"t"' } });
  };
  return { fetch, bodies };
}

/** Injects the same fault into each request. */
function always(fault: Fault, { fetch, bodies } = echo()) {
  return { ...createFaultyFetch(fetch, { plan: () => fault }), bodies };
}

Deno.test("createFaultyFetch() injects the same faults for the same seed", async () => {
  const run = async (seed: number) => {
    const faulty = createFaultyFetch(createMemoryS3().fetch, { seed, rate: 0.5, kinds: ["refused", "slowDown"] });
    for (let index = 0; index < 40; index++) {
      await faulty.fetch("https://memory.s3.test/bucket").then((response) => response.text()).catch(() => {});
    }
    return faulty.injected.map(({ fault, request }) => `${request.index} ${JSON.stringify(fault)}`);
  };
  assertEquals(await run(7), await run(7));
  assertEquals((await run(7)).join() === (await run(8)).join(), false);
});

Deno.test("createFaultyFetch() injects faults at its rate", async () => {
  const faulty = createFaultyFetch(echo().fetch, { rate: 0.2, kinds: ["refused"] });
  for (let index = 0; index < 1000; index++) {
    await faulty.fetch(URL_OF_FILE).then((response) => response.text()).catch(() => {});
  }
  assertEquals(Math.round(faulty.injected.length / 100), 2);
});

Deno.test("createFaultyFetch() passes on requests without a fault", async () => {
  const { fetch } = echo();
  const { fetch: faulty, injected } = createFaultyFetch(fetch, { plan: () => undefined });
  assertEquals([await (await faulty(URL_OF_FILE)).text(), injected.length], ["0123456789", 0]);
});

Deno.test("createFaultyFetch() refuses and resets, with the request delivered or not", async () => {
  for (
    const [fault, delivered] of [
      [{ kind: "refused" }, 0],
      [{ kind: "resetBeforeHeaders", isDelivered: false }, 0],
      [{ kind: "resetBeforeHeaders", isDelivered: true }, 1],
    ] as [Fault, number][]
  ) {
    const { fetch, bodies } = always(fault);
    await assertRejects(() => fetch(URL_OF_FILE), TypeError, "error sending request");
    assertEquals(bodies.length, delivered);
  }
});

Deno.test("createFaultyFetch() hangs until the signal aborts, before the headers and in the body", async () => {
  for (const isInBody of [false, true]) {
    const controller = new AbortController();
    const { fetch } = always({ kind: "hang", isDelivered: true, isInBody, at: 0.5 });
    const whole = fetch(URL_OF_FILE, { signal: controller.signal }).then((response) => response.text());
    const rejected = assertRejects(() => whole, Error, "enough");
    await new Promise((resolve) => setTimeout(resolve));
    controller.abort(new Error("enough"));
    await rejected;
  }
});

Deno.test("createFaultyFetch() breaks a body, or ends it early with or without its length", async () => {
  const broken = await always({ kind: "resetInBody", at: 0.4 }).fetch(URL_OF_FILE);
  await assertRejects(() => broken.text(), TypeError, "error reading a body");
  for (const [kind, length] of [["shortContentLength", "10"], ["shortCloseDelimited", null]] as const) {
    const short = await always({ kind, at: 0.4 }).fetch(URL_OF_FILE);
    assertEquals([short.headers.get("content-length"), await short.text()], [length, "0123"]);
  }
});

Deno.test("createFaultyFetch() flips one bit of the request or of the response", async () => {
  const sent = { method: "PUT", body: "abc" };
  const request = always({ kind: "flippedByte", direction: "request", at: 0.5, bit: 0 });
  assertEquals([await (await request.fetch(URL_OF_FILE, sent)).text(), request.bodies], ["0123456789", ["acc"]]);
  const response = always({ kind: "flippedByte", direction: "response", at: 1, bit: 0 });
  assertEquals([await (await response.fetch(URL_OF_FILE, sent)).text(), response.bodies], ["0123456788", ["abc"]]);
});

Deno.test("createFaultyFetch() responds as a busy or broken store does", async () => {
  const respond = async (fault: Fault, init: RequestInit = {}) => {
    const response = await always(fault).fetch(URL_OF_FILE, init);
    const code = /<Code>(\w+)/.exec(await response.text())?.[1];
    return [response.status, code, response.headers.get("retry-after")];
  };
  assertEquals(await respond({ kind: "tooManyRequests", retryAfterSeconds: 3 }), [429, "TooManyRequests", "3"]);
  assertEquals(await respond({ kind: "slowDown", retryAfterSeconds: null }), [503, "SlowDown", null]);
  assertEquals(await respond({ kind: "internalError" }), [500, "InternalError", null]);
  assertEquals(await respond({ kind: "internalError" }, { method: "HEAD" }), [500, undefined, null]);
  assertEquals(await respond({ kind: "errorIn200" }, { method: "POST" }), [200, "InternalError", null]);
  assertEquals(await respond({ kind: "errorIn200" }), [200, undefined, null]);
  assertEquals(await respond({ kind: "skewedClock" }), [403, "RequestTimeTooSkewed", null]);
});

Deno.test("createFaultyFetch() sends a wrong time", async () => {
  const { headers, body } = await always({ kind: "skewedClock", skewSeconds: 3600 }).fetch(URL_OF_FILE);
  await body?.cancel();
  assertEquals(Math.round((Date.parse(headers.get("date") ?? "") - Date.now()) / 60_000), 60);
});

Deno.test("createFaultyFetch() does not count faults that are impossible", async () => {
  const empty = { fetch: () => Promise.resolve(new Response("")), bodies: [] };
  for (const kind of ["resetInBody", "shortContentLength", "shortCloseDelimited", "flippedByte"] as const) {
    const { fetch, injected } = always({ kind }, empty);
    assertEquals([await (await fetch(URL_OF_FILE)).text(), injected.length], ["", 0]);
  }
});

Deno.test("createFaultyFetch() flips no bit of an empty request body", async () => {
  const { fetch, injected, bodies } = always({ kind: "flippedByte", direction: "request" });
  await (await fetch(URL_OF_FILE, { method: "PUT", body: "" })).body?.cancel();
  assertEquals([injected.length, bodies], [0, [""]]);
});

Deno.test("createFaultyFetch() cancels the rest of a body that it cuts", async () => {
  let isCancelled = false;
  const response = () =>
    new Response(
      new ReadableStream({
        pull: (controller) => controller.enqueue(new Uint8Array(5)),
        cancel: () => void (isCancelled = true),
      }),
      { headers: { "content-length": "100" } },
    );
  const fetch = () => Promise.resolve(response());
  const faulty = createFaultyFetch(fetch, { plan: () => ({ kind: "shortContentLength", at: 0.5 }) });
  assertEquals((await (await faulty.fetch(URL_OF_FILE)).bytes()).byteLength, 50);
  assertEquals(isCancelled, true);
});

Deno.test("createFaultyFetch() measures a decoded body by its bytes, not by its Content-Length", async () => {
  const headers = { "content-length": "4", "content-encoding": "gzip" };
  const fetch = () => Promise.resolve(new Response("0123456789", { headers }));
  const faulty = createFaultyFetch(fetch, { plan: () => ({ kind: "shortCloseDelimited", at: 0.5 }) });
  assertEquals(await (await faulty.fetch(URL_OF_FILE)).text(), "01234");
});

Deno.test("a source survives each kind of fault, or reports it", async () => {
  for (const kind of FAULT_KINDS) {
    const s3 = createMemoryS3();
    s3.putObject({ bucket: "bucket", key: "a", body: "A" });
    const faulty = createFaultyFetch(s3.fetch, {
      plan: ({ index }) => index === 0 ? { kind, skewSeconds: 0 } : undefined,
    });
    const source = createS3Source(s3.config, {
      fetch: faulty.fetch,
      retry: { baseDelayMs: 0, maxDelayMs: 0 },
      timeouts: { headersMs: 20, idleMs: 20 },
    });
    // Objects stored without a checksum are not protected.
    if (kind !== "flippedByte") assertEquals(new TextDecoder().decode(await source.read("a")), "A");
  }
  const { fetch } = createFaultyFetch(createMemoryS3().fetch, { rate: 1, kinds: ["refused"] });
  const source = createS3Source(createMemoryS3().config, { fetch, retry: { maxAttempts: 2, baseDelayMs: 0 } });
  await assertRejects(() => source.read("a"), ServiceError, "the connection failed");
});
