import { assertEquals, assertFalse } from "@std/assert";

const TENANT = { secret_sha256: "a".repeat(64), bucket: "media", prefix: "team", allow: ["read"] };
const COMMANDS = {
  broker: [
    ...["broker", "-s", "broker.sts.endpoint_url", "http://127.0.0.1:1"],
    ...["-s", "broker.tenants.team", JSON.stringify(TENANT), "-s", "broker.log_format", "json"],
  ],
  serve: [
    ...["serve", "-s", "plugins.datasette-files.sources.a.storage", "s3"],
    ...["-s", "plugins.datasette-files.sources.a.config.bucket", "media"],
    ...["-s", "plugins.datasette-files.log_format", "json"],
  ],
};

/** The command as a process, and the lines that it writes to both outputs, but for warnings about its settings. */
async function startCommand(args: readonly string[]) {
  const command = new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", "src/command/cli.ts", ...args, "--port", "0"],
    stdout: "piped",
    stderr: "piped",
  });
  const server = command.spawn();
  const lines: string[] = [];
  const { promise: port, resolve } = Promise.withResolvers<number>();
  let wake = () => {};
  const read = async (stream: ReadableStream<Uint8Array<ArrayBuffer>>) => {
    let rest = "";
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      const parts = (rest + text).split("\n");
      rest = parts.pop() ?? "";
      lines.push(...parts.filter((line) => !line.includes('"type":"warning"')));
      const [, found] = /^(?:Files|Credentials) at http:\/\/127\.0\.0\.1:(\d+)/m.exec(parts.join("\n")) ?? [];
      if (found !== undefined) resolve(Number(found));
      wake();
    }
  };
  const reading = Promise.all([read(server.stdout), read(server.stderr)]);
  return {
    server,
    port: await port,
    /** The entries of the log, once there are so many, or the command has ended. */
    async entries(count: number): Promise<Record<string, unknown>[]> {
      const found = () => lines.filter((line) => line.startsWith("{")).map((line) => JSON.parse(line));
      let hasEnded = false;
      const ended = reading.then(() => hasEnded = true);
      while (found().length < count && !hasEnded) {
        await Promise.race([ended, new Promise<void>((resolve) => wake = resolve)]);
      }
      return found();
    },
    /** Ends the command, and returns all lines but the greeting. */
    async stop(): Promise<string[]> {
      server.kill("SIGTERM");
      await server.status;
      await reading;
      return lines.filter((line) => !/^(?:Files|Credentials) at /.test(line));
    },
  };
}

/** The status with which a server answers these bytes. */
async function statusOf(port: number, request: string): Promise<number> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  await connection.write(Uint8Array.from(request, (unit) => unit.charCodeAt(0)));
  const buffer = new Uint8Array(4_000);
  const length = await connection.read(buffer) ?? 0;
  return Number(new TextDecoder().decode(buffer.subarray(0, length)).split(" ")[1]);
}

/** Requests that no client sends by accident, each with the status it must get. */
const MALFORMED = {
  "GET / HTTP/1.1\r\nHost: a b": 400,
  "GET / HTTP/1.1\r\nHost: 127.0.0.1, evil": 400,
  "GET / HTTP/1.1\r\nHost: 127.0.0.1:99999": 400,
  "GET / HTTP/1.1\r\nHost: 127.0.0.1/x": 400,
  "GET / HTTP/1.1\r\nHost: a@127.0.0.1": 400,
  "GET / HTTP/1.1\r\nHost: %": 400,
  "GET / HTTP/1.1\r\nHost: \xff\xfe": 400,
  "GET http://[::1 HTTP/1.1\r\nHost: 127.0.0.1": 400,
  "GET http://127.0.0.1:99999/ HTTP/1.1\r\nHost: 127.0.0.1": 400,
  "GET ftp://127.0.0.1/ HTTP/1.1\r\nHost: 127.0.0.1": 400,
  "GeT / HTTP/1.1\r\nHost: 127.0.0.1": 400,
  "heaD / HTTP/1.1\r\nHost: 127.0.0.1": 400,
  "TRACE / HTTP/1.1\r\nHost: 127.0.0.1": 405,
  "trace / HTTP/1.1\r\nHost: 127.0.0.1": 405,
  "TRACK / HTTP/1.1\r\nHost: 127.0.0.1": 405,
  "CONNECT a:1 HTTP/1.1\r\nHost: 127.0.0.1": 405,
};

for (const [name, args] of Object.entries(COMMANDS)) {
  Deno.test(`main() answers malformed requests to "${name}" with 400 or 405, and logs one line each`, async () => {
    const command = await startCommand(args);
    const statuses: Record<string, number> = {};
    for (const head of Object.keys(MALFORMED)) statuses[head] = await statusOf(command.port, `${head}\r\n\r\n`);
    const entries = await command.entries(Object.keys(MALFORMED).length);
    const lines = await command.stop();
    assertEquals(statuses, MALFORMED);
    assertEquals(lines.length, Object.keys(MALFORMED).length, lines.join("\n"));
    for (const { type, address, reason } of entries) {
      assertEquals([type, address, typeof reason], ["refused", "127.0.0.1", "string"]);
    }
  });

  Deno.test({
    name: `main() lets "${name}" survive SIGHUP, with one line in the log`,
    ignore: Deno.build.os === "windows",
    async fn() {
      const command = await startCommand(args);
      command.server.kill("SIGHUP");
      const [entry] = await command.entries(1);
      const status = await statusOf(command.port, "GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
      const lines = await command.stop();
      const expected = name === "serve"
        ? ["ignored", "SIGHUP: the configuration is read only at the start; restart to apply changes"]
        : ["reloaded", "The configuration was taken up"];
      assertEquals([entry?.type, entry?.reason, lines.length], [...expected, 1]);
      assertFalse(Number.isNaN(status));
    },
  });
}

Deno.test("main() lets a broker log the address of a wrong secret's sender", async () => {
  const command = await startCommand(COMMANDS.broker);
  const response = await fetch(`http://127.0.0.1:${command.port}/credentials`, {
    method: "POST",
    body: new URLSearchParams({ secret: "wrong" }),
  });
  await response.body?.cancel();
  const [entry] = await command.entries(1);
  await command.stop();
  assertEquals([response.status, entry?.["address"], entry?.["reason"]], [403, "127.0.0.1", "a wrong secret"]);
});
