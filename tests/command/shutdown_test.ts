import { assert, assertEquals } from "@std/assert";
import { createMemoryS3 } from "../../src/testing/mod.ts";
import { startServe } from "../support/serve_process.ts";

/** A server that is asked for a listing, which the store holds back until it is released. */
async function startListing() {
  const { promise: held, resolve: release } = Promise.withResolvers<void>();
  const { promise: isAsked, resolve: onAsked } = Promise.withResolvers<void>();
  const s3 = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
    const { searchParams } = new URL(request.url);
    // At its start, the server asks for a single entry.
    if (searchParams.has("list-type") && searchParams.get("max-keys") !== "1") {
      onAsked();
      await held;
    }
    return await store.fetch(request);
  });
  const store = createMemoryS3({ endpointUrl: `http://127.0.0.1:${s3.addr.port}` });
  const { accessKeyId, secretAccessKey, bucket, endpointUrl } = store.config;
  const config = { bucket, endpointUrl, accessKeyId, secretAccessKey };
  const server = await startServe(
    ...["-s", "plugins.datasette-files.sources", JSON.stringify({ media: { storage: "s3", config } })],
    ...["-s", "permissions", '{"files-browse": true}'],
  );
  const status = fetch(`${server.origin}/-/files/source/media.json`).then(async (response) => {
    await response.body?.cancel();
    return response.status;
  });
  await isAsked;
  return {
    server,
    status,
    release,
    async [Symbol.asyncDispose]() {
      release();
      await server[Symbol.asyncDispose]();
      await s3.shutdown();
    },
  };
}

Deno.test("main() lets a running request end after SIGTERM, answers no other, and ends with 0", async () => {
  await using listing = await startListing();
  listing.server.kill("SIGTERM");
  // Answered with 503 once the signal has arrived.
  let late = 200;
  while (late === 200) {
    const response = await fetch(`${listing.server.origin}/-/files/sources.json`);
    await response.body?.cancel();
    late = response.status;
  }
  listing.release();
  assertEquals([late, await listing.status, await listing.server.code], [503, 200, 0]);
});

Deno.test("main() aborts running requests after a second signal, says so to their clients, and ends with 0", async () => {
  await using listing = await startListing();
  const start = performance.now();
  listing.server.kill("SIGTERM");
  listing.server.kill("SIGINT");
  assertEquals([await listing.status, await listing.server.code], [503, 0]);
  // Without the second signal it would wait for 5 s.
  assert(performance.now() - start < 4_500);
});
