import { assert, assertEquals, assertRejects } from "@std/assert";
import { PreconditionFailedError, type S3Source } from "../../mod.ts";
import { collect, type ConformanceTest, isSame, PART_BYTES, someBytes, toStream, type Workbench } from "./suite.ts";

/** Sends a request, fails instead, or spoils the response. */
type Fault = (
  send: () => Promise<Response>,
  request: { method: string; url: URL; headers: Headers },
) => Promise<Response>;

/** Requests that fail once and are retried, with the same outcome as without a fault. */
export function testFaults(test: ConformanceTest): void {
  const faults: Record<string, Fault> = {
    "no connection": () => Promise.reject(new TypeError("error sending request")),
    "a lost answer": async (send, { method, url }) => {
      const response = await send();
      // The upload id would be lost, so nothing could remove the upload.
      if (method === "POST" && url.searchParams.has("uploads")) return response;
      await response.body?.cancel();
      throw new TypeError("error sending request");
    },
    "a busy store": () =>
      Promise.resolve(
        new Response("<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>", {
          status: 503,
          headers: { "retry-after": "0" },
        }),
      ),
    // S3 does this when it fails after it has started to respond.
    "an error with status 200": async (send, { method, url, headers }) => {
      const isSlow = method === "POST" || url.searchParams.has("list-type") || headers.has("x-amz-copy-source");
      if (!isSlow) return await send();
      return new Response("<Error><Code>InternalError</Code><Message>Please try again.</Message></Error>");
    },
  };
  for (const [name, fault] of Object.entries(faults)) {
    for (const size of [10, 2 * PART_BYTES + 1]) {
      test(`upload() of ${size} bytes survives ${name} at each request`, async (bench) => {
        const source = openFaulty(bench, fault);
        const bytes = someBytes(size);
        await source.upload("a", toStream(bytes));
        assert(isSame(await source.read("a"), bytes));
        assertEquals(await bench.store.listUploads(bench.prefix), []);
      });
    }

    test(`copy(), move(), list() and deleteMany() survive ${name} at each request`, async (bench) => {
      const source = openFaulty(bench, fault);
      await bench.source.upload("a", "A");
      await source.copy("a", "b");
      await source.move("b", "c");
      assertEquals((await source.list()).files.map((file) => file.path), ["a", "c"]);
      assertEquals((await source.deleteMany(["a", "c"])).errors, []);
      assertEquals((await bench.source.list()).files, []);
    });
  }

  for (
    const [name, spoil] of [
      ["ends early", (controller) => controller.terminate()],
      ["breaks", (controller) => controller.error(new TypeError("connection reset"))],
    ] as [string, (controller: TransformStreamDefaultController) => void][]
  ) {
    const cut: Fault = async (send, { method }) => {
      const response = await send();
      return method === "GET" ? cutBody(response, spoil) : response;
    };

    test(`read() repeats a body that ${name}`, async (bench) => {
      const bytes = someBytes(600_000);
      await bench.source.upload("a", bytes);
      assert(isSame(await openFaulty(bench, cut).read("a"), bytes));
    });

    test(`stream() goes on where a body ${name}`, async (bench) => {
      const bytes = someBytes(600_000);
      await bench.source.upload("a", bytes);
      const { body } = await openFaulty(bench, cut).stream("a", { range: { offset: 5 } });
      assert(isSame(await new Blob(await collect(body)).bytes(), bytes.subarray(5)));
    });

    test(`stream() fails if the file changes when a body ${name}`, async (bench) => {
      await bench.source.upload("a", someBytes(600_000));
      const { body } = await openFaulty(bench, cut).stream("a");
      await bench.source.upload("a", someBytes(600_001));
      await assertRejects(() => collect(body), PreconditionFailedError, '"a"');
    });
  }
}

/** A source of which each request fails the first time. */
function openFaulty({ open, prefix, store }: Workbench, fault: Fault): S3Source {
  const seen = new Set<string>();
  const faulty: typeof fetch = async (input, init) => {
    const { method = "GET", headers } = init ?? {};
    const url = new URL(input instanceof Request ? input.url : input);
    const name = `${method} ${url}`;
    const send = () => store.fetch(input, init);
    if (seen.has(name)) return await send();
    seen.add(name);
    return await fault(send, { method, url, headers: new Headers(headers) });
  };
  return open(prefix, { fetch: faulty, retry: { baseDelayMs: 1 }, upload: { partSizeBytes: PART_BYTES } });
}

/** The response with a body that ends or fails after its first bytes. */
function cutBody(response: Response, spoil: (controller: TransformStreamDefaultController) => void): Response {
  let left = 100_000;
  const cut = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
    transform(chunk, controller) {
      controller.enqueue(chunk.slice(0, left));
      left -= chunk.byteLength;
      if (left <= 0) spoil(controller);
    },
  });
  return new Response(response.body?.pipeThrough(cut) ?? null, response);
}
