import { assertEquals, assertStringIncludes } from "@std/assert";
import { startServer } from "../../tools/server_process.ts";
import { findFreePorts } from "../../tools/free_ports.ts";
import { findOrInstallNginx } from "../../tools/nginx.ts";
import { runProgram } from "../../tools/programs.ts";
import { createCertificate } from "../support/certificate.ts";
import { blocksOf, readDocPages } from "../support/doc_blocks.ts";
import { orSkip } from "../support/or_skip.ts";

const CONFIGS = (await readDocPages()).flatMap(blocksOf).filter(({ kind }) => kind === "nginx");

const installed = await orSkip("the configurations of nginx", findOrInstallNginx);

/** Those that are to be used as they are, in front of strangers. */
const COMPLETE = CONFIGS.filter(({ text }) => text.includes("limit_conn "));

Deno.test("docs/brokers.md and docs/files_app.md have a configuration of nginx that limits connections", () => {
  assertEquals(COMPLETE.map(({ place }) => place.replace(/:\d+$/, "")), ["docs/brokers.md", "docs/files_app.md"]);
});

Deno.test("every configuration of nginx in the docs says for whom it asks", () => {
  for (const { text } of CONFIGS) assertStringIncludes(text, "proxy_set_header X-Forwarded-For $remote_addr;");
});

/** Writes a configuration with a certificate for 127.0.0.1. `server` is the part from the documentation. */
async function writeConfig(folder: string, server: string): Promise<string> {
  const { certPath, keyPath } = await createCertificate(folder, ["127.0.0.1"]);
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((name) => `${name}_temp_path ${folder};`);
  const path = `${folder}/nginx.conf`;
  const text = server
    .replace(/(ssl_certificate\s+)\S+;/, `$1${certPath};`)
    .replace(/(ssl_certificate_key\s+)\S+;/, `$1${keyPath};`);
  const main = `daemon off; master_process off; pid ${folder}/pid; events {}`;
  await Deno.writeTextFile(path, `${main}\nhttp { access_log off; ${temporary.join(" ")}\n${text}}\n`);
  return path;
}

/** Starts nginx in front of a server, with a documented configuration on a free port and timeouts of a second. */
async function startNginx(server: string, handler: Deno.ServeHandler) {
  const folder = await Deno.makeTempDir({ prefix: "nginx-" });
  const behind = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, handler);
  const [port = 0] = findFreePorts(1);
  const path = await writeConfig(
    folder,
    server
      .replace("listen 443 ssl", `listen 127.0.0.1:${port} ssl`)
      .replace(/proxy_pass http:\/\/127\.0\.0\.1:\d+/, `proxy_pass http://127.0.0.1:${behind.addr.port}`)
      .replace(/((?:client_header|client_body|keepalive)_timeout) \d+s/g, "$1 1s"),
  );
  const nginx = startServer({
    name: "nginx",
    command: [installed ?? "", "-e", "stderr", "-c", path],
    logFile: `${folder}/log`,
    leftovers: [folder],
  });
  const caCerts = [await Deno.readTextFile(`${folder}/cert.pem`)];
  const connect = () => Deno.connectTls({ hostname: "127.0.0.1", port, caCerts });
  for (let tries = 0; tries < 100; tries++) {
    const first = await connect().catch(() => undefined);
    first?.close();
    if (first !== undefined) break;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const client = Deno.createHttpClient({ caCerts });
  return {
    connect,
    fetch: (path: string, init: RequestInit = {}) => fetch(`https://127.0.0.1:${port}${path}`, { ...init, client }),
    async [Symbol.asyncDispose]() {
      client.close();
      await nginx.stop();
      await behind.shutdown();
    },
  };
}

/** Reads a connection until the other side closes it, which nginx does after a minute by default. */
async function untilClosed(connection: Deno.Conn): Promise<string> {
  let text = "";
  const buffer = new Uint8Array(4_096);
  const decoder = new TextDecoder();
  const timer = setTimeout(() => connection.close(), 30_000);
  try {
    for (let count = await connection.read(buffer); count !== null; count = await connection.read(buffer)) {
      text += decoder.decode(buffer.subarray(0, count));
    }
  } catch (error) {
    // Closed without a TLS alert.
    if (!(error instanceof Deno.errors.UnexpectedEof || error instanceof Deno.errors.ConnectionReset)) throw error;
  } finally {
    clearTimeout(timer);
  }
  return text;
}

for (const { place, text } of installed === undefined ? [] : CONFIGS) {
  Deno.test(`${place} is a valid configuration of nginx`, async () => {
    const folder = await Deno.makeTempDir({ prefix: "nginx-" });
    try {
      const { ok, output } = await runProgram([
        ...[installed ?? "", "-e", "stderr", "-t", "-c", await writeConfig(folder, text)],
      ]);
      assertEquals([ok, /\[(?:warn|error|emerg)\]/.test(output)], [true, false], output);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}

for (const { place, text } of installed === undefined ? [] : COMPLETE) {
  Deno.test(`${place} forwards requests with their client's address, and limits no more than the server does`, async () => {
    await using nginx = await startNginx(text, async (request) => {
      const { byteLength } = await request.bytes();
      return new Response(`${new URL(request.url).hostname} ${byteLength} ${request.headers.get("x-forwarded-for")}`);
    });
    const isBroker = place.startsWith("docs/brokers.md");
    const ask = async (length: number) => {
      const body = new Uint8Array(length);
      const response = await nginx.fetch("/a", { method: "POST", body, headers: { "x-forwarded-for": "192.0.2.1" } });
      return [response.status, response.status === 200 ? await response.text() : await response.body?.cancel()];
    };
    // Appending to the client's header would also do, as the last entry is read.
    assertEquals(await ask(100), [200, "127.0.0.1 100 127.0.0.1"]);
    assertEquals((await ask(2_000_000))[0], isBroker ? 413 : 200);
  });

  Deno.test(`${place} closes idle connections and those with unfinished headers`, async () => {
    await using nginx = await startNginx(text, () => new Response("served"));
    const unfinished = await nginx.connect();
    await unfinished.write(new TextEncoder().encode("GET / HTTP/1.1\r\nHost: a\r\nX-Slow: "));
    const idle = await nginx.connect();
    await idle.write(new TextEncoder().encode("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
    const [, served] = await Promise.all([untilClosed(unfinished), untilClosed(idle)]);
    assertStringIncludes(served, "served");
    for (const connection of [unfinished, idle]) connection.close();
  });
}
