import { assertEquals, assertFalse, assertMatch, assertStringIncludes } from "@std/assert";
import { createFilesApp } from "../../src/app/mod.ts";
import { ServiceError } from "../../src/errors.ts";
import { EVERYTHING } from "../support/app_stub.ts";
import { createWorld, idOf } from "../support/app_world.ts";

/** Names that could break a page or a header. */
const HOSTILE_NAMES = [
  "<img src=x onerror=alert(1)>.html",
  '"; filename="evil.exe',
  "it's 100% 'quoted'",
  "photo\u202Egnp.exe",
  "نص عربي.txt",
  "日本語 😀.txt",
  "a+b&c=d#e?f.txt",
  "back\\slash",
  `${"x".repeat(996)}.txt`,
];

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
      const { headers } = await request(`/${idOf("evil")}/${route}`);
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

Deno.test("a PDF is shown without a sandbox, which its viewer does not work in, and without anything else", async () => {
  const { request } = createWorld({ files: { "a.pdf": "%PDF" } });
  const { headers } = await request(`/${idOf("a.pdf")}/content`);
  assertMatch(headers.get("content-security-policy") ?? "", /^default-src 'none';/);
  assertEquals([headers.get("content-type"), headers.get("content-disposition")], [
    "application/pdf",
    'inline; filename="a.pdf"',
  ]);
});

for (const name of HOSTILE_NAMES) {
  Deno.test(`the name ${JSON.stringify(name.slice(0, 40))} comes through uploads, records and downloads as it is`, async () => {
    const { request, post, s3, paths } = createWorld();
    const { upload_url, upload_token } =
      await (await post("/upload/media/-/prepare", { filename: name, on_collision: "ask" })).json();
    await request(upload_url.replace("/-/files", ""), { method: "PUT", body: "hello" });
    const { file } = await (await post("/upload/media/-/complete", { upload_token })).json();
    assertEquals([file.filename, file.path, paths()], [name, name, [name]]);
    const listed = (await (await request("/source/media.json")).json()).files[0];
    assertEquals([listed.path, listed.id, (await (await request(`/${file.id}.json`)).json()).filename], [
      name,
      file.id,
      name,
    ]);
    const proxied = await request(`/${file.id}/download?proxy=1`);
    const signed = await s3.fetch((await request(`/${file.id}/download`)).headers.get("location") ?? "");
    for (const response of [proxied, signed]) {
      assertEquals([nameIn(response.headers.get("content-disposition") ?? ""), await response.text()], [name, "hello"]);
    }
  });
}

/** The file name a browser would take. https://www.rfc-editor.org/rfc/rfc6266 */
function nameIn(disposition: string): string {
  const extended = /^attachment; filename="[^"\\]*"; filename\*=UTF-8''([^;]*)$/.exec(disposition)?.[1];
  return extended === undefined
    ? /^attachment; filename="([^"\\]*)"$/.exec(disposition)?.[1] ?? ""
    : decodeURIComponent(extended);
}

for (const name of ["a\r\nset-cookie: x=1", "a\nb", "a\0b", "\u0085"]) {
  Deno.test(`the name ${JSON.stringify(name)} is refused everywhere`, async () => {
    const { request, post, paths } = createWorld({ files: { a: "" } });
    const path = encodeURIComponent(name);
    const refusals = [
      await request(`/source/media/-/content?path=${path}`, { method: "PUT", body: "x" }),
      await post("/upload/media/-/prepare", { filename: name }),
      await post("/upload/media/-/prepare", { filename: "x", folder: name }),
      await post("/source/media/-/folder", { path: name }),
      await post("/source/media/-/move", { from: "a", to: name }),
      await post("/source/media/-/copy", { from: "a", to: name }),
      await post("/source/media/-/delete", { paths: [name] }),
    ];
    assertEquals(refusals.map(({ status }) => status), refusals.map(() => 400));
    assertEquals(paths(), ["a"]);
  });
}

Deno.test("names with half of a surrogate pair in JSON are refused", async () => {
  const { request, paths } = createWorld();
  const response = await request("/source/media/-/folder", { method: "POST", body: '{"path": "a\\ud800b"}' });
  assertEquals([response.status, paths()], [400, []]);
});

for (const body of ["", "[]", "null", "{", '"x"', "\xff"]) {
  Deno.test(`the body ${JSON.stringify(body)} is no JSON object`, async () => {
    const response = await createWorld().request("/source/media/-/folder", { method: "POST", body });
    assertEquals([response.status, (await response.json()).errors], [400, [
      "The body of this request must be a JSON object.",
    ]]);
  });
}

Deno.test("a body of JSON beyond 8 MiB is not read to its end", async () => {
  let pulls = 0;
  const body = new ReadableStream({
    pull(controller) {
      pulls++;
      controller.enqueue(new Uint8Array(1024 * 1024).fill(32));
    },
  });
  const response = await createWorld().request("/source/media/-/folder", { method: "POST", body });
  assertEquals([response.status, pulls < 12], [413, true]);
});

Deno.test("names of objects' own properties are no arguments", async () => {
  const { post } = createWorld();
  assertEquals((await post("/source/media/-/folder", {})).status, 400);
  assertEquals((await post("/source/constructor/-/folder", { path: "a" })).status, 404);
  assertEquals((await post("/source/media/-/folder", JSON.parse('{"__proto__": {"path": "a"}}'))).status, 400);
});

Deno.test("signed URLs are kept by no cache, told to no site and written to no log", async () => {
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

Deno.test("onError never gets a query, such as an upload's token", async () => {
  const logged: string[] = [];
  const app = createFilesApp({
    sources: { media: { ...createWorld().source, upload: () => Promise.reject(new ServiceError("down")) } },
    permissions: EVERYTHING,
    onError: (error, request) => logged.push(`${error} ${JSON.stringify(request)}`),
  });
  const ask = (path: string, init: RequestInit) => app(new Request(`http://localhost/-/files${path}`, init));
  const body = JSON.stringify({ filename: "secret-name", direct: false });
  const { upload_url } = await (await ask("/upload/media/-/prepare", { method: "POST", body })).json();
  assertEquals((await ask(upload_url.replace("/-/files", ""), { method: "PUT", body: "x" })).status, 502);
  assertEquals(logged.length, 1);
  assertStringIncludes(logged[0] ?? "", "/upload/media/-/content");
  assertFalse(/tok_|secret-name/.test(logged.join()));
});
