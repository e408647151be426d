import { assert, assertEquals } from "@std/assert";
import { startSlowNetwork } from "../../bench/slow_network.ts";

function serve(bytes: number) {
  return Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
    const { byteLength } = await request.bytes();
    return new Response(new Uint8Array(bytes), { headers: { "x-received": String(byteLength) } });
  });
}

Deno.test("startSlowNetwork() delays an answer by a round trip, and the first one by another", async () => {
  const server = serve(1);
  const network = startSlowNetwork(`http://127.0.0.1:${server.addr.port}`, { bytesPerSecond: 1e9, roundTripMs: 40 });
  const took: number[] = [];
  for (let count = 0; count < 8; count++) {
    const began = performance.now();
    await (await fetch(network.url)).bytes();
    took.push(performance.now() - began);
  }
  const [first = 0, ...later] = took;
  // The best of them: other programs may keep the machine busy at times.
  assert(first >= 80 && Math.min(...later) >= 40 && Math.min(...later) < 80, `${took}`);
  assertEquals(network.connections, 1);
  await network[Symbol.asyncDispose]();
  await server.shutdown();
});

Deno.test("startSlowNetwork() gives each connection its own rate, in both directions", async () => {
  const server = serve(1_000_000);
  const network = startSlowNetwork(`http://127.0.0.1:${server.addr.port}`, { bytesPerSecond: 4e6, roundTripMs: 0 });
  const began = performance.now();
  const received = await Promise.all([1, 2].map(async () => {
    const response = await fetch(network.url, { method: "POST", body: new Uint8Array(400_000) });
    return [response.headers.get("x-received"), (await response.bytes()).byteLength];
  }));
  const tookMs = performance.now() - began;
  assertEquals(received, [["400000", 1_000_000], ["400000", 1_000_000]]);
  // 100 ms there and 250 ms back. One line for both would take at least 600.
  assert(tookMs >= 340, `${tookMs}`);
  assertEquals(network.connections, 2);
  await network[Symbol.asyncDispose]();
  await server.shutdown();
});

Deno.test("startSlowNetwork() takes no more from a server than a slow client lets through", async () => {
  let sent = 0;
  const cancelled = Promise.withResolvers<void>();
  const pull = (controller: ReadableStreamDefaultController<Uint8Array>) => {
    controller.enqueue(new Uint8Array(65_536));
    sent += 65_536;
  };
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    () => new Response(new ReadableStream({ pull, cancel: () => cancelled.resolve() }, { highWaterMark: 0 })),
  );
  const network = startSlowNetwork(`http://127.0.0.1:${server.addr.port}`, { bytesPerSecond: 1e9, roundTripMs: 2 });
  const response = await fetch(network.url);
  let before = -1;
  while (before !== sent) {
    before = sent;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  // The rest is in the buffers of the sockets.
  assert(sent < 64 * 1024 * 1024, `${sent}`);
  await response.body?.cancel();
  await cancelled.promise;
  await network[Symbol.asyncDispose]();
  await server.shutdown();
});
