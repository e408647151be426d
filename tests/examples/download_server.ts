import { assert, assertEquals, assertFalse, assertStringIncludes } from "@std/assert";
import { deno, run, type RunningServer, serve } from "./processes.ts";
import { deadUrl, type ExampleFolder, type Stage } from "./stage.ts";

const TOKEN = "a token of the test";
const BEARER = { authorization: `Bearer ${TOKEN}` };

/** Registers the tests of examples/download_server.ts. */
export function testDownloadServer({ openFolder }: Stage): void {
  const command = deno("download_server.ts");
  let folder: ExampleFolder;
  let server: RunningServer;
  Deno.test.beforeAll(async () => {
    folder = await openFolder({ allow: ["read"] });
    await folder.source.upload("notes/ä b+%.txt", "0123456789", { contentType: "text/plain" });
    await folder.source.upload("page.html", "<script>alert(1)</script>", { contentType: "text/html" });
    await folder.source.upload("empty", "");
    server = await serve({ command, env: { ...folder.env, DOWNLOAD_TOKEN: TOKEN } });
  });
  Deno.test.afterAll(async () => {
    await server.stop();
  });
  const ask = async (path: string, init: RequestInit = { headers: BEARER }) => {
    const response = await fetch(`${server.url}${path}`, { redirect: "manual", ...init });
    return { status: response.status, headers: response.headers, text: await response.text() };
  };

  Deno.test("download_server.ts redirects a client with the token to the store", async () => {
    const { status, headers } = await ask("/download/notes/%C3%A4%20b%2B%25.txt");
    assertEquals([status, headers.get("cache-control")], [302, "no-store"]);
    const file = await fetch(headers.get("location") ?? "");
    assertEquals(await file.text(), "0123456789");
    assertStringIncludes(file.headers.get("content-disposition") ?? "", "filename*=UTF-8''%C3%A4%20b%2B%25.txt");
  });

  Deno.test("download_server.ts redirects so that the store accepts a client that also sends the token", async () => {
    const response = await fetch(`${server.url}/download/page.html`, { headers: BEARER });
    assertEquals([response.status, await response.text()], [200, "<script>alert(1)</script>"]);
  });

  Deno.test("download_server.ts accepts the token in a cookie", async () => {
    const cookie = `theme=dark; download_token=${TOKEN}; a=b`;
    assertEquals((await ask("/stream/page.html", { headers: { cookie } })).status, 200);
  });

  for (
    const [what, headers] of Object.entries<HeadersInit>({
      "no token": {},
      "a wrong token": { authorization: "Bearer a token of the tesd" },
      "a longer token": { authorization: `Bearer ${TOKEN}!` },
      "the token with another scheme": { authorization: `Basic ${TOKEN}` },
      "a wrong cookie": { cookie: "download_token=x" },
    })
  ) {
    Deno.test(`download_server.ts refuses ${what}`, async () => {
      for (const path of ["/download/page.html", "/stream/page.html", "/stream/none"]) {
        const answer = await ask(path, { headers });
        assertEquals([answer.status, answer.text], [401, "A token is required.\n"]);
      }
    });
  }

  Deno.test("download_server.ts answers 404 for a file that is missing", async () => {
    for (const path of ["/download/none.txt", "/stream/none.txt", "/stream/notes", "/", "/files/page.html"]) {
      assertEquals((await ask(path)).status, 404, path);
    }
  });

  Deno.test("download_server.ts reaches nothing outside its folder, whatever the path", async () => {
    const { prefix, source } = folder;
    const key = encodeURIComponent(`../${prefix}page.html`);
    for (
      const path of [key, "..%2Fa", "a%2F..%2F..%2Fb", "%2Fetc%2Fpasswd", "a%00b", "a%0D%0Ab", "%E0%A4%A", "%2E%2E%2Fa"]
    ) {
      for (const way of ["download", "stream"]) assertEquals((await ask(`/${way}/${path}`)).status, 400, path);
    }
    assert(await source.stat("page.html"));
  });

  Deno.test("download_server.ts only reads", async () => {
    for (const method of ["POST", "PUT", "DELETE"]) {
      assertEquals((await ask("/stream/page.html", { method, headers: BEARER })).status, 405);
    }
  });

  Deno.test("download_server.ts streams a file as a download that cannot run", async () => {
    const { status, headers, text } = await ask("/stream/page.html");
    assertEquals([status, text], [200, "<script>alert(1)</script>"]);
    assertEquals(headers.get("content-type"), "text/html");
    assertEquals(headers.get("content-disposition"), "attachment");
    assertEquals(headers.get("content-length"), "25");
    assertEquals((await ask("/stream/empty")).text, "");
  });

  Deno.test("download_server.ts answers HEAD with the headers of GET", async () => {
    const { status, headers, text } = await ask("/stream/page.html", { method: "HEAD", headers: BEARER });
    assertEquals([status, headers.get("content-length"), text], [200, "25", ""]);
  });

  for (
    const [range, status, contentRange, text] of [
      ["bytes=2-4", 206, "bytes 2-4/10", "234"],
      ["bytes=7-", 206, "bytes 7-9/10", "789"],
      ["bytes=-3", 206, "bytes 7-9/10", "789"],
      ["bytes=8-99", 206, "bytes 8-9/10", "89"],
      ["bytes=0-", 200, null, "0123456789"],
      ["bytes=-99", 200, null, "0123456789"],
      ["bytes=0-1,4-5", 200, null, "0123456789"],
      ["lines=1-2", 200, null, "0123456789"],
      ["bytes=10-", 416, "bytes */10", "The range is outside the file.\n"],
      ["bytes=-0", 416, "bytes */10", "The range is outside the file.\n"],
      ["bytes=5-2", 416, "bytes */10", "The range is outside the file.\n"],
      [`bytes=${"9".repeat(30)}-`, 416, "bytes */10", "The range is outside the file.\n"],
    ] as const
  ) {
    Deno.test(`download_server.ts answers ${status} to "Range: ${range}"`, async () => {
      const answer = await ask("/stream/notes/%C3%A4%20b%2B%25.txt", { headers: { ...BEARER, range } });
      assertEquals([answer.status, answer.headers.get("content-range"), answer.text], [status, contentRange, text]);
    });
  }

  Deno.test("download_server.ts answers 304 if the client has the file", async () => {
    const etag = (await ask("/stream/page.html")).headers.get("etag") ?? "";
    const answer = async (headers: HeadersInit) => {
      const { status, text } = await ask("/stream/page.html", { headers: { ...BEARER, ...headers } });
      return [status, text.length];
    };
    assertEquals(await answer({ "if-none-match": etag }), [304, 0]);
    assertEquals(await answer({ "if-none-match": `"x", W/${etag}` }), [304, 0]);
    assertEquals(await answer({ "if-none-match": '"x"' }), [200, 25]);
    assertEquals(await answer({ "if-range": etag, range: "bytes=0-4" }), [206, 5]);
    assertEquals(await answer({ "if-range": '"x"', range: "bytes=0-4" }), [200, 25]);
  });

  Deno.test("download_server.ts answers 503 while the store is down, and ends on a signal", async () => {
    const { env } = folder;
    const server = await serve({ command, env: { ...env, DOWNLOAD_TOKEN: TOKEN, S3_ENDPOINT_URL: deadUrl() } });
    const response = await fetch(`${server.url}/stream/page.html`, { headers: BEARER });
    assertEquals([response.status, response.headers.get("retry-after")], [503, "5"]);
    assertEquals(await response.text(), "The store is not available.\n");
    const { code, stderr } = await server.stop();
    assertEquals(code, 0);
    assertStringIncludes(stderr, "ServiceError");
    for (const secret of [TOKEN, env.CREDENTIALS_URL_SECRET, "X-Amz-Signature"]) assertFalse(stderr.includes(secret));
  });

  Deno.test("download_server.ts does not start without a reachable broker or a token", async () => {
    const { env } = folder;
    const [lonely, open_, unconfigured] = await Promise.all([
      run({ command, env: { ...env, DOWNLOAD_TOKEN: TOKEN, CREDENTIALS_URL: deadUrl(), PORT: "0" } }),
      run({ command, env: { ...env, DOWNLOAD_TOKEN: "short", PORT: "0" } }),
      run({ command, env: { DOWNLOAD_TOKEN: TOKEN, PORT: "0" } }),
    ]);
    assertEquals([lonely.code, open_.code, unconfigured.code], [1, 1, 1]);
    assertStringIncludes(lonely.stderr, "CredentialsError");
    assertFalse(lonely.stderr.includes(env.CREDENTIALS_URL_SECRET));
    assertStringIncludes(open_.stderr, "DOWNLOAD_TOKEN must have at least 16 characters");
    assertStringIncludes(unconfigured.stderr, 'it needs a "bucket", or a "credentialsUrl"');
  });
}
