import { assert, assertEquals } from "@std/assert";
import type { Certificate } from "../../src/command/certificate.ts";
import type { Handler } from "../../src/command/running_requests.ts";
import { startNodeServer, startWithCertificate } from "../../src/command/node_server.ts";
import { makeCertificate } from "../support/certificate.ts";
import { orSkip } from "../support/or_skip.ts";

const certificates = await orSkip("HTTPS", () => Promise.all([makeCertificate(), makeCertificate()]));
if (certificates !== undefined) testServer(...certificates);

function testServer(first: Certificate, second: Certificate): void {
  /** A server, and a client that trusts only one of the certificates. */
  async function open(handle: Handler) {
    const onError = () => new Response("It failed", { status: 500 });
    const server = await startNodeServer(handle, { hostname: "localhost", port: 0, certificate: first, onError });
    const clients = [first, second].map(({ cert }) => Deno.createHttpClient({ caCerts: [cert] }));
    const call = (index: number, path: string, init: RequestInit = {}) =>
      fetch(`https://localhost:${server.port}${path}`, { ...init, ...{ client: clients[index] } });
    return {
      server,
      call,
      async [Symbol.asyncDispose]() {
        for (const client of clients) client.close();
        await server.shutdown();
      },
    };
  }

  Deno.test("startNodeServer() hands requests on, and answers", async () => {
    await using world = await open(async ({ url, method, headers, body }, address) => {
      const text = `${method} ${new URL(url).pathname} ${headers.get("x-a")} ${await new Response(body)
        .text()} ${address}`;
      const cookies = [["set-cookie", "a=1"], ["set-cookie", "b=2"]] as [string, string][];
      return new Response(text, { status: 201, headers: [["x-b", "B"], ...cookies] });
    });
    const response = await world.call(0, "/a%20b?c", { method: "PUT", body: "A", headers: { "x-a": "1" } });
    assertEquals(response.status, 201);
    assertEquals([response.headers.get("x-b"), response.headers.getSetCookie()], ["B", ["a=1", "b=2"]]);
    assert(/^PUT \/a%20b 1 A (?:127\.0\.0\.1|::1)$/.test(await response.text()));
  });

  Deno.test("startNodeServer() streams 12 MB through, whole", async () => {
    await using world = await open(({ body }) => Promise.resolve(new Response(body)));
    const sent = crypto.getRandomValues(new Uint8Array(65_536));
    let left = 192;
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => left-- > 0 ? controller.enqueue(sent) : controller.close(),
    });
    const received = await (await world.call(0, "/", { method: "POST", body })).bytes();
    assertEquals(received.length, 192 * 65_536);
    for (let i = 0; i < 192; i++) assertEquals(received[i * 65_536 + i], sent[i]);
  });

  for (const [method, expected] of [["HEAD", ""], ["GET", "text"]] as const) {
    Deno.test(`startNodeServer() goes on after ${method} had a response that cannot be sent`, async () => {
      const body = ReadableStream.from((async function* () {})());
      const unsendable = [
        () => new Response(new ReadableStream({ start: (controller) => controller.error(new Error("gone")) })),
        () => new Response(body, { headers: { "x-a": "a\u0001b" } }),
      ];
      await using world = await open(() => Promise.resolve(unsendable.pop()?.() ?? new Response("fine")));
      for (let left = unsendable.length; left > 0; left--) {
        await world.call(0, "/", { method }).then((response) => response.text()).catch(() => {});
      }
      assertEquals(await (await world.call(0, "/")).text(), "fine");
    });

    Deno.test(`startNodeServer() answers ${method} with "${expected}"`, async () => {
      await using world = await open(() => Promise.resolve(new Response("text", { headers: { "x-a": "1" } })));
      const response = await world.call(0, "/", { method });
      assertEquals([response.status, response.headers.get("x-a"), await response.text()], [200, "1", expected]);
    });
  }

  Deno.test("startNodeServer() answers what a handler throws", async () => {
    await using world = await open(() => Promise.reject(new Error("canary")));
    const response = await world.call(0, "/");
    assertEquals([response.status, await response.text()], [500, "It failed"]);
  });

  Deno.test("startNodeServer() answers before an upload has ended, and goes on", async () => {
    await using world = await open(({ method }) =>
      Promise.resolve(new Response(null, { status: method === "PUT" ? 413 : 204 }))
    );
    const statuses = [];
    for (const init of [{ method: "PUT", body: new Uint8Array(3_000_000) }, {}]) {
      const response = await world.call(0, "/", init);
      await response.body?.cancel();
      statuses.push(response.status);
    }
    assertEquals(statuses, [413, 204]);
  });

  Deno.test("shutdown() ends idle connections", async () => {
    await using world = await open(() => Promise.resolve(new Response("text")));
    const idle = await Deno.connectTls({ hostname: "localhost", port: world.server.port, caCerts: [first.cert] });
    await idle.write(new TextEncoder().encode("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    await idle.read(new Uint8Array(4_000));
    await world.server.shutdown();
    assertEquals(await idle.read(new Uint8Array(1)).catch(() => null), null);
    idle.close();
  });

  Deno.test("replace() is for new connections, and lets running requests end", async () => {
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    const { promise: asked, resolve: onAsked } = Promise.withResolvers<void>();
    await using world = await open(async ({ url }) => {
      if (url.endsWith("/held")) {
        onAsked();
        await held;
      }
      return new Response("answered");
    });
    const running = world.call(0, "/held");
    await asked;
    world.server.replace(second);
    assertEquals(await (await world.call(1, "/")).text(), "answered");
    release();
    assertEquals(await (await running).text(), "answered");
    const isTrusted = (client: number) => handshake(world.server.port, [first, second][client]?.cert ?? "");
    assertEquals([await isTrusted(0), await isTrusted(1)], [false, true]);
  });

  Deno.test("startWithCertificate() takes up new files, and refuses a key that does not fit", async () => {
    const folder = await Deno.makeTempDir({ prefix: "certificate-" });
    const tls = { certPath: `${folder}/a.pem`, keyPath: `${folder}/a.key` };
    const write = async (cert: string, key: string) => {
      await Promise.all([Deno.writeTextFile(tls.certPath, cert), Deno.writeTextFile(tls.keyPath, key)]);
    };
    await write(first.cert, first.key);
    const log: string[] = [];
    const server = await startWithCertificate(() => Promise.resolve(new Response()), {
      ...{ hostname: "localhost", port: 0, tls },
      onError: () => new Response(),
      log: ({ type, reason }) =>
        log.push(`${type}: ${reason.replaceAll(`${folder}/`, "").replace(/[\d:]{8}/, "TIME")}`),
    });
    const trusted = async () => [await handshake(server.port, first.cert), await handshake(server.port, second.cert)];
    await write(second.cert, first.key);
    server.certificate.reload();
    assertEquals(await trusted(), [true, false]);
    await write(second.cert, second.key);
    for (let i = 0; i < 2; i++) await server.certificate.poll();
    assertEquals(await trusted(), [false, true]);
    assertEquals(log, [
      'failed: a.pem was not taken up: Cannot use "a.key": it is not the key of the first certificate in "a.pem"; ' +
      "the certificate of TIME goes on",
      "reloaded: a.pem was taken up",
    ]);
    await server.shutdown();
    await Deno.remove(folder, { recursive: true });
  });

  Deno.test("startNodeServer() aborts the signal of a client that disconnects", async () => {
    const { promise: aborted, resolve } = Promise.withResolvers<string>();
    const { promise: asked, resolve: onAsked } = Promise.withResolvers<void>();
    await using world = await open(({ signal }) => {
      onAsked();
      return new Promise((answer) =>
        signal.addEventListener("abort", () => {
          resolve("aborted");
          answer(new Response());
        })
      );
    });
    const controller = new AbortController();
    const running = world.call(0, "/", { signal: controller.signal }).catch(() => "gone");
    await asked;
    controller.abort();
    assertEquals([await running, await aborted], ["gone", "aborted"]);
  });

  Deno.test("startNodeServer() ends the body of a response whose client disconnects", async () => {
    const { promise: cancelled, resolve } = Promise.withResolvers<string>();
    const body = () =>
      new ReadableStream({
        pull: (controller) => controller.enqueue(new Uint8Array(65_536)),
        cancel: () => resolve("cancelled"),
      });
    await using world = await open(() => Promise.resolve(new Response(body())));
    const response = await world.call(0, "/");
    await response.body?.cancel();
    assertEquals(await cancelled, "cancelled");
  });

  for (const [path, status] of [["//evil.test/a", 200], ["*", 400], ["/\u0001", 400]] as const) {
    Deno.test(`startNodeServer() does not take ${JSON.stringify(path)} for another host`, async () => {
      const seen: string[] = [];
      await using world = await open(({ url }) => {
        seen.push(new URL(url).host);
        return Promise.resolve(new Response());
      });
      assertEquals(await rawStatus(world.server.port, first.cert, path), status);
      assertEquals(seen, status === 200 ? [`localhost:${world.server.port}`] : []);
    });
  }
}

/** Whether a client with this authority takes a new connection. */
async function handshake(port: number, authority: string): Promise<boolean> {
  try {
    using connection = await Deno.connectTls({ hostname: "localhost", port, caCerts: [authority] });
    await connection.handshake();
    return true;
  } catch {
    return false;
  }
}

/** The status of a request that `fetch` would not send. */
async function rawStatus(port: number, authority: string, path: string): Promise<number> {
  using connection = await Deno.connectTls({ hostname: "localhost", port, caCerts: [authority] });
  const request = `GET ${path} HTTP/1.1\r\nHost: localhost:${port}\r\nConnection: close\r\n\r\n`;
  await connection.write(new TextEncoder().encode(request));
  const buffer = new Uint8Array(4_000);
  const length = await connection.read(buffer) ?? 0;
  return Number(new TextDecoder().decode(buffer.subarray(0, length)).split(" ")[1]);
}
