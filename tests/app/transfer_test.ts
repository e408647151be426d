import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { createS3Source } from "../../mod.ts";
import { HTML, SAME_ORIGIN } from "../support/app_stub.ts";
import { createWorld, idOf, type WorldOptions } from "../support/app_world.ts";

const UNREACHABLE = { cookie: "a=b; files-reach=+other/-media" };
const DOWNLOAD = `/${idOf("a.txt")}/download`;
const LINK = `/${idOf("a.txt")}/link`;

const open = (options: WorldOptions) => createWorld({ files: { "a.txt": "Hello" }, ...options });

/** How a file gets to the browser, and from it. */
async function waysOf(options: WorldOptions, headers: Record<string, string> = {}) {
  const { request } = open(options);
  const download = await request(DOWNLOAD, { headers });
  await download.body?.cancel();
  const { url } = await (await request(LINK, { headers })).json();
  const prepared = await request("/upload/media/-/prepare", {
    method: "POST",
    headers: { "content-type": "application/json", ...SAME_ORIGIN, ...headers },
    body: JSON.stringify({ filename: "b", size: 1, folder: "", direct: true }),
  });
  const { upload_url } = await prepared.json();
  return {
    download: download.status === 302 ? "store" : "app",
    link: url.startsWith("http://127.0.0.1:8001/-/files/shared/") ? "app" : "store",
    upload: upload_url.startsWith("/") ? "app" : "store",
  };
}

const STORE = { download: "store", link: "store", upload: "store" };
const APP = { download: "app", link: "app", upload: "app" };

for (
  const [name, options, headers, ways] of [
    ["auto", {}, {}, STORE],
    ["auto, in a browser that does not reach the store", {}, UNREACHABLE, APP],
    ["auto, in a browser that reaches it", {}, { cookie: "files-reach=+media" }, STORE],
    ["direct", { downloads: { media: "direct" } }, UNREACHABLE, STORE],
    ["proxied", { downloads: { media: "proxied" } }, {}, APP],
    ["proxied uploads", { uploads: { media: "proxied" } }, {}, { ...STORE, upload: "app" }],
    ["proxied downloads", { downloads: { media: "proxied" }, uploads: { media: "direct" } }, {}, {
      ...APP,
      upload: "store",
    }],
  ] as const
) {
  Deno.test(`createFilesApp() takes files through ${JSON.stringify(ways)} with ${name}`, async () => {
    assertEquals(await waysOf(options, headers), ways);
  });
}

Deno.test("a link through the app works for anyone until it expires, for this file only", async () => {
  let nowMs = Date.now();
  const { request } = open({
    downloads: { media: "proxied" },
    permissions: { "files-browse": { id: "alice" } },
    authenticate: ({ headers }) => headers.has("x-alice") ? { id: "alice" } : null,
    now: () => nowMs,
  });
  const { url, expires_at } = await (await request(`${LINK}?expires_in_seconds=60`, { headers: { "x-alice": "" } }))
    .json();
  assertEquals(Date.parse(expires_at) - nowMs, 60_000);
  const path = new URL(url).pathname.replace("/-/files", "");
  const shared = await request(path);
  assertEquals([shared.status, await shared.text()], [200, "Hello"]);
  assertMatch(shared.headers.get("content-disposition") ?? "", /^attachment/);
  assertMatch(shared.headers.get("content-security-policy") ?? "", /^sandbox;/);
  assertEquals(shared.headers.get("referrer-policy"), "no-referrer");
  const part = await request(path, { headers: { range: "bytes=1-2" } });
  assertEquals([part.status, await part.text()], [206, "el"]);
  assertEquals((await request(`${path.slice(0, -1)}`)).status, 404);
  assertEquals((await request(DOWNLOAD)).status, 403);
  nowMs += 60_000;
  const late = await request(path, { headers: HTML });
  assertEquals(late.status, 404);
  assertStringIncludes(await late.text(), "This link has expired");
});

Deno.test("createS3Source() signs for publicEndpointUrl, and sends its own requests to endpointUrl", async () => {
  const sent: string[] = [];
  const source = createS3Source({
    bucket: "media",
    endpointUrl: "http://seaweedfs:8333",
    publicEndpointUrl: "https://s3.example.org/store",
    accessKeyId: "id",
    secretAccessKey: "secret",
  }, {
    fetch: (input) => {
      sent.push(new URL(input instanceof Request ? input.url : input).origin);
      return Promise.resolve(new Response("a", { headers: { "content-length": "1", etag: '"e"' } }));
    },
  });
  await source.stat("a");
  const { url } = await source.downloadUrl("a");
  const put = await source.prepareUpload("a", { method: "PUT", size: 1 });
  const form = await source.prepareUpload("a", { method: "POST", size: 1 });
  assertEquals(sent, ["http://seaweedfs:8333"]);
  assertEquals([url, put.url].map((text) => text.split("?")[0]), Array(2).fill("https://s3.example.org/store/media/a"));
  assertEquals(form.url, "https://s3.example.org/store/media/");
});

Deno.test("a download of HTML through the app has the bytes of the file, and no nonce", async () => {
  const html = new TextEncoder().encode('<script type="module" src="/-/x"></script><a href="/-/files">x</a>  ').fill(
    0xff,
    -2,
  );
  const { source, request } = createWorld({ basePath: "/files", downloads: { media: "proxied" } });
  await source.upload("a.html", html, { contentType: "text/html" });
  const response = await request(`/${idOf("a.html")}/download`);
  assertEquals(await response.bytes(), html);
  assertEquals(response.headers.get("content-length"), `${html.length}`);
  assertMatch(response.headers.get("content-security-policy") ?? "", /^sandbox; default-src 'none'; style-src/);
});

Deno.test("where the store is stays hidden if no file travels between browsers and it", async () => {
  const responses = async (options: WorldOptions) => {
    const { request } = open(options);
    const page = await request("/source/media", { headers: HTML });
    const [, store] = /data-store="([^"]*)"/.exec(await page.text()) ?? [];
    return [page.headers.get("content-security-policy")?.includes("connect-src 'self';"), store];
  };
  assertEquals(await responses({ downloads: { media: "proxied" } }), [true, undefined]);
  assertEquals(await responses({ downloads: { media: "proxied" }, uploads: { media: "direct" } }), [false, undefined]);
  assertEquals(await responses({ downloads: { media: "proxied" }, uploads: { media: "auto" } }), [
    false,
    "https://memory.s3.test",
  ]);
});

Deno.test("a link through the app that fails is not in the log", async () => {
  const logged: unknown[] = [];
  const { source, request } = open({
    downloads: { media: "proxied" },
    onError: (_, { path }) => logged.push(path),
    fetch: (s3) => async (input, init) =>
      init?.method === "GET" && new URL(String(input)).pathname.endsWith("/a.txt")
        ? new Response(null, { status: 501 })
        : await s3.fetch(input, init),
  });
  await source.upload("a.txt", "Hello");
  const { url } = await (await request(LINK)).json();
  assertEquals((await request(new URL(url).pathname.replace("/-/files", ""))).status, 502);
  assertEquals(logged, ["/-/files/shared"]);
});
