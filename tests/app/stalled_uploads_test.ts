import { assert, assertEquals } from "@std/assert";
import { createFilesApp, type FilesAppOptions } from "../../src/app/mod.ts";
import { EVERYTHING } from "../support/app_stub.ts";
import { createWorld } from "../support/app_world.ts";

/** Serves an app on a real port while `run` runs. */
async function serving(
  options: Partial<FilesAppOptions>,
  run: (world: { port: number; paths: () => string[]; uploads: () => number }) => Promise<void>,
): Promise<void> {
  const { source, paths, s3 } = createWorld();
  const app = createFilesApp({ sources: { media: source }, permissions: EVERYTHING, ...options });
  const stopped = new AbortController();
  // As the command does it: without the signal that Deno gives a request.
  const handle = (request: Request) => {
    const { url, method, headers, body } = request;
    return app(URL.canParse(url) ? new Request(url, { method, headers, body }) : request);
  };
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {}, signal: stopped.signal }, handle);
  try {
    await run({ port: server.addr.port, paths, uploads: () => s3.listUploads("bucket").length });
  } finally {
    stopped.abort();
    await server.finished;
  }
}

/** A PUT that announces more than it sends. */
async function beginPut(
  port: number,
  { path, size, sent }: { path: string; size: number; sent: string },
): Promise<Deno.Conn> {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port });
  const head =
    `PUT /-/files/source/media/-/content?path=${path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${size}\r\n\r\n`;
  await connection.write(new TextEncoder().encode(head + sent));
  return connection;
}

/** Waits for something that happens at its own time, but for no longer than 20 seconds. */
async function until(holds: () => boolean): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!holds()) {
    assert(Date.now() < deadline, `It does not come to hold: ${holds}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** The status of what comes back. */
async function readStatus(connection: Deno.Conn): Promise<string | undefined> {
  const buffer = new Uint8Array(1_000);
  const length = await connection.read(buffer) ?? 0;
  return new TextDecoder().decode(buffer.subarray(0, length)).split(" ")[1];
}

Deno.test("an upload that stalls ends, and stores nothing", async () => {
  await serving({ uploadIdleMs: 200 }, async ({ port, paths }) => {
    using connection = await beginPut(port, { path: "a", size: 10, sent: "12345" });
    assertEquals([await readStatus(connection), paths()], ["408", []]);
  });
});

Deno.test("an upload that trickles on for ever ends, and stores nothing", async () => {
  await serving({ uploadIdleMs: 5_000, uploadTotalMs: 500 }, async ({ port, paths }) => {
    using connection = await beginPut(port, { path: "a", size: 1_000_000, sent: "1" });
    const trickle = setInterval(() => void connection.write(new Uint8Array(1)).catch(() => {}), 50);
    assertEquals([await readStatus(connection), paths()], ["408", []]);
    clearInterval(trickle);
  });
});

Deno.test("an upload whose client goes away stores nothing, and leaves no parts", async () => {
  await serving({}, async ({ port, paths, uploads }) => {
    const connection = await beginPut(port, { path: "a", size: 40_000_000, sent: "1" });
    // One call of `write()` takes only as much as the socket has room for.
    const writer = connection.writable.getWriter();
    await writer.write(new Uint8Array(9 * 1024 * 1024));
    await until(() => uploads() === 1);
    await writer.abort();
    // The app aborts the upload when it learns that the client is gone; nothing else waits for that.
    await until(() => uploads() === 0);
    assertEquals(paths(), []);
  });
});

Deno.test("a form that stalls ends, and nothing is done", async () => {
  await serving({ uploadIdleMs: 200 }, async ({ port }) => {
    using connection = await Deno.connect({ hostname: "127.0.0.1", port });
    const head = "POST /-/files/source/media/-/form/folder HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n";
    await connection.write(new TextEncoder().encode(`${head}name=`));
    assertEquals(await readStatus(connection), "408");
  });
});

Deno.test("a Host header that makes no URL is a bad request", async () => {
  await serving({}, async ({ port }) => {
    using connection = await Deno.connect({ hostname: "127.0.0.1", port });
    await connection.write(new TextEncoder().encode("GET /-/files HTTP/1.1\r\nHost: %%\r\n\r\n"));
    assertEquals(await readStatus(connection), "400");
  });
});

Deno.test("200 clients that send nothing more do not hold up the next", async () => {
  await serving({}, async ({ port, paths }) => {
    const slow = await Promise.all(
      Array.from(
        { length: 200 },
        (_, index) => beginPut(port, { path: `slow-${index}`, size: 100_000_000, sent: "1" }),
      ),
    );
    const startedMs = performance.now();
    const url = `http://127.0.0.1:${port}/-/files/source/media`;
    const put = await fetch(`${url}/-/content?path=quick`, { method: "PUT", body: "quick" });
    const list = await fetch(`${url}.json`);
    assertEquals([put.status, (await list.json()).files.length, paths()], [201, 1, ["quick"]]);
    await put.body?.cancel();
    assertEquals(performance.now() - startedMs < 5_000, true);
    for (const connection of slow) connection.close();
  });
});
