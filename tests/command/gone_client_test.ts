import { assert, assertFalse } from "@std/assert";
import { createMemoryS3 } from "../../src/testing/mod.ts";

const SERVE = new URL("../../src/command/cli.ts", import.meta.url).href;

/** A server of the command as a process of its own, and what it has printed. */
interface Running extends AsyncDisposable {
  readonly port: number;
  readonly pid: number;
  printed(): string;
}

async function start(args: readonly string[]): Promise<Running> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", SERVE, ...args, "--port", "0"],
    stdout: "piped",
    stderr: "piped",
    env: { NO_COLOR: "1" },
  }).spawn();
  let text = "";
  const { promise: listening, resolve } = Promise.withResolvers<number>();
  const follow = async (stream: ReadableStream<Uint8Array<ArrayBuffer>>) => {
    for await (const chunk of stream.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      const port = /http:\/\/127\.0\.0\.1:(\d+)/.exec(text)?.[1];
      if (port !== undefined) resolve(Number(port));
    }
  };
  const followed = Promise.all([follow(child.stdout), follow(child.stderr)]);
  child.status.then(() => resolve(0));
  const port = await listening;
  assert(port > 0, text);
  return {
    port,
    pid: child.pid,
    printed: () => text,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await child.status;
      await followed;
    },
  };
}

/** Polls for what a process prints or does, as nothing tells when that is. */
async function until(isThere: () => boolean | Promise<boolean>): Promise<void> {
  for (let i = 0; i < 400 && !await isThere(); i++) await new Promise((resolve) => setTimeout(resolve, 25));
  assert(await isThere(), "it did not come about");
}

Deno.test("the files app stops what it does for a client that goes away", async () => {
  let copies = 0;
  const store = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    async ({ url, method, headers, body }) => {
      if (headers.has("x-amz-copy-source")) copies++;
      await new Promise((resolve) => setTimeout(resolve, 5));
      const { pathname, search } = new URL(url);
      return await s3.fetch(new Request(s3.config.endpointUrl + pathname + search, { method, headers, body }));
    },
  );
  const s3 = createMemoryS3({ buckets: ["media"], endpointUrl: `http://127.0.0.1:${store.addr.port}` });
  for (let i = 0; i < 1_500; i++) s3.putObject({ bucket: "media", key: `from/${i}`, body: "x" });
  const sources = { media: { storage: "s3", config: s3.config } };
  await using server = await start([
    "serve",
    ...["-s", "plugins.datasette-files.sources", JSON.stringify(sources)],
    ...["-s", "permissions", '{"files-browse": true, "files-upload": true, "files-edit": true}'],
  ]);
  const body = JSON.stringify({ from: "from/", to: "to/" });
  const connection = await Deno.connect({ hostname: "127.0.0.1", port: server.port });
  const head = `POST /-/files/source/media/-/copy HTTP/1.1\r\nHost: localhost\r\ncontent-type: application/json\r\n`;
  await connection.write(new TextEncoder().encode(`${head}content-length: ${body.length}\r\n\r\n${body}`));
  await until(() => copies > 20);
  connection.close();
  // It has stopped once a while has passed without another copy.
  let seen = -1;
  await until(async () => {
    seen = copies;
    await new Promise((resolve) => setTimeout(resolve, 300));
    return copies === seen;
  });
  assert(copies < 1_000, `${copies} files were copied`);
  assertFalse(server.printed().includes("legacy"), server.printed());
  await store.shutdown();
});
