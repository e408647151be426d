import { assertEquals, assertFalse, assertStringIncludes } from "@std/assert";
import { deno, run, type RunningServer, serve } from "./processes.ts";
import { deadUrl, type ExampleFolder, type Stage } from "./stage.ts";

const PASSWORD = "a password of the test";
const LOGIN = { authorization: `Basic ${btoa(`upload:${PASSWORD}`)}` };
const PNG = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** Registers the tests of examples/uploader.ts, except those in a browser. */
export function testUploader({ openFolder }: Stage): void {
  const command = deno("uploader.ts");
  let folder: ExampleFolder;
  let server: RunningServer;
  const start = () => serve({ command, env: { ...folder.env, UPLOAD_PASSWORD: PASSWORD, MAX_BYTES: "20000000" } });
  Deno.test.beforeAll(async () => {
    folder = await openFolder();
    server = await start();
  });
  Deno.test.afterAll(async () => {
    await server.stop();
  });
  const ask = async (path: string, init: RequestInit = {}) => {
    const response = await fetch(`${server.url}${path}`, { ...init, headers: { ...LOGIN, ...init.headers } });
    return { status: response.status, text: await response.text() };
  };
  const prepare = (query: Record<string, string>) => ask(`/prepare?${new URLSearchParams(query)}`, { method: "POST" });

  Deno.test("uploader.ts shows its page with the password; the page may call only the app and the store", async () => {
    const { env } = folder;
    const page = await fetch(server.url, { headers: LOGIN });
    assertStringIncludes(await page.text(), '<input type="file"');
    const policy = page.headers.get("content-security-policy") ?? "";
    assertStringIncludes(policy, `connect-src 'self' ${env.S3_ENDPOINT_URL}`);
    assertStringIncludes(policy, "default-src 'none'; script-src 'self'");
    for (const path of ["/", "/uploader.js", "/prepare?name=a.png&size=8&type=image/png"]) {
      for (const authorization of ["", `Basic ${btoa("upload:wrong")}`, `Basic ${btoa(`root:${PASSWORD}`)}`]) {
        const refused = await fetch(server.url + path, {
          method: path[1] === "p" ? "POST" : "GET",
          headers: { authorization },
        });
        await refused.body?.cancel();
        assertEquals(refused.status, 401);
      }
    }
  });

  Deno.test("uploader.ts lets a page send a file straight to the store, and then checks that it is there", async () => {
    const { source } = folder;
    const { path, url, method, headers } = JSON.parse(
      (await prepare({ name: "ä b+%.png", size: "8", type: "image/png" })).text,
    );
    const stored = `/stored?${new URLSearchParams({ path })}`;
    assertEquals((await ask(stored, { method: "POST" })).status, 404);
    const larger = await fetch(url, { method, headers, body: new Uint8Array(9) });
    await larger.body?.cancel();
    const other = await fetch(url, { method, headers: { ...headers, "content-type": "text/html" }, body: PNG });
    await other.body?.cancel();
    assertEquals([larger.ok, other.ok, await source.stat(path)], [false, false, null]);
    const sent = await fetch(url, { method, headers, body: PNG });
    await sent.body?.cancel();
    assertEquals(sent.status, 200);
    assertEquals(await ask(stored, { method: "POST" }), { status: 201, text: JSON.stringify({ path, size: 8 }) });
    const { name, contentType } = await source.stat(path) ?? {};
    assertEquals([name, contentType], ["ä b+%.png", "image/png"]);
    assertEquals(await source.read(path), PNG);
  });

  Deno.test("uploader.ts streams a file to the store in parts", async () => {
    const { source } = folder;
    const body = crypto.getRandomValues(new Uint8Array(65_536)).toBase64().repeat(200).slice(0, 17_000_000);
    const headers = { "content-type": "application/pdf" };
    const { status, text } = await ask("/upload?name=large.pdf", { method: "PUT", headers, body });
    const { path, size } = JSON.parse(text);
    assertEquals([status, size], [201, 17_000_000]);
    assertEquals(await source.readText(path) === body, true);
  });

  Deno.test("uploader.ts refuses files of other types or sizes", async () => {
    const file = { name: "a.png", size: "8", type: "image/png" };
    const outcomes = [
      await prepare({ ...file, type: "text/html" }),
      await prepare({ ...file, type: "" }),
      await prepare({ ...file, size: "20000001" }),
      await prepare({ ...file, size: "-1" }),
      await prepare({ ...file, size: "many" }),
      await prepare({ name: "a.png", type: "image/png" }),
      await ask("/upload?name=a.png", { method: "PUT", headers: { "content-type": "text/html" }, body: PNG }),
      await ask("/upload?name=a.png", {
        method: "PUT",
        headers: { "content-type": "image/png" },
        body: new Uint8Array(20_000_001),
      }),
      // A stream is sent without a length.
      await ask("/upload?name=a.png", {
        method: "PUT",
        headers: { "content-type": "image/png" },
        body: new Blob([PNG]).stream(),
      }),
    ];
    assertEquals(outcomes.map(({ status }) => status), [415, 415, 413, 411, 411, 411, 415, 413, 411]);
  });

  Deno.test("uploader.ts stores each file below uploads/ under its own path, whatever its name", async () => {
    const pathOf = async (name: string) => {
      const { status, text } = await prepare({ name, size: "8", type: "image/png" });
      return status === 200 ? JSON.parse(text).path.replace(/[0-9a-f-]{36}/, "ID") : status;
    };
    assertEquals(await pathOf("../../team-2/a.png"), "uploads/ID/a.png");
    assertEquals(await pathOf("C:\\pictures\\a.png"), "uploads/ID/a.png");
    assertEquals(await pathOf("..."), "uploads/ID/...");
    for (const name of ["", "a/", ".", "..", "a\0.png", "a\r\nb.png", "x".repeat(2_000)]) {
      assertEquals(await pathOf(name), 400, name);
    }
    for (const path of ["../a.png", "", "/etc/passwd"]) {
      assertEquals((await ask(`/stored?path=${encodeURIComponent(path)}`, { method: "POST" })).status, 400);
    }
  });

  Deno.test("uploader.ts stores nothing of an interrupted upload", async () => {
    const server = await start();
    const before = await Array.fromAsync(folder.source.walk(), ({ path }) => path);
    const connection = await Deno.connect({ hostname: "127.0.0.1", port: Number(new URL(server.url).port) });
    const head = [
      "PUT /upload?name=half.png HTTP/1.1",
      "host: x",
      `authorization: ${LOGIN.authorization}`,
      "content-type: image/png",
      "content-length: 1000",
    ];
    await connection.write(new TextEncoder().encode(`${head.join("\r\n")}\r\n\r\nhalf of it`));
    connection.close();
    await server.said(/Cannot read request body/);
    await server.stop();
    assertEquals(await Array.fromAsync(folder.source.walk(), ({ path }) => path), before);
  });

  Deno.test("uploader.ts answers 503 while the store is down", async () => {
    const { env } = folder;
    const server = await serve({ command, env: { ...env, UPLOAD_PASSWORD: PASSWORD, S3_ENDPOINT_URL: deadUrl() } });
    const headers = { ...LOGIN, "content-type": "image/png" };
    const outcomes = await Promise.all([
      fetch(`${server.url}/upload?name=a.png`, { method: "PUT", headers, body: PNG }),
      fetch(`${server.url}/stored?path=a.png`, { method: "POST", headers }),
    ]);
    for (const answer of outcomes) {
      assertEquals([answer.status, await answer.text()], [503, "The store is not available. Try again in a moment."]);
    }
    const { code, stderr } = await server.stop();
    assertEquals(code, 0);
    for (const secret of [PASSWORD, env.CREDENTIALS_URL_SECRET, "X-Amz-Signature"]) {
      assertFalse(stderr.includes(secret));
    }
  });

  Deno.test("uploader.ts does not start without a password", async () => {
    const { env } = folder;
    const { code, stderr } = await run({ command, env: { ...env, PORT: "0" } });
    assertEquals(code, 1);
    assertStringIncludes(stderr, "UPLOAD_PASSWORD must have at least 16 characters");
  });
}
