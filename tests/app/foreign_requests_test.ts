import { assertEquals, assertFalse, assertMatch, assertStringIncludes, assertThrows } from "@std/assert";
import { SCRIPTS_URL } from "../../src/app/browser/embed.ts";
import { createFilesApp } from "../../src/app/mod.ts";
import {
  AccessDeniedError,
  BrokerError,
  ConfigError,
  CredentialsExpiredError,
  FileTooLargeError,
  IntegrityError,
  InvalidPathError,
  PreconditionFailedError,
  ScopeChangedError,
  ServiceError,
  TimeoutError,
} from "../../src/errors.ts";
import { appOf, failing, formOf, HTML, SAME_ORIGIN, stubSource } from "../support/app_stub.ts";

/** The file `a` of `media`. */
const A = "df-bWVkaWEAYQ";

for (
  const headers of [
    { "sec-fetch-site": "cross-site" },
    { "sec-fetch-site": "same-site" },
    { "sec-fetch-site": "cross-site", origin: "http://127.0.0.1:8001" },
    { origin: "https://evil.test" },
    { origin: "http://127.0.0.1:8002" },
    { origin: "null" },
  ]
) {
  Deno.test(`createFilesApp() refuses to delete for ${JSON.stringify(headers)}`, async () => {
    const source = stubSource({ a: "" });
    const response = await appOf(source)(`/-/files/${A}/-/delete`, { method: "POST", headers });
    assertEquals([response.status, source.files.size], [403, 1]);
  });
}

for (
  const headers of [{}, { "sec-fetch-site": "same-origin" }, { "sec-fetch-site": "none" }, {
    origin: "http://127.0.0.1:8001",
  }]
) {
  Deno.test(`createFilesApp() deletes for ${JSON.stringify(headers)}`, async () => {
    const source = stubSource({ a: "" });
    const response = await appOf(source)(`/-/files/${A}/-/delete`, { method: "POST", headers });
    assertEquals([response.status, source.files.size], [200, 0]);
  });
}

for (const host of ["evil.test", "127.0.0.1.evil.test", "localhost.evil.test:8001", "192.168.0.1:8001", "", "a b"]) {
  Deno.test(`createFilesApp() refuses the host "${host}"`, async () => {
    const response = await appOf(stubSource())("/-/files/sources.json", { headers: { host } });
    assertEquals(response.status, 421);
  });
}

for (
  const host of ["localhost", "LOCALHOST:8001", "127.0.0.1:8001", "127.9.9.9", "[::1]:8001", "files.example.com:443"]
) {
  Deno.test(`createFilesApp() answers to the host "${host}"`, async () => {
    const request = appOf(stubSource(), { allowedHosts: ["Files.example.com"] });
    assertEquals((await request("/-/files/sources.json", { headers: { host } })).status, 200);
  });
}

Deno.test("createFilesApp() refuses a foreign host in the URL", async () => {
  const app = createFilesApp({ sources: {} });
  assertEquals((await app(new Request("http://evil.test/-/files"))).status, 421);
});

for (
  const [url, host] of [
    ["http://evil.test/-/files", "127.0.0.1:8001"],
    ["http://127.0.0.1:8001/-/files", "evil.test"],
  ] as const
) {
  Deno.test(`createFilesApp() refuses ${url} with the Host ${host}`, async () => {
    const app = createFilesApp({ sources: {} });
    assertEquals((await app(new Request(url, { headers: { host } }))).status, 421);
  });
}

Deno.test("createFilesApp() does not take OPTIONS from another site for a change", async () => {
  const headers = { "sec-fetch-site": "cross-site", origin: "https://evil.test" };
  const { status } = await appOf(stubSource())("/-/files/sources.json", { method: "OPTIONS", headers });
  assertEquals(status, 404);
});

const OWN_SCRIPTS = `127.0.0.1:8001${SCRIPTS_URL}/`;

for (const path of ["/-/files", "/-/files/source/none", "/nowhere", "/-/files/-/styles.css"]) {
  Deno.test(`createFilesApp() lets no foreign script run and nothing be framed at ${path}`, async () => {
    const { headers } = await appOf(stubSource())(path, { headers: HTML });
    const policy = headers.get("content-security-policy") ?? "";
    assertMatch(policy, /^default-src 'none';(?!.*unsafe).*frame-ancestors 'none'$/);
    assertEquals(
      [...policy.matchAll(/script-src ([^;]*)/g)].map(([, sources]) => sources).filter((s) => s !== OWN_SCRIPTS),
      [],
    );
    assertEquals([headers.get("x-content-type-options"), headers.get("x-frame-options")], ["nosniff", "DENY"]);
  });
}

for (
  const path of [
    "/-/files/source/none",
    "/-/files/source/none.json",
    "/-/files/source/constructor",
    "/-/files/source/a%2Fb",
  ]
) {
  Deno.test(`createFilesApp() finds no source at ${path}`, async () => {
    const response = await appOf(stubSource())(path);
    assertEquals([response.status, await response.json()], [404, { ok: false, errors: ["There is no such source."] }]);
  });
}

for (
  const [status, error] of [
    [400, new InvalidPathError("Cannot use the path")],
    [403, new AccessDeniedError("secret-key")],
    [403, new AccessDeniedError("secret-key", { code: "SignatureDoesNotMatch" })],
    [502, new ServiceError("secret-key", { code: "NoSuchBucket" })],
    [504, new TimeoutError("secret-key")],
    [502, new IntegrityError("secret-key")],
    [412, new PreconditionFailedError("secret-key")],
    [503, new CredentialsExpiredError("secret-key")],
    [409, new ScopeChangedError("secret-key")],
    [413, new FileTooLargeError("secret-key")],
    [502, new ServiceError("secret-key")],
    [503, new BrokerError("secret-key")],
    [500, new Error("secret-key")],
  ] as const
) {
  Deno.test(`createFilesApp() answers ${error.name} (${"code" in error ? error.code : ""}) with ${status} and nothing internal`, async () => {
    const request = appOf(failing(error));
    const json = await request("/-/files/source/media.json");
    const page = await request("/-/files/source/media", { headers: HTML });
    assertEquals([json.status, page.status], [status, status]);
    assertFalse(`${await json.text()}${await page.text()}`.includes("secret-key"));
  });
}

Deno.test("createFilesApp() offers to try again when the store or the broker is down", async () => {
  const response = await appOf(failing(new BrokerError("down")))("/-/files/source/media?folder=a%2F", {
    headers: HTML,
  });
  const text = await response.text();
  assertStringIncludes(text, 'href="/-/files/source/media?folder=a%2F">Try again now</a>');
  assertStringIncludes(text, "The files are safe. Trying again in 8 s.");
  assertEquals(response.headers.get("refresh"), "8");
});

Deno.test("createFilesApp() leads from a refused upload back to the folder", async () => {
  const response = await appOf(stubSource())("/-/files/source/media/-/form/upload?folder=x%2F", {
    method: "POST",
    headers: { ...HTML, ...SAME_ORIGIN },
    body: formOf({}),
  });
  assertEquals(response.status, 400);
  assertStringIncludes(await response.text(), 'href="/-/files/source/media?folder=x%2F">Back to the folder</a>');
});

Deno.test("createFilesApp() hands what it does not tell to onError", async () => {
  const seen: unknown[] = [];
  const error = new ServiceError("down");
  const request = appOf(failing(error), { onError: (error, request) => seen.push(error, request) });
  await request("/-/files/source/media.json?folder=private");
  assertEquals(seen, [error, { method: "GET", path: "/-/files/source/media.json" }]);
});

Deno.test("createFilesApp() keeps what the answer already says from onError", async () => {
  const seen: unknown[] = [];
  const request = appOf(stubSource(), { onError: (error) => seen.push(error) });
  await request("/-/files/source/none.json");
  await request("/-/files/df-bWVkaWEAbWlzc2luZw.json");
  await request(`/-/files/${A}/-/delete`, { method: "POST", headers: { origin: "https://evil.test" } });
  assertEquals(seen, []);
});

Deno.test("createFilesApp() refuses a source name that URLs cannot hold", () => {
  const error = assertThrows(() => createFilesApp({ sources: { "a/b": stubSource() } }), ConfigError);
  assertEquals(error.message, 'Cannot show source "a/b": its name has a "/"');
});

Deno.test("createFilesApp() lets a source's pages, and no others, use its store", async () => {
  const request = appOf(stubSource());
  const policyOf = async (path: string) =>
    (await request(path, { headers: HTML })).headers.get("content-security-policy");
  assertMatch(await policyOf("/-/files/source/media") ?? "", /connect-src 'self' https:\/\/store\.test;/);
  assertMatch(await policyOf("/-/files") ?? "", /connect-src 'self';/);
});
