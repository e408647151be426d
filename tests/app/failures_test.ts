import { assertEquals, assertFalse, assertStringIncludes } from "@std/assert";
import { createFilesApp } from "../../src/app/mod.ts";
import {
  AccessDeniedError,
  CredentialsError,
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
    [503, new CredentialsError("secret-key")],
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
  const response = await appOf(failing(new CredentialsError("down")))("/-/files/source/media?folder=a%2F", {
    headers: HTML,
  });
  const text = await response.text();
  assertStringIncludes(text, 'href="/-/files/source/media?folder=a%2F">Try again now</a>');
  assertStringIncludes(text, "The files are safe. Trying again in 8 s.");
  assertEquals(response.headers.get("refresh"), "8");
});

const REFUSED = new CredentialsError("Cannot get credentials from the broker at broker.test: secret-key", {
  code: "BrokerRefused",
  status: 403,
});

for (const error of [REFUSED, new CredentialsExpiredError("secret-key", { cause: REFUSED })]) {
  Deno.test(`createFilesApp() says that waiting does not help if the broker refuses it (${error.name})`, async () => {
    const seen: unknown[] = [];
    const request = appOf(failing(error), { onError: (error) => seen.push(error) });
    const page = await request("/-/files/source/media", { headers: HTML });
    const text = await page.text();
    assertEquals([page.status, page.headers.get("refresh"), page.headers.get("retry-after")], [502, null, null]);
    assertStringIncludes(text, "The credentials service refuses this app. Waiting does not help");
    assertStringIncludes(text, "The files are safe.");
    assertFalse(/does not answer|[Tt]ry(ing)? again|secret-key|broker\.test/.test(text));
    const json = await (await request("/-/files/source/media.json")).json();
    assertEquals([json.ok, json.code, `${json.errors}`.includes("secret-key")], [false, "rejected", false]);
    assertEquals(seen, [error, error]);
  });
}

Deno.test("createFilesApp() links from a refused upload to the folder", async () => {
  const response = await appOf(stubSource())("/-/files/source/media/-/form/upload?folder=x%2F", {
    method: "POST",
    headers: { ...HTML, ...SAME_ORIGIN },
    body: formOf({}),
  });
  assertEquals(response.status, 400);
  assertStringIncludes(await response.text(), 'href="/-/files/source/media?folder=x%2F">Back to the folder</a>');
});

Deno.test("createFilesApp() passes errors that it does not show to onError", async () => {
  const seen: unknown[] = [];
  const error = new ServiceError("down");
  const request = appOf(failing(error), { onError: (error, request) => seen.push(error, request) });
  const response = await request("/-/files/source/media.json?folder=private");
  assertEquals(seen, [error, {
    method: "GET",
    path: "/-/files/source/media.json",
    requestId: response.headers.get("x-request-id"),
  }]);
});

for (
  const [error, message] of [
    [new ServiceError("busy", { code: "SlowDown", status: 503 }), "try again in a moment"],
    [new ServiceError("refused", { code: "InvalidRequest", status: 400 }), "The store does not accept this."],
  ] as const
) {
  Deno.test(`createFilesApp() answers ${error.code} with “${message}”`, async () => {
    const { errors } = await (await appOf(failing(error))("/-/files/source/media.json")).json();
    assertStringIncludes(errors[0], message);
  });
}

for (
  const error of [
    new AccessDeniedError("denied", { code: "AccessDenied" }),
    new ServiceError("long", { code: "KeyTooLongError", status: 400 }),
    new Error("bug"),
  ]
) {
  Deno.test(`createFilesApp() passes ${error.name} (${error.message}) to onError`, async () => {
    const seen: unknown[] = [];
    await appOf(failing(error), { onError: (error) => seen.push(error) })("/-/files/source/media.json");
    assertEquals(seen, [error]);
  });
}

Deno.test("createFilesApp() passes nothing to onError once the client is gone", async () => {
  const seen: unknown[] = [];
  const gone = AbortSignal.abort();
  await appOf(failing(new ServiceError("down")), { onError: (error) => seen.push(error) })(
    "/-/files/source/media.json",
    {
      signal: gone,
    },
  );
  assertEquals(seen, []);
});

Deno.test("createFilesApp() offers no retry if the store is full, or after a form", async () => {
  const full = new ServiceError("full", { code: "QuotaExceeded", status: 403 });
  const page = await appOf(failing(full))("/-/files/source/media", { headers: HTML });
  assertEquals([page.status, (await page.text()).includes("Try again now")], [507, false]);
  const down = stubSource({}, { stat: () => Promise.reject(new CredentialsError("down")) });
  const form = await appOf(down)("/-/files/source/media/-/form/folder", {
    method: "POST",
    headers: { ...HTML, ...SAME_ORIGIN },
    body: new URLSearchParams({ name: "a" }),
  });
  assertEquals([form.status, form.headers.get("refresh")], [503, null]);
  assertFalse((await form.text()).includes("Try again now"));
});

Deno.test("createFilesApp() does not pass errors that it shows to onError", async () => {
  const seen: unknown[] = [];
  const request = appOf(stubSource(), { onError: (error) => seen.push(error) });
  await request("/-/files/source/none.json");
  await request("/-/files/df-bWVkaWEAbWlzc2luZw.json");
  await request(`/-/files/${idOf("a")}/-/delete`, { method: "POST", headers: { origin: "https://evil.test" } });
  assertEquals(seen, []);
});

Deno.test("onError never receives a query, such as an upload's token", async () => {
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
