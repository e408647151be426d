import { assertEquals, assertFalse, assertStringIncludes } from "@std/assert";
import { createFilesApp } from "../../src/app/mod.ts";
import {
  AccessDeniedError,
  BrokerError,
  CredentialsExpiredError,
  FileTooLargeError,
  IntegrityError,
  InvalidPathError,
  PreconditionFailedError,
  ScopeChangedError,
  ServiceError,
  TimeoutError,
} from "../../src/errors.ts";
import { appOf, EVERYTHING, failing, formOf, HTML, SAME_ORIGIN, stubSource } from "../support/app_stub.ts";
import { createWorld, idOf } from "../support/app_world.ts";

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
  await request(`/-/files/${idOf("a")}/-/delete`, { method: "POST", headers: { origin: "https://evil.test" } });
  assertEquals(seen, []);
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
