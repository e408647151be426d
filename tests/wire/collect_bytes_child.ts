// deno-lint-ignore-file no-console -- The test reads the output.
/**
 * A process that receives bodies in chunks of one byte, and prints their cost: `[{name, growthMiB, longestWaitMs}]`.
 */
import { createFilesApp } from "../../src/app/mod.ts";
import { createBroker } from "../../src/broker/mod.ts";
import { createS3Source } from "../../mod.ts";
import { createMemoryS3 } from "../../src/testing/mod.ts";

const MIB = 1024 ** 2;
const FORM = "application/x-www-form-urlencoded";
const results: { name: string; growthMiB: number; longestWaitMs: number }[] = [];

/** Measures memory, and the longest wait of another client of the process, during the work. */
async function watch(name: string, url: string, work: () => Promise<unknown>): Promise<void> {
  const before = Deno.memoryUsage().rss;
  let [peak, longestWaitMs, isOver] = [before, 0, false];
  const bystander = (async () => {
    while (!isOver) {
      const startedMs = performance.now();
      await (await fetch(url)).body?.cancel();
      longestWaitMs = Math.max(longestWaitMs, performance.now() - startedMs);
      peak = Math.max(peak, Deno.memoryUsage().rss);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  })();
  await work();
  isOver = true;
  await bystander;
  results.push({ name, growthMiB: Math.round((peak - before) / MIB), longestWaitMs: Math.round(longestWaitMs) });
}

async function writeAll(conn: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let written = 0; written < bytes.byteLength;) written += await conn.write(bytes.subarray(written));
}

function inChunks(count: number): Uint8Array {
  return new TextEncoder().encode(`${"1\r\nx\r\n".repeat(count)}0\r\n\r\n`);
}

/** Sends a body, and returns the status of the response. */
async function send(port: number, path: string, { type, chunks }: { type: string; chunks: number }): Promise<string> {
  using conn = await Deno.connect({ port, hostname: "127.0.0.1" });
  const head =
    `POST ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: ${type}\r\ntransfer-encoding: chunked\r\n\r\n`;
  await writeAll(conn, new TextEncoder().encode(head));
  await writeAll(conn, inChunks(chunks));
  const received = new Uint8Array(64);
  const length = await conn.read(received) ?? 0;
  return new TextDecoder().decode(received.subarray(0, length)).split(" ")[1] ?? "";
}

function serve(handle: (request: Request) => Promise<Response>): Deno.HttpServer<Deno.NetAddr> {
  return Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, ({ url, method, headers, body }) => {
    return handle(new Request(url, { method, headers, body }));
  });
}

const broker = serve(createBroker({
  sts: { roleArn: "arn:aws:iam::123456789012:role/files", accessKeyId: "A", secretAccessKey: "S" },
  tenants: { team: { secretSha256: "a".repeat(64), bucket: "media", prefix: "team", allow: ["read"] } },
  failureDelayMs: 1,
}));
const health = `http://127.0.0.1:${broker.addr.port}/healthz`;
await watch("17 requests to the broker", health, async () => {
  const form = { type: FORM, chunks: 8_000 };
  const statuses = Array.from({ length: 17 }, () => send(broker.addr.port, "/credentials", form));
  if ((await Promise.all(statuses)).some((status) => status !== "403")) throw new Error("not all were refused");
});

const s3 = createMemoryS3({ buckets: ["media"] });
const app = serve(createFilesApp({
  sources: { media: createS3Source(s3.config, { fetch: s3.fetch }) },
  permissions: { "files-browse": true, "files-upload": true, "files-delete": true },
}));
const sources = `http://127.0.0.1:${app.addr.port}/-/files/sources.json`;
for (const [type, path] of [["application/json", "upload/media/-/prepare"], [FORM, "source/media/-/delete"]] as const) {
  await watch(`${type} to the files app`, sources, () => {
    return send(app.addr.port, `/-/files/${path}`, { type, chunks: 100_000 });
  });
}

const replies = Deno.listen({ port: 0, hostname: "127.0.0.1" });
(async () => {
  for await (const conn of replies) {
    await conn.read(new Uint8Array(4_096));
    await writeAll(conn, new TextEncoder().encode("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"));
    await writeAll(conn, inChunks(65_000)).catch(() => {});
    conn.close();
  }
})();
await watch("a broker's reply to the client", health, async () => {
  const credentialsUrl = `http://127.0.0.1:${replies.addr.port}/`;
  const source = createS3Source({ credentialsUrl, credentialsUrlSecret: "x" });
  await source.connect().then(() => Promise.reject(new Error("it was taken")), () => {});
});

console.log(JSON.stringify(results));
Deno.exit(0);
