import { assert, assertEquals, assertMatch } from "@std/assert";

const MIB = 1024 ** 2;

Deno.test("createBroker() keeps no buffers of 64 KiB behind bodies in chunks of one byte", async () => {
  await using server = await startGuest("broker");
  const form = (length: number) => post("/credentials", "application/x-www-form-urlencoded", oneByteChunks(length));
  const whole = await Promise.all(Array.from({ length: 17 }, () => ask(server.port, form(8192))));
  assertEquals(new Set(whole.map(statusOf)), new Set([403]));
  assertEquals(statusOf(await ask(server.port, form(8193))), 413);
  assert(await server.growth() < 100 * MIB, `grew by ${await server.growth() / MIB} MiB`);
});

Deno.test("createFilesApp() reads JSON in chunks of one byte without holding up anyone", async () => {
  await using server = await startGuest("app");
  await server.growth();
  const asked = ask(server.port, post("/-/files/source/media/-/delete", "application/json", oneByteChunks(200_000)));
  let isDone = false;
  let longestMs = 0;
  const finished = asked.finally(() => isDone = true);
  while (!isDone) {
    const begunMs = performance.now();
    await server.growth();
    longestMs = Math.max(longestMs, performance.now() - begunMs);
  }
  assertEquals(statusOf(await finished), 400);
  assert(await server.growth() < 100 * MIB, `grew by ${await server.growth() / MIB} MiB`);
  assert(longestMs < 2_000, `another request waited ${longestMs} ms`);
});

Deno.test("createS3Source() reads a broker's reply in chunks of one byte without keeping their buffers", async () => {
  const { port, stop } = serveRaw(
    `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n${oneByteChunks(65_000)}`,
  );
  const { message, growth } = await run("client", `http://127.0.0.1:${port}/`);
  await stop();
  assertMatch(String(message), /not JSON/);
  assert(Number(growth) < 100 * MIB, `grew by ${Number(growth) / MIB} MiB`);
});

const oneByteChunks = (length: number) => "1\r\na\r\n".repeat(length) + "0\r\n\r\n";

const post = (path: string, type: string, body: string) =>
  `POST ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n` +
  `content-type: ${type}\r\ntransfer-encoding: chunked\r\n\r\n${body}`;

const statusOf = (answer: string) => Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1]);

/** Sends bytes as they are; what comes back until the connection ends. */
async function ask(port: number, request: string): Promise<string> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  // A server that has refused takes in no more, and may reset the connection.
  const sent = writeAll(connection, request).catch(() => {});
  const answer = await new Response(connection.readable).text().catch(String);
  await sent;
  return answer;
}

async function writeAll(connection: Deno.Conn, text: string): Promise<void> {
  const bytes = new TextEncoder().encode(text);
  for (let offset = 0; offset < bytes.byteLength;) offset += await connection.write(bytes.subarray(offset));
}

/** A server that gives one answer, byte for byte, and then closes the connection. */
function serveRaw(answer: string): { port: number; stop: () => Promise<void> } {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const served = (async () => {
    using connection = await listener.accept();
    await connection.read(new Uint8Array(MIB));
    await writeAll(connection, answer).catch(() => {});
  })();
  return {
    port: listener.addr.port,
    async stop() {
      await served;
      listener.close();
    },
  };
}

function spawn(...args: string[]): Deno.ChildProcess {
  const script = new URL("one_byte_guest.ts", import.meta.url).pathname;
  return new Deno.Command(Deno.execPath(), { args: ["run", "--allow-all", script, ...args], stdout: "piped" }).spawn();
}

async function run(...args: string[]): Promise<Record<string, unknown>> {
  return JSON.parse(new TextDecoder().decode((await spawn(...args).output()).stdout));
}

async function startGuest(role: string) {
  const child = spawn(role);
  const lines = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const { port } = JSON.parse((await lines.read()).value ?? "");
  return {
    port: Number(port),
    growth: async () => Number(await (await fetch(`http://127.0.0.1:${port}/growth`)).json()),
    async [Symbol.asyncDispose]() {
      child.kill();
      await lines.cancel();
      await child.status;
    },
  };
}
