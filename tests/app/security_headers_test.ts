import { assertEquals, assertFalse, assertMatch } from "@std/assert";
import { createS3Source } from "../../mod.ts";
import { createMemoryS3 } from "../../src/testing/mod.ts";
import { appOf, HTML, stubSource } from "../support/app_stub.ts";
import { createWorld, headersOf, idOf } from "../support/app_world.ts";

for (const path of ["/-/files", "/-/files/source/none", "/nowhere", "/-/files/-/styles.css"]) {
  Deno.test(`createFilesApp() lets no foreign script run and nothing be framed at ${path}`, async () => {
    const response = await appOf(stubSource())(path, { headers: HTML });
    const { headers } = response;
    const text = await response.text();
    const policy = headers.get("content-security-policy") ?? "";
    assertMatch(policy, /^default-src 'none';(?!.*unsafe).*frame-ancestors 'none'$/);
    const sources = [...policy.matchAll(/script-src ([^;]*)/g)].map(([, sources]) => sources);
    const [, nonce] = /<script type="module" nonce="([\w-]{22})"/.exec(text) ?? [];
    assertEquals(sources, nonce === undefined ? [] : [`'nonce-${nonce}'`]);
    assertEquals([headers.get("x-content-type-options"), headers.get("x-frame-options")], ["nosniff", "DENY"]);
    assertEquals(headers.get("cross-origin-opener-policy"), "same-origin");
    assertEquals(headers.get("cross-origin-resource-policy"), "same-origin");
  });
}

Deno.test("createFilesApp() gives each page a nonce of its own", async () => {
  const request = appOf(stubSource());
  const policies = await Promise.all([1, 2].map(async () => {
    const { headers } = await request("/-/files", { headers: HTML });
    return /'nonce-[\w-]{22}'/.exec(headers.get("content-security-policy") ?? "")?.[0];
  }));
  assertEquals([new Set(policies).size, policies.includes(undefined)], [2, false]);
});

Deno.test("createFilesApp() lets a source's pages, and no others, use its store", async () => {
  const request = appOf(stubSource());
  const policyOf = async (path: string) =>
    (await request(path, { headers: HTML })).headers.get("content-security-policy");
  for (const path of ["/-/files/source/media", "/-/files/upload/media"]) {
    assertMatch(await policyOf(path) ?? "", /connect-src 'self' https:\/\/store\.test;/);
  }
  assertMatch(await policyOf("/-/files") ?? "", /connect-src 'self';/);
});

Deno.test("createFilesApp() lets pages use the host that names the bucket, with virtual addressing", async () => {
  const { endpointUrl, ...keys } = createMemoryS3({ endpointUrl: "https://oss.example.com:8443/s3" }).config;
  const config = { endpointUrl, ...keys, store: { addressing: "virtual" } } as const;
  const source = createS3Source(config, { fetch: () => Promise.resolve(new Response("<ListBucketResult/>")) });
  const { headers } = await appOf(source, { permissions: { "files-browse": true } })("/-/files/source/media", {
    headers: HTML,
  });
  assertMatch(
    headers.get("content-security-policy") ?? "",
    /connect-src 'self' https:\/\/bucket\.oss\.example\.com:8443;/,
  );
});

for (
  const [type, body] of [["text/html", "<script>alert(1)</script>"], ["image/svg+xml", "<svg onload='alert(1)'/>"], [
    "application/xhtml+xml",
    "<html/>",
  ], ["text/javascript", "alert(1)"]] as const
) {
  for (const route of ["content", "download?proxy=1", "thumbnail"]) {
    Deno.test(`a stored file of ${type} can run nothing at ${route}`, async () => {
      const { source, request } = createWorld();
      await source.upload("evil", body, { contentType: type });
      const headers = await headersOf(request, `/${idOf("evil")}/${route}`);
      assertMatch(headers.get("content-security-policy") ?? "", /^sandbox; default-src 'none';(?!.*(script|allow-))/);
      assertEquals(headers.get("x-content-type-options"), "nosniff");
      assertFalse(/html|javascript/.test(headers.get("content-type") ?? "") && route !== "download?proxy=1");
      if (route.startsWith("download")) assertMatch(headers.get("content-disposition") ?? "", /^attachment/);
    });
  }

  Deno.test(`a stored file of ${type} is only saved from its signed URLs`, async () => {
    const { source, request, s3 } = createWorld();
    await source.upload("evil", body, { contentType: type });
    const download = await request(`/${idOf("evil")}/download`);
    const { url } = await (await request(`/${idOf("evil")}/link`)).json();
    for (const signed of [download.headers.get("location") ?? "", url]) {
      assertFalse(signed.startsWith("http://127.0.0.1:8001"));
      assertMatch((await s3.fetch(signed)).headers.get("content-disposition") ?? "", /^attachment/);
    }
  });
}

Deno.test("a PDF is shown without a sandbox, in which its viewer does not work", async () => {
  const { request } = createWorld({ files: { "a.pdf": "%PDF" } });
  const headers = await headersOf(request, `/${idOf("a.pdf")}/content`);
  assertMatch(headers.get("content-security-policy") ?? "", /^default-src 'none';/);
  assertEquals([headers.get("content-type"), headers.get("content-disposition")], [
    "application/pdf",
    'inline; filename="a.pdf"',
  ]);
});

Deno.test("signed URLs are not cached, sent to other sites, or logged", async () => {
  const logged: unknown[] = [];
  const { request, post } = createWorld({ files: { a: "" }, onError: (...entry) => logged.push(entry) });
  const wish = { filename: "b", size: 17 * 1024 ** 2, direct: true };
  const { upload_token } = await (await post("/upload/media/-/prepare", wish)).json();
  const answers = [
    await request(`/${idOf("a")}/download`),
    await request(`/${idOf("a")}/link`),
    await post("/upload/media/-/prepare", { ...wish, filename: "c", size: 5 }),
    await post("/upload/media/-/part-urls", { upload_token, numbers: [1] }),
  ];
  for (const { headers } of answers) assertEquals(headers.get("cache-control"), "no-store");
  for (const { headers } of answers.slice(0, 2)) assertEquals(headers.get("referrer-policy"), "no-referrer");
  assertEquals(logged, []);
});

Deno.test("createFilesApp() notices after a minute that a source has moved to another store", async () => {
  let nowMs = 0;
  let host = "one.test";
  const downloadUrl = () => Promise.resolve({ url: `https://${host}/x`, expiresAt: new Date(0) });
  const request = appOf(stubSource({}, { downloadUrl }), { now: () => nowMs });
  const originIn = async () => {
    const { headers } = await request("/-/files/source/media", { headers: HTML });
    return /connect-src 'self' https:\/\/([\w.]+)/.exec(headers.get("content-security-policy") ?? "")?.[1];
  };
  const origins = [await originIn()];
  host = "two.test";
  nowMs = 59_999;
  origins.push(await originIn());
  nowMs = 60_000;
  origins.push(await originIn());
  assertEquals(origins, ["one.test", "one.test", "two.test"]);
});
