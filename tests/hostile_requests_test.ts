import { assert, assertEquals, assertFalse, assertStringIncludes } from "@std/assert";
import { createMemoryS3 } from "../src/testing/mod.ts";

const SERVE = new URL("../src/serve.ts", import.meta.url).href;

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

const BROKER = [
  "broker",
  ...["-s", "broker.sts", '{"endpoint_url": "http://127.0.0.1:1", "access_key_id": "A", "secret_access_key": "S"}'],
  ...["-s", "broker.tenants.team.secret_sha256", "a".repeat(64), "-s", "broker.tenants.team.bucket", "media"],
  ...["-s", "broker.tenants.team.prefix", "team", "-s", "broker.tenants.team.allow", '["read"]'],
];
const APP = [
  "serve",
  ...["-s", "plugins.datasette-files.sources.media.storage", "s3"],
  ...["-s", "plugins.datasette-files.sources.media.config.bucket", "media"],
  ...["-s", "plugins.datasette-files.sources.media.config.endpoint_url", "http://127.0.0.1:1"],
];

/** What comes back to bytes that are written as they are; empty if the connection is closed without an answer. */
async function raw(port: number, text: string): Promise<string> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  await connection.write(new TextEncoder().encode(text));
  const buffer = new Uint8Array(4_000);
  const length = await connection.read(buffer).catch(() => null) ?? 0;
  return new TextDecoder().decode(buffer.subarray(0, length));
}

/** Polls for what a process prints or does, as nothing tells when that is. */
async function until(isThere: () => boolean | Promise<boolean>): Promise<void> {
  for (let i = 0; i < 400 && !await isThere(); i++) await new Promise((resolve) => setTimeout(resolve, 25));
  assert(await isThere(), "it did not come about");
}

const REQUESTS: Readonly<Record<string, string>> = {
  "a Host with a space": "GET /-/files HTTP/1.1\r\nHost: a b\r\n\r\n",
  "two hosts in one": "GET /credentials HTTP/1.1\r\nHost: 127.0.0.1, evil\r\n\r\n",
  "an address that does not end": "GET http://[::1 HTTP/1.1\r\nHost: localhost\r\n\r\n",
  "a Host with a control character": "GET / HTTP/1.1\r\nHost: a\x01b\r\n\r\n",
  "a Host with an escape sequence": "GET / HTTP/1.1\r\nHost: a\x1b[31mb\r\n\r\n",
  "no Host": "GET /-/files HTTP/1.1\r\n\r\n",
  "an empty Host": "GET /-/files HTTP/1.1\r\nHost:\r\n\r\n",
  "a Host with a port that is none": "GET /-/files HTTP/1.1\r\nHost: localhost:99999\r\n\r\n",
  TRACE: "TRACE /-/files HTTP/1.1\r\nHost: localhost\r\n\r\n",
  TRACK: "TRACK /-/files HTTP/1.1\r\nHost: localhost\r\n\r\n",
  CONNECT: "CONNECT localhost:443 HTTP/1.1\r\nHost: localhost:443\r\n\r\n",
  "a method of nobody's": "BREW /-/files HTTP/1.1\r\nHost: localhost\r\n\r\n",
  "the target *": "OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n",
  "a target with a broken escape": "GET /-/files/%zz HTTP/1.1\r\nHost: localhost\r\n\r\n",
  "a target of bytes that are no UTF-8": "GET /-/files/source/%ff%fe HTTP/1.1\r\nHost: localhost\r\n\r\n",
  "two lengths": "POST /credentials HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx",
  "a length that is none": "POST /credentials HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
  "what is no HTTP": "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\r\n\r\n",
};

for (const [name, args] of [["the broker", BROKER], ["the files app", APP]] as const) {
  Deno.test(`${name} answers malformed requests without a stack trace, and goes on`, async () => {
    await using server = await start(args);
    const statuses: Record<string, string> = {};
    for (const [request, text] of Object.entries(REQUESTS)) {
      statuses[request] = (await raw(server.port, text)).split(" ")[1] ?? "closed";
    }
    for (const [request, status] of Object.entries(statuses)) {
      assert(/^(?:closed|200|4\d\d|501)$/.test(status), `${request}: ${status}`);
    }
    for (const request of ["a Host with a space", "two hosts in one"]) assertEquals(statuses[request], "400", request);
    assertEquals(statuses["TRACE"], "405");
    const good = await raw(server.port, "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
    assertStringIncludes(good, "HTTP/1.1 ");
    const lines = server.printed().split("\n");
    assertFalse(/^\s+at |TypeError/m.test(server.printed()), server.printed());
    // deno-lint-ignore no-control-regex
    assertFalse(/[\x00-\x09\x0b-\x1f]/.test(server.printed()));
    assert(lines.length < 2 + Object.keys(REQUESTS).length, server.printed());
  });

  Deno.test(`${name} survives SIGHUP, and says what it does not do`, async () => {
    await using server = await start(args);
    Deno.kill(server.pid, "SIGHUP");
    await until(() => server.printed().includes("SIGHUP"));
    assertStringIncludes(server.printed(), "the configuration is read again after a restart only");
    assertStringIncludes(await raw(server.port, "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"), "HTTP/1.1 ");
  });
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
