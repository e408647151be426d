import { assert, assertEquals, assertMatch, assertStringIncludes, assertThrows } from "@std/assert";
import { ConfigError, createS3Source } from "../../mod.ts";
import { createFilesApp, createRootSession, type FilesAppOptions } from "../../src/app/mod.ts";
import { createMemoryS3 } from "../../src/testing/mod.ts";
import { EVERYTHING, HTML, SAME_ORIGIN, SIGNING_SECRET } from "../support/app_stub.ts";
import { idOf } from "../support/app_world.ts";

const PROXY = "127.0.0.1";

/** An app with a file, as a proxy sends it requests. */
async function open(options: Partial<FilesAppOptions> = {}) {
  const { config, fetch } = createMemoryS3();
  const media = createS3Source(config, { fetch });
  await media.upload("in/a b.txt", "Hello");
  const app = createFilesApp({ sources: { media }, permissions: EVERYTHING, ...options });
  return async (url: string, init: RequestInit = {}, peer: unknown = PROXY) => {
    const response = await app(new Request(url, init), peer);
    return { status: response.status, headers: response.headers, text: await response.text() };
  };
}

for (const path of ["/files/-/files/source/media?folder=in/", "/-/files/source/media?folder=in/"]) {
  Deno.test(`createFilesApp() leads below its base path on the page of ${path}`, async () => {
    const request = await open({ publicUrl: "https://x.org/files/" });
    const { status, text } = await request(`http://127.0.0.1:8001${path}`, { headers: HTML });
    assertEquals(status, 200);
    const urls = [...text.matchAll(/(?: href| src| action| formaction| data-root)="([^#"]*)"/g)].map(([, url = ""]) =>
      url
    );
    assert(urls.length > 20);
    assertEquals(urls.filter((url) => !url.startsWith("/files/-/files")), []);
  });
}

Deno.test("createFilesApp() leads below its base path in redirects, JSON and errors", async () => {
  const request = await open({ basePath: "/a/files" });
  const at = (path: string, init?: RequestInit) => request(`http://127.0.0.1:8001/a/files${path}`, init);
  assertEquals((await at("/")).headers.get("location"), "/a/files/-/files");
  assertEquals((await at("")).headers.get("location"), "/a/files/-/files");
  const url = `/a/files/-/files/${idOf("in/a b.txt")}`;
  const { files: [file] } = JSON.parse((await at("/-/files/source/media.json?folder=in/")).text);
  assertEquals([file.url, file.download_url, file.content_url], [url, `${url}/download`, `${url}/content`]);
  const found = JSON.parse((await at("/-/files/search.json?q=a")).text);
  assertEquals(found.files[0].url, url);
  const prepared = await at("/-/files/upload/media/-/prepare", {
    method: "POST",
    headers: { "content-type": "application/json", ...SAME_ORIGIN },
    body: JSON.stringify({ filename: "b", size: 1, folder: "" }),
  });
  assertMatch(JSON.parse(prepared.text).upload_url, /^\/a\/files\/-\/files\/upload\/media\/-\/content\?token=/);
  assertEquals(JSON.parse((await at("/-/files/openapi.json")).text).servers, [{ url: "/a/files/-/files" }]);
  assertStringIncludes((await at("/-/files/nothing", { headers: HTML })).text, 'href="/a/files/-/files"');
  assertEquals((await request("http://127.0.0.1:8001/a/filesystem")).status, 404);
});

Deno.test("createFilesApp() leaves alone what others have written, below a base path", async () => {
  const { config, fetch } = createMemoryS3();
  const media = createS3Source(config, { fetch });
  const text = '<a href="/-/files"> url=/-/files';
  await media.upload('="/-/x.txt', text);
  const app = createFilesApp({ sources: { media }, permissions: EVERYTHING, basePath: "/files" });
  const page = await app(
    new Request(`http://127.0.0.1/files/-/files/source/media/-/form/edit?path=${encodeURIComponent('="/-/x.txt')}`, {
      headers: HTML,
    }),
  );
  const html = await page.text();
  assertStringIncludes(html, "&lt;a href=&quot;/-/files&quot;&gt; url=/-/files</textarea>");
  assertStringIncludes(html, "=&quot;/-/x.txt");
});

for (
  const [publicUrl, basePath, cookie] of [
    [
      "https://x.org/files/",
      "/files",
      /^__Secure-files-session=[^;]+; Max-Age=43200; Path=\/files; HttpOnly; Secure; SameSite=Strict$/,
    ],
    ["https://x.org", "", /^__Host-files-session=[^;]+; Max-Age=43200; Path=\/; HttpOnly; Secure; SameSite=Strict$/],
    ["http://x.org/files/", "/files", /^files-session=[^;]+; Max-Age=43200; Path=\/files; HttpOnly; SameSite=Strict$/],
  ] as const
) {
  Deno.test(`createRootSession() sets the cookie of ${publicUrl}, and reads it again`, async () => {
    const session = createRootSession({ secret: SIGNING_SECRET, basePath });
    const request = await open({ publicUrl, session, secret: SIGNING_SECRET, permissions: {} });
    const login = await request(`http://127.0.0.1:8001${await session.createLoginPath()}`);
    assertMatch(login.headers.get("set-cookie") ?? "", cookie);
    assertEquals(login.headers.get("refresh"), `0;url=${basePath}/-/files`);
    const headers = { cookie: login.headers.get("set-cookie")?.split(";")[0] ?? "" };
    const status = async (init: RequestInit) =>
      (await request("http://127.0.0.1:8001/-/files/source/media.json", init)).status;
    assertEquals([await status({ headers }), await status({})], [200, 403]);
  });
}

for (
  const [name, options, url, headers, peer, status] of [
    ["the host of the public URL", { publicUrl: "https://x.org:8443/" }, "http://x.org:8443/", {}, PROXY, 302],
    ["another host", { publicUrl: "https://x.org:8443/" }, "http://y.org/", {}, PROXY, 421],
    [
      "a trusted proxy's own host",
      { publicUrl: "https://x.org/", trustedProxies: [PROXY] },
      "http://files:8001/",
      {},
      PROXY,
      302,
    ],
    ["its own host, without a public URL", { trustedProxies: [PROXY] }, "http://files:8001/", {}, PROXY, 421],
    [
      "a host that a trusted proxy names",
      { trustedProxies: ["127.0.0.0/8"], allowedHosts: ["x.org"] },
      "http://files:8001/",
      { "x-forwarded-host": "x.org" },
      PROXY,
      302,
    ],
    [
      "a foreign host that a trusted proxy names",
      { publicUrl: "https://x.org/", trustedProxies: [PROXY] },
      "http://127.0.0.1/",
      { "x-forwarded-host": "evil.org" },
      PROXY,
      421,
    ],
    [
      "a host that someone else names",
      { trustedProxies: [PROXY], allowedHosts: ["x.org"] },
      "http://files:8001/",
      { "x-forwarded-host": "x.org" },
      "10.0.0.7",
      421,
    ],
    [
      "a host that nobody vouches for",
      { trustedProxies: [PROXY], allowedHosts: ["x.org"] },
      "http://files:8001/",
      { "x-forwarded-host": "x.org" },
      null,
      421,
    ],
    [
      "half a host",
      { trustedProxies: [PROXY], allowedHosts: ["x.org"] },
      "http://x.org/",
      { "x-forwarded-host": "a b" },
      PROXY,
      421,
    ],
  ] as const
) {
  Deno.test(`createFilesApp() answers ${status} at ${name}`, async () => {
    const request = await open(options);
    assertEquals((await request(url, { headers, redirect: "manual" }, peer)).status, status);
  });
}

Deno.test("createFilesApp() believes the scheme of trusted proxies only", async () => {
  const session = createRootSession({ secret: SIGNING_SECRET });
  const request = await open({ session, secret: SIGNING_SECRET, trustedProxies: [PROXY] });
  const cookieFrom = async (peer: unknown, proto: string) => {
    const login = await session.createLoginPath();
    const { headers } = await request(`http://127.0.0.1${login}`, { headers: { "x-forwarded-proto": proto } }, peer);
    return /^[\w-]+/.exec(headers.get("set-cookie") ?? "")?.[0];
  };
  const secure = "__Host-files-session";
  assertEquals(await cookieFrom(PROXY, "https"), secure);
  assertEquals(await cookieFrom({ remoteAddr: { hostname: PROXY } }, "http, https"), secure);
  assertEquals(await cookieFrom({ requestIP: () => ({ address: PROXY }) }, "https"), secure);
  for (const [peer, proto] of [[PROXY, "https, http"], [PROXY, "ftp"], ["10.0.0.7", "https"], [null, "https"]]) {
    assertEquals(await cookieFrom(peer, proto ?? ""), "files-session");
  }
});

Deno.test("createFilesApp() compares Origin with the public URL where browsers say nothing better", async () => {
  const request = await open({ publicUrl: "https://x.org:8443/files/" });
  const post = async (origin: string) =>
    (await request("http://127.0.0.1:8001/-/files/source/media/-/folder", {
      method: "POST",
      headers: { origin, "content-type": "application/json" },
      body: JSON.stringify({ path: "new" }),
    })).status;
  assertEquals([await post("https://x.org:8443"), await post("https://x.org")], [201, 403]);
});

for (
  const [options, message] of [
    [{ publicUrl: "x.org" }, 'Cannot use the option "publicUrl": it is not an http: or https: URL'],
    [{ basePath: "files" }, 'Cannot use the option "basePath": "files" is not a path such as /files'],
    [{ basePath: "/-/files" }, 'Cannot use the option "basePath": it begins as the app\'s own paths do'],
    [{ publicUrl: "https://x.org/a/", basePath: "/b" }, 'Cannot use the option "basePath": it differs from the path'],
    [{ trustedProxies: ["*"] }, 'Cannot use the option "trustedProxies": it would believe everyone'],
    [{ downloads: { media: "indirect" } }, 'Cannot use the option "downloads": it must be an object whose values are'],
    [{ uploads: { nothing: "direct" } }, 'Cannot use the option "uploads": there is no source "nothing"'],
  ] as const
) {
  Deno.test(`createFilesApp() refuses ${JSON.stringify(options)}`, () => {
    assertThrows(() => createFilesApp({ sources: {}, ...options } as never), ConfigError, message);
  });
}
