import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import {
  createFilesApp,
  createMemoryState,
  createRootSession,
  type FilesAppOptions,
  type LoginOptions,
  type State,
} from "../../src/app/mod.ts";
import { HTML, SAME_ORIGIN, SIGNING_SECRET, stubSource } from "../support/app_stub.ts";

/** An app whose visitors name themselves in a header, with the sources `media` and `other`. */
function tokensApp(tokens: LoginOptions["tokens"] = {}, options: Partial<FilesAppOptions> = {}) {
  const clock = { nowMs: Date.UTC(2030, 0, 1) };
  const sources = { media: stubSource({ "a.txt": "a" }), other: stubSource() };
  const app = createFilesApp({
    sources,
    permissions: { "files-browse": { id: ["alice", "bob"] }, "files-upload": { id: "alice" } },
    login: { header: { id: "x-user", from: ["10.0.0.7"] }, tokens },
    now: () => clock.nowMs,
    ...options,
  });
  const open = (path: string, init: RequestInit = {}, person = "alice") => {
    const headers = { ...HTML, ...SAME_ORIGIN, "x-user": person, ...init.headers as object };
    return app(new Request(`http://localhost:8001${path}`, { ...init, headers }), "10.0.0.7");
  };
  const post = (path: string, fields: readonly (readonly [string, string])[], person?: string) =>
    open(path, { method: "POST", body: new URLSearchParams(fields.map(([name, value]) => [name, value])) }, person);
  return {
    clock,
    open,
    post,
    make: async (fields: readonly (readonly [string, string])[] = BROWSE_MEDIA, person?: string) => {
      const text = await (await post("/-/files/-/account/tokens", fields, person)).text();
      return /value="(s3f_[\w-]{43})"/.exec(text)?.[1] ?? "";
    },
    /** As a script. */
    ask: (token: string, path = "/-/files/source/media.json", init: RequestInit = {}) => {
      const headers = { authorization: `Bearer ${token}`, ...init.headers as object };
      return app(new Request(`http://localhost:8001${path}`, { ...init, headers }), "192.0.2.1");
    },
  };
}

const BROWSE_MEDIA = [["label", "nightly"], ["source", "media"], ["action", "files-browse"], ["days", "30"]] as const;
const UPLOAD = { method: "PUT", body: "x", headers: { "if-none-match": "*" } };
const CONTENT = "/-/files/source/media/-/content?path=b.txt";

Deno.test("an access token does what it is for, as long as its owner may", async () => {
  const { make, ask } = tokensApp();
  const browse = await make();
  assertEquals((await ask(browse)).status, 200);
  assertEquals((await ask(browse, "/-/files/source/other.json")).status, 403);
  assertEquals((await ask(browse, CONTENT, UPLOAD)).status, 403);
  assertEquals((await (await ask(browse, "/-/files/sources.json")).json()).sources.length, 1);
  const write = [...BROWSE_MEDIA, ["action", "files-upload"], ["action", "files-delete"]] as const;
  const upload = await make(write);
  assertEquals((await ask(upload, CONTENT, UPLOAD)).status, 201);
  // Its owner may not delete.
  const body = JSON.stringify({ paths: ["a.txt"] });
  assertEquals((await ask(upload, "/-/files/source/media/-/delete", { method: "POST", body })).status, 403);
  // Bob may not upload.
  assertEquals((await ask(await make(write, "bob"), CONTENT, UPLOAD)).status, 403);
});

Deno.test("an access token is shown once, with its end, and listed without it", async () => {
  const { post, open } = tokensApp();
  const page = await post("/-/files/-/account/tokens", BROWSE_MEDIA);
  const text = await page.text();
  assertEquals([page.status, page.headers.get("cache-control")], [200, "no-store"]);
  assertStringIncludes(
    text.replace(/<\/?time[^>]*>/g, ""),
    "It works until 2030-01-31 00:00:00 UTC, or until this app restarts, or until you revoke it",
  );
  const [token = ""] = /s3f_[\w-]{43}/.exec(text) ?? [];
  const account = await (await open("/-/files/-/account")).text();
  assertStringIncludes(account, "<bdi>nightly</bdi>");
  assertStringIncludes(account, "end when it restarts");
  assertEquals(account.includes(token), false);
  const others = await (await open("/-/files/-/account", {}, "bob")).text();
  assertEquals(others.includes("nightly"), false);
});

Deno.test("an access token ends when it is revoked, by its owner only, and with its time", async () => {
  const { make, ask, open, post, clock } = tokensApp({ maxDays: 60 });
  const [one, two] = [await make(), await make([...BROWSE_MEDIA.slice(0, 3), ["days", "60"]])];
  const [, id = ""] = /name="id" value="([\w-]+)"/.exec(await (await open("/-/files/-/account")).text()) ?? [];
  await post("/-/files/-/account/tokens/revoke", [["id", id]], "bob");
  assertEquals((await ask(one)).status, 200);
  const revoked = await post("/-/files/-/account/tokens/revoke", [["id", id]]);
  assertEquals([revoked.status, revoked.headers.get("location")], [303, "/-/files/-/account"]);
  const refused = await ask(one);
  assertEquals([refused.status, refused.headers.get("www-authenticate")], [401, 'Bearer error="invalid_token"']);
  assertEquals((await refused.json()).errors, ["This access token is unknown, has been revoked, or has expired."]);
  clock.nowMs += 60 * 86_400_000 - 1;
  assertEquals((await ask(two)).status, 200);
  clock.nowMs += 1;
  assertEquals((await ask(two)).status, 401);
});

Deno.test("an access token counts alone, in its header only", async () => {
  const { make, ask, open } = tokensApp();
  const token = await make();
  // Not even what the proxy says makes it mean more.
  const init = { ...UPLOAD, headers: { authorization: `Bearer ${token}` } };
  assertEquals((await open(CONTENT, init)).status, 403);
  assertEquals((await open("/-/files/source/media.json", { headers: { authorization: "Bearer s3f_x" } })).status, 401);
  // Proxies pass on tokens of their own.
  assertEquals((await open("/-/files/source/media.json", { headers: { authorization: "Bearer eyJ" } })).status, 200);
  for (const query of [`access_token=${token}`, `token=${token}`]) {
    assertEquals((await ask("", `/-/files/source/media.json?${query}`)).status, 403);
  }
});

Deno.test("an access token makes no tokens, and its pages refuse other sites", async () => {
  const { make, ask, open } = tokensApp();
  const token = await make();
  const body = new URLSearchParams(BROWSE_MEDIA.map(([name, value]) => [name, value]));
  assertEquals((await ask(token, "/-/files/-/account")).status, 403);
  assertEquals((await ask(token, "/-/files/-/account/tokens", { method: "POST", body })).status, 403);
  const foreign = { method: "POST", body, headers: { "sec-fetch-site": "cross-site" } };
  assertEquals((await open("/-/files/-/account/tokens", foreign)).status, 403);
});

Deno.test("an access token is refused without a name, a source, an action, or with more days than allowed", async () => {
  const { post } = tokensApp({ maxDays: 7 });
  const good = [["label", "a"], ["source", "media"], ["action", "files-browse"], ["days", "7"]] as const;
  assertEquals((await post("/-/files/-/account/tokens", good)).status, 200);
  const without = (index: number, ...more: (readonly [string, string])[]) => [...good.toSpliced(index, 1), ...more];
  for (
    const fields of [
      ...[0, 1, 2, 3].map((index) => without(index)),
      ...["8", "0", "-1", "1.5", "1e1", "x"].map((days) => without(3, ["days", days])),
      without(1, ["source", "none"]),
      without(2, ["action", "files-admin"]),
      without(0, ["label", "x".repeat(101)]),
    ]
  ) {
    assertEquals((await post("/-/files/-/account/tokens", fields)).status, 400, JSON.stringify(fields));
  }
});

Deno.test("login.tokens.allow says who may make access tokens; a person has 20 at most", async () => {
  const { open, post, make } = tokensApp({ allow: { id: "alice" } });
  assertEquals((await (await open("/-/files/-/account", {}, "bob")).text()).includes("Access tokens"), false);
  assertEquals((await post("/-/files/-/account/tokens", BROWSE_MEDIA, "bob")).status, 403);
  for (let count = 0; count < 20; count++) assert(await make());
  assertEquals((await post("/-/files/-/account/tokens", BROWSE_MEDIA)).status, 409);
});

Deno.test("a token of the operator does what it is for, and no one else's of that id", async () => {
  const session = createRootSession({ secret: SIGNING_SECRET });
  const { open, ask } = tokensApp({}, { session, now: Date.now, secret: SIGNING_SECRET });
  const login = await open(await session.createLoginPath(), {}, "");
  const [cookie = ""] = login.headers.get("set-cookie")?.split(";") ?? [];
  const body = new URLSearchParams({ label: "nightly", source: "media", action: "files-edit", days: "1" });
  body.append("action", "files-upload");
  const page = await open("/-/files/-/account/tokens", { method: "POST", body, headers: { cookie } }, "");
  const [token = ""] = /s3f_[\w-]{43}/.exec(await page.text()) ?? [];
  assertEquals((await ask(token, CONTENT, { method: "PUT", body: "x" })).status, 201);
  assertEquals((await ask(token)).status, 403);
  assertMatch(await (await open("/-/files/-/account", { headers: { cookie } }, "")).text(), /nightly/);
  assertEquals((await (await open("/-/files/-/account", {}, "root")).text()).includes("nightly"), false);
});

Deno.test("an access token works, and is revoked, in every process that shares a state", async () => {
  const state = createMemoryState();
  const [one, other] = [0, 1].map(() => tokensApp({}, { state, secret: SIGNING_SECRET, now: Date.now }));
  const token = await one?.make() ?? "";
  assertEquals((await other?.ask(token))?.status, 200);
  const account = await (await other?.open("/-/files/-/account"))?.text() ?? "";
  assertEquals(account.includes("when it restarts"), false);
  const [, id = ""] = /name="id" value="([\w-]+)"/.exec(account) ?? [];
  await other?.post("/-/files/-/account/tokens/revoke", [["id", id]]);
  assertEquals((await one?.ask(token))?.status, 401);
});

Deno.test("a token of the operator counts only where the operator can log in, and none after its end", async () => {
  const kept = new Map<string, string>();
  // It forgets nothing.
  const state: State = {
    putIfAbsent: (key, value) => Promise.resolve(!kept.has(key) && kept.set(key, value).has(key)),
    get: (key) => Promise.resolve(kept.get(key)),
    delete: (key) => Promise.resolve(void kept.delete(key)),
    increment: () => Promise.resolve({ count: 1, expiresInMs: 1 }),
  };
  const session = createRootSession({ secret: SIGNING_SECRET });
  const shared = { state, secret: SIGNING_SECRET };
  const [first, second] = [tokensApp({}, { ...shared, session }), tokensApp({}, shared)];
  first.clock.nowMs = second.clock.nowMs = Date.now();
  const login = await first.open(await session.createLoginPath(), {}, "");
  const headers = { cookie: login.headers.get("set-cookie")?.split(";")[0] ?? "" };
  const body = new URLSearchParams({ label: "a", source: "media", action: "files-browse", days: "1" });
  const page = await first.open("/-/files/-/account/tokens", { method: "POST", body, headers }, "");
  const [token = ""] = /s3f_[\w-]{43}/.exec(await page.text()) ?? [];
  assertEquals([(await first.ask(token)).status, (await second.ask(token)).status], [200, 401]);
  first.clock.nowMs += 86_400_000;
  assertEquals((await first.ask(token)).status, 401);
});

Deno.test("an access token can be for sources only in which its owner may do something", async () => {
  const { open, post } = tokensApp({}, { permissions: { "files-browse": { media: { allow: { id: "alice" } } } } });
  const account = await (await open("/-/files/-/account")).text();
  assertEquals([...account.matchAll(/name="source" value="(\w+)"/g)].map(([, name]) => name), ["media"]);
  for (const source of ["other", "none"]) {
    const fields = [["label", "a"], ["source", source], ["action", "files-browse"], ["days", "1"]] as const;
    assertEquals((await post("/-/files/-/account/tokens", fields)).status, 400);
  }
});
